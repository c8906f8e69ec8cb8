"""The map of the selected number: a grid of cells to press and, where those are too small, an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from markupsafe import Markup

from app.explain.explainer import sliding
from app.passes.network_pass import INPUT
from app.passes.state import WalkState
from app.render.cell_table import cell_buttons
from app.render.colours import map_picture
from app.render.figures import Plate, gradient_figure, plate
from app.render.neighbourhood import Neighbour, neighbourhood
from app.render.numbers import small
from app.scenes.walk_scene import Scene
from app.walk.receptive_field import ReceptiveFields
from cnn_core import Array

Field = Literal["cell", "at"]


@dataclass(frozen=True, kw_only=True)
class GridView:
    """field: the parameter that a press sets; scene: all the others. title: what the map is, and `index`, which one.

    role: whether its numbers are values or gradients. name: the station that it belongs to.
    """

    field: Field
    scene: Scene
    title: Literal["pixels", "map", "gradients", "weights"]
    name: str
    index: int
    role: Literal["value", "gradient"]
    rows: Markup
    plate: Plate
    near: tuple[tuple[Neighbour | None, ...], ...]


def grid(state: WalkState, seeing: ReceptiveFields) -> GridView | None:
    """The picked map of a layer; None for scores."""
    pictures = state.forward.maps.pictures(state.scene.scope)
    if state.layer not in pictures:
        return None
    c, i, j = state.cell
    values, scale = state.outputs[state.layer][c], state.forward.scale(state.layer, c, state.scene.scope)
    return GridView(
        field="cell",
        scene=state.scene,
        title="pixels" if state.layer == INPUT else "map",
        name=state.layer,
        index=c,
        role="value",
        rows=cell_buttons("cell", values, state.cell, scale, seeing.seers.get(state.layer)),
        plate=plate(values, pictures[state.layer][c], state.scene.precision, box=(j, i, 1, 1)),
        near=neighbourhood(values, state.cell, scale),
    )


def grid_back(state: WalkState) -> tuple[GridView, float] | None:
    """The gradients that the picked one stands among, and their range; None for scores and dense weights."""
    scene, question = state.scene, state.question
    layer = state.layer_of(question.layer)
    if scene.of == "output" or question.of == "input":
        name = state.layer if scene.of == "output" else state.names[state.names.index(question.layer) - 1]
        if name not in state.backward.maps.pictures(scene.scope):
            return None
        field: Field = "cell" if scene.of == "output" else "at"
        scale = state.backward.maps.scale(name, question.at[0], scene.scope)
        return _gradients(state, name, question.at, scale, field, scene), scale
    if layer is None or sliding(layer) is None:
        return None
    if question.of == "bias":  # its terms: the gradients of its own map
        cell = scene.cell or state.strongest(question.layer, question.at[0])
        scale = state.backward.maps.scale(question.layer, question.at[0], scene.scope)
        terms = scene.but(of="output")
        return _gradients(state, question.layer, (question.at[0], *cell[1:]), scale, "cell", terms), scale
    f, c, a, b = question.at
    whole = state.asked()
    values, scale = whole[f, c], float(abs(whole).max())
    shown = plate(values, map_picture(values, scale, "gradient"), scene.precision, box=(b, a, 1, 1))
    rows = cell_buttons("at", values, question.at, scale, write=small)
    return GridView(
        field="at",
        scene=scene,
        title="weights",
        name=question.layer,
        index=f,
        role="gradient",
        rows=rows,
        plate=shown,
        near=neighbourhood(values, question.at, scale, make=gradient_figure),
    ), scale


def _gradients(state: WalkState, name: str, at: Sequence[int], scale: float, field: Field, scene: Scene) -> GridView:
    c, i, j = at
    values: Array = state.backward.outputs[name][c]
    uri = state.backward.maps.pictures(state.scene.scope)[name][c]
    return GridView(
        field=field,
        scene=replace(scene.but()),
        title="gradients",
        name=name,
        index=c,
        role="gradient",
        rows=cell_buttons(field, values, (c, i, j), scale, write=small),
        plate=plate(values, uri, state.scene.precision, box=(j, i, 1, 1)),
        near=neighbourhood(values, (c, i, j), scale, make=gradient_figure),
    )
