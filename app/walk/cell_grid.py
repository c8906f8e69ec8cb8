"""The map of the selected number: a grid of cells to press and, where those are too small, an image and some cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from markupsafe import Markup

from app.explain.explainer import sliding
from app.passes.network_pass import INPUT
from app.passes.state import WalkState
from app.render.cell_table import cell_buttons
from app.render.colours import map_picture
from app.render.figures import Figure, Plate, figure, gradient_figure, on_sheet, plate
from app.render.neighbourhood import Neighbour, neighbourhood
from app.render.numbers import number, small
from cnn_core import Array
from cnn_core.analysis.receptive_field import Field as SeenField

Field = Literal["cell", "at"]
WIDEST = 8
"""Cells in a row whose numbers can be read beside the arithmetic."""


@dataclass(frozen=True, kw_only=True, eq=False)
class GridView:
    """field: the parameter that a press sets. title: what the map is, and `index`, which one.

    role: whether its numbers are values or gradients. name: the station that it belongs to. values: (H, W). at: the
    selected place in the array that the map is a part of. scale: the limit of its colours. uri: its image. terms: a
    press asks for a term, and no longer for what the terms add up to. sheet: the station on the strip whose image holds
    the map, if there is one.
    """

    field: Field
    title: Literal["pixels", "map", "gradients", "weights"]
    name: str
    index: int
    role: Literal["value", "gradient"]
    values: Array
    at: Sequence[int]
    scale: float
    uri: Callable[[], str]
    precision: str
    seers: SeenField | None = None
    terms: bool = False
    sheet: str = ""

    @property
    def large(self) -> bool:
        """Whether its cells are too many for their numbers to be read."""
        return bool(max(self.values.shape) > WIDEST)

    @property
    def picked(self) -> str:
        """What the button of the selected cell sends."""
        return ".".join(map(str, self.at))

    @cached_property
    def rows(self) -> Markup:
        """Every cell as a button; the selected one is not marked."""
        write = number if self.role == "value" else small
        return cell_buttons(self.field, self.values, self.at, self.scale, self.seers, write, mark=False)

    @cached_property
    def plate(self) -> Plate:
        """The map as an image, with a frame around the selected cell."""
        *_, row, column = self.at
        uri = "" if self.sheet else self.uri()
        found = plate(self.values, uri, self.precision, box=(column, row, 1, 1))
        return on_sheet(found, self.sheet, self.index) if self.sheet else found

    @cached_property
    def near(self) -> tuple[tuple[Neighbour | None, ...], ...]:
        """The cells around the selected one."""
        make: Callable[..., Figure] = figure if self.role == "value" else gradient_figure
        return neighbourhood(self.values, tuple(self.at), self.scale, make=make)


def grid(state: WalkState, seers: SeenField | None) -> GridView | None:
    """The picked map of a layer; None for scores. seers: the cells that see the picked pixel."""
    maps = state.forward.maps
    if not maps.shows(state.layer):
        return None
    c = state.cell[0]
    return GridView(
        field="cell",
        title="pixels" if state.layer == INPUT else "map",
        name=state.layer,
        index=c,
        role="value",
        values=state.outputs[state.layer][c],
        at=state.cell,
        scale=state.forward.scale(state.layer, c, state.scene.scope),
        uri=lambda: maps.picture(state.layer, c, state.scene.scope),
        precision=state.scene.precision,
        seers=seers,
        sheet=state.layer,
    )


def grid_back(state: WalkState) -> GridView | None:
    """The gradients that the picked one stands among; None for scores and dense weights."""
    scene, question = state.scene, state.question
    layer = state.layer_of(question.layer)
    if scene.of == "output" or question.of == "input":
        name = state.layer if scene.of == "output" else state.names[state.names.index(question.layer) - 1]
        if not state.backward.maps.shows(name):
            return None
        return _gradients(state, name, question.at, "cell" if scene.of == "output" else "at")
    if layer is None or sliding(layer) is None:
        return None
    if question.of == "bias":  # its terms: the gradients of its own map
        cell = scene.cell or state.strongest(question.layer, question.at[0])
        return _gradients(state, question.layer, (question.at[0], *cell[1:]), "cell", terms=True)
    f, c, *_ = question.at
    whole = state.asked()
    scale = float(abs(whole).max())
    return GridView(
        field="at",
        title="weights",
        name=question.layer,
        index=f,
        role="gradient",
        values=whole[f, c],
        at=question.at,
        scale=scale,
        uri=lambda: map_picture(whole[f, c], scale, "gradient"),
        precision=scene.precision,
    )


def _gradients(state: WalkState, name: str, at: Sequence[int], field: Field, *, terms: bool = False) -> GridView:
    c = at[0]
    return GridView(
        field=field,
        title="gradients",
        name=name,
        index=c,
        role="gradient",
        values=state.backward.outputs[name][c],
        at=at,
        scale=state.backward.maps.scale(name, c, state.scene.scope),
        uri=lambda: state.backward.maps.picture(name, c, state.scene.scope),
        precision=state.scene.precision,
        terms=terms,
        sheet=name,
    )


def picked_button(state: WalkState) -> str:
    """What the button of the selected cell sends, in the grid of the selected map; empty where there is none."""
    found = grid(state, None) if state.scene.way == "forward" else grid_back(state)
    return found.picked if found else ""
