"""The walk's page as a tree of fragments, and what each of them depends on.

They are written for scenes in which the layer and the cell, or the place of a gradient, are filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from app.passes.network_pass import INPUT, LOSS
from app.passes.pass_cache import PassCache
from app.scenes.walk_scene import Scene
from app.web.fragments.fragment import Fragment
from app.web.services import service

PASS = ("network", "image", "crop", "ink", "patch")
"""What the activations depend on."""
NUMBERS = (*PASS, "way", "target", "steps", "rate", "optimizer")
"""What activations and gradients depend on, after steps of learning."""
PLACE = ("layer", "cell", "of", "at")

Part = Callable[[Scene], Any]


def _map(scene: Scene) -> Any:
    """Of the cell, the map that it lies in."""
    return scene.cell and (scene.cell[0], 0, 0)


def _kernel(scene: Scene) -> Any:
    """Of the place of a gradient, the map or the kernel that it lies in."""
    if scene.at is None:
        return None
    leading = 2 if len(scene.at) == 4 else 1
    return (*scene.at[:leading], *(0 for _ in scene.at[leading:]))


def _backward(scene: Scene) -> bool:
    return scene.way == "backward"


def _shown(names: Iterable[str], condition: Part) -> dict[str, Part]:
    """Parameters that count only where something is shown at all."""

    def part(name: str) -> Part:
        default = getattr(Scene(), name)
        return lambda scene: getattr(scene, name) if condition(scene) else default

    return {name: part(name) for name in names}


def _on_tour(scene: Scene) -> Any:
    """Whether there is a tour; not, which stop."""
    return scene.tour and 1


def _stations(scene: Scene) -> tuple[Fragment[Scene], ...]:
    """The children of the strip: its layers, and the answer."""
    return _stations_of(service(PassCache).networks[scene.network].names)


@lru_cache(32)
def _stations_of(layers: tuple[str, ...]) -> tuple[Fragment[Scene], ...]:
    return (*map(_station, (INPUT, *layers)), ANSWER, SHEETS)


def _station(name: str) -> Fragment[Scene]:
    """A layer of the strip. What is picked is marked from outside, so it does not depend on that.

    Where weights or biases of the layer are asked for, its maps lead to those of their kernels.
    """

    def asks_for_kernels(scene: Scene) -> bool:
        return scene.layer == name and scene.of in ("weight", "bias")

    elsewhere = INPUT if name != INPUT else LOSS
    return Fragment(
        name=f"station-{name}",
        template="walk/station.html",
        depends=(*NUMBERS, "scope", "precision"),
        partly={
            "layer": lambda scene: name if asks_for_kernels(scene) else elsewhere,
            **_shown(("of", "at"), asks_for_kernels),
        },
    )


ANSWER = Fragment[Scene](name="station-answer", template="walk/answer.html", depends=(*NUMBERS, "precision"))
SHEETS = Fragment[Scene](name="sheets", template="walk/sheets.html", depends=(*NUMBERS, "scope"))
OPENING = Fragment[Scene](
    name="opening", template="walk/opening.html", depends=("network", "way"), partly={"tour": _on_tour}
)
PICTURES = Fragment[Scene](name="pictures", template="walk/pictures.html", depends=PASS)
PATCH = Fragment[Scene](name="patch", may_be_empty=True, template="walk/panels/patch.html", depends=NUMBERS)
STRIP = Fragment[Scene](name="strip", template="walk/strip.html", depends=("network", "way"), pieces=_stations)
FRAMES = Fragment[Scene](
    name="frames", template="walk/frames.html", depends=("network", "way", "layer", "cell", "pixel")
)
TOUR = Fragment[Scene](
    name="tour",
    may_be_empty=True,
    template="walk/panels/tour.html",
    depends=("tour",),
    partly=_shown((*NUMBERS, *PLACE, "pixel", "heat", "check", "page", "play", "precision"), lambda scene: scene.tour),
)
NUMBER = Fragment[Scene](
    name="number",
    template="walk/number.html",
    depends=(*NUMBERS, *PLACE, "tour", "page", "play", "scope", "precision"),
)
FOOT = Fragment[Scene](
    name="foot",
    template="walk/foot.html",
    depends=("network", "way", "layer", "play", "precision"),
    partly={
        **_shown(("of",), _backward),
        # Whether the loops have stopped at a window, wherever that is.
        "cell": lambda scene: (0, 0, 0) if _backward(scene) and scene.of != "output" and scene.cell else None,
    },
)
BENCH = Fragment[Scene](name="bench", template="walk/bench.html", children=(NUMBER, FOOT))
CHECK = Fragment[Scene](
    name="check",
    may_be_empty=True,
    template="walk/panels/check.html",
    depends=(*NUMBERS, "check", "precision"),
    partly=_shown(PLACE, _backward),
)
LEARN = Fragment[Scene](
    name="learn",
    may_be_empty=True,
    template="walk/panels/learn.html",
    depends=(*NUMBERS, "tour", "precision"),
    partly=_shown(PLACE, _backward),
)
FORMULAS = Fragment[Scene](
    name="formulas",
    template="walk/formulas.html",
    depends=("network", "way", "layer", "formula"),
    partly=_shown(("of",), lambda scene: scene.formula),
)
NEAR = Fragment[Scene](
    name="near",
    template="walk/near.html",
    depends=(*NUMBERS, *PLACE, "scope", "precision", "cells"),
    partly={"pixel": lambda scene: scene.pixel and (0, 0, 0)},
)
GRID = Fragment[Scene](
    name="map",
    may_be_empty=True,
    template="walk/map.html",
    depends=(*NUMBERS, "layer", "of", "pixel", "scope", "precision", "cells"),
    partly={"cell": _map, "at": _kernel},
    children=(NEAR,),
)
PIXEL = Fragment[Scene](
    name="pixel",
    may_be_empty=True,
    template="walk/pixel.html",
    depends=(*NUMBERS, *PLACE, "pixel", "scope", "precision"),
)
LOOP = Fragment[Scene](
    name="loop",
    template="walk/loop.html",
    depends=("network", "way", "layer", "loop"),
    partly=_shown(
        [name for name in (*NUMBERS, *PLACE) if name not in ("network", "way", "layer")], lambda scene: scene.loop
    ),
)
SELECTED = (BENCH, CHECK, LEARN, FORMULAS, GRID, PIXEL, LOOP)
MICROSCOPE = Fragment[Scene](name="microscope", template="walk/selected_cell.html", children=SELECTED)
HEAT = Fragment[Scene](
    name="heat", template="walk/panels/heat.html", depends=(*NUMBERS, "heat", "against", "scope", "precision")
)
RECORD = Fragment[Scene](
    name="record",
    may_be_empty=True,
    template="walk/panels/record.html",
    depends=("network", "patch", "record"),
    partly=_shown([name for name in NUMBERS if name not in ("network", "patch")], lambda scene: scene.record),
)
INSIDE = (OPENING, PICTURES, PATCH, STRIP, FRAMES, TOUR, MICROSCOPE, HEAT, RECORD)
VIEW = Fragment[Scene](name="view", template="walk/view.html", children=INSIDE)
