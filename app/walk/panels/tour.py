"""The guided tour: the current stop, and links to the next and the previous one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.passes.state import WalkState
from app.passes.tour_forward import Stop
from app.scenes.walk_scene import Scene


@dataclass(frozen=True, kw_only=True)
class TourView:
    """A stop of the tour: the name of its text, its number, and the ways on.

    here: the stop itself, where the reader has looked elsewhere since; None where they have not.
    """

    name: str
    layer: str
    number: int
    total: int
    here: Scene | None
    back: Scene | None
    forward: Scene | None
    leave: Scene


CHOSEN = ("way", "layer", "cell", "pixel", "of", "at", "heat", "steps", "rate", "optimizer", "check", "page", "play")
"""Scene parameters that a stop sets."""


def tour_view(state: WalkState) -> TourView | None:
    """Where on the tour a walk is, or None where it is not on the tour."""
    scene, stop = state.scene, state.stop
    if stop is None or scene.tour is None:
        return None
    number, total = scene.tour, len(state.base.stops(scene.target))
    return TourView(
        name=stop.name,
        layer=stop.layer,
        number=number,
        total=total,
        here=None if _is_there(state, stop) else stop_scene(scene, number),
        back=stop_scene(scene, number - 1) if number > 1 else None,
        forward=stop_scene(scene, number + 1) if number < total else None,
        leave=replace(scene, tour=None, play=False),
    )


def _is_there(state: WalkState, stop: Stop) -> bool:
    """Whether the reader looks at what the stop looks at."""
    scene = state.scene
    there = scene.layer, scene.way, scene.of, scene.at, scene.cell, scene.steps
    return there == (stop.layer, stop.way, stop.of, stop.at, stop.cell, stop.steps)


def stop_scene(scene: Scene, number: int) -> Scene:
    """A stop of the tour with the same picture and network; it chooses layer and cell itself."""
    plain = Scene()
    return replace(
        scene,
        tour=number,
        **{name: getattr(plain, name) for name in CHOSEN},
    )
