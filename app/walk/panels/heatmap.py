"""The heatmap panel: which pixels mattered, by five methods, for any class and against any other.

Closed it is a door and computes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.passes.heatmap_cache import flat
from app.passes.network_facts import class_labels
from app.passes.network_pass import INPUT
from app.passes.state import WalkState
from app.render.colours import data_uri, limit, map_picture, shade_picture
from app.render.figures import Box, Plate, plate
from app.render.numbers import small
from app.scenes.choice import Choice
from app.scenes.values import HEATS
from app.scenes.walk_scene import Scene
from app.walk.panels.heatmap_terms import arithmetic
from app.walk.panels.heatmap_views import Arithmetic
from cnn_core.analysis.grad_cam import Cam
from cnn_core.analysis.gradient_maps import Score

FIRST = "cam"
"""The method that opens first."""


@dataclass(frozen=True, kw_only=True)
class HeatView:
    """An open panel.

    targets, rivals: the classes that may be asked about, and those that they may be set against, first none of them.
    target, against: the names of those that are. picture: what the network was given.
    map: the heatmap with a frame around its strongest place; range: how far its colours reach from zero.
    halved: whether only the positive half is shown. summed: whether several channels were added up for it.
    """

    method: str
    methods: tuple[Choice[Scene], ...]
    targets: tuple[Choice[Scene], ...]
    rivals: tuple[Choice[Scene], ...]
    target: str
    against: str | None
    picture: str
    map: Plate
    strongest: Box
    range: str
    halved: bool
    summed: bool
    arithmetic: Arithmetic


@dataclass(frozen=True)
class HeatPanel:
    """The panel: what opens it and closes it, and what is in it while it is open."""

    door: Scene
    close: Scene
    view: HeatView | None


def asked(state: WalkState) -> Score:
    """Whose score the scene asks about: the target's, as on the rest of the page.

    Against itself no class has a score; the address may say so after another picture was chosen, and then the class is
    asked about alone.
    """
    return Score(state.target, state.scene.against if state.scene.against != state.target else None)


def heat_panel(state: WalkState) -> HeatPanel:
    """Arrange the panel of a walk."""
    scene = state.scene
    view = None if scene.heat is None else _view(state, scene.heat)
    return HeatPanel(scene.but(heat=FIRST), scene.but(heat=None), view)


def _view(state: WalkState, heat: str) -> HeatView:
    scene, score = state.scene, asked(state)
    found = state.forward.heats.find(heat, score)
    values = flat(found)
    shown, box = arithmetic(state, heat, score, found)
    scale = limit(found.map if isinstance(found, Cam) else values)
    names = class_labels(state.network)
    channels = len(state.forward.outputs[INPUT])
    return HeatView(
        method=heat,
        methods=tuple(Choice(name, name == heat, scene.but(heat=name)) for name in HEATS),
        targets=tuple(Choice(name, at == score.target, _towards(scene, at)) for at, name in enumerate(names)),
        rivals=(
            Choice("", score.against is None, scene.but(against=None)),
            *(
                Choice(name, at == score.against, scene.but(against=at))
                for at, name in enumerate(names)
                if at != score.target
            ),
        ),
        target=names[score.target],
        against=None if score.against is None else names[score.against],
        picture=_picture(state),
        map=plate(values, map_picture(values, scale, "gradient"), scene.precision, box=box),
        strongest=box,
        range=small(scale, scene.precision),
        halved=heat == "cam",
        summed=channels > 1 and heat in ("gradient", "gradient-input", "integrated"),
        arithmetic=shown,
    )


def _picture(state: WalkState) -> str:
    """The picture as the network sees it: a photograph as it is, ink in grey, so that the map's colours stand out."""
    x = state.forward.outputs[INPUT]
    return shade_picture(x[0]) if len(x) == 1 else data_uri(state.forward.fitted.stages[-1].picture)


def _towards(scene: Scene, target: int) -> Scene:
    """The same question about another class; the one that it was set against stays, unless it is this one."""
    return scene.but(target=target, against=None if scene.against == target else scene.against)
