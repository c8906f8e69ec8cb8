"""What is shown about the selected number: value, arithmetic, map, loop, formula; each computed when asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property

from app.explain.dispatch import explainer_of, size_formulas
from app.explain.explainer import View
from app.explain.loop_lines import Line
from app.explain.of_state import explained_by, look, look_back
from app.explain.softmax_loss import LOSS_FORMULA, SCORE_GRADIENT, SOFTMAX_FORMULA, loss_loop, softmax_loop
from app.passes.network_pass import INPUT, LOSS, SOFTMAX
from app.passes.state import WalkState
from app.render.colours import limit
from app.render.figures import Figure, figure, gradient_figure
from app.render.mathml import mathml
from app.render.numbers import small
from app.walk.cell_grid import GridView, grid, grid_back
from app.walk.layer_facts import Facts, Scales, facts, scales, scales_back, shape_at
from app.walk.receptive_field import ReceptiveFields
from app.walk.strip import kind_of


class SelectedCell(ABC):
    """The selected number, forward or backward.

    station: that whose layer explains the number; backward that may be the one after the selected layer.
    """

    def __init__(self, state: WalkState, seeing: ReceptiveFields, station: str) -> None:
        self.state = state
        self.station = station
        self._seeing = seeing

    @property
    def kind(self) -> str:
        """The kind of the layer that explains the number."""
        return kind_of(self.state, self.station)

    @cached_property
    def facts(self) -> Facts:
        """Counts of that layer."""
        return facts(self.state, self.station)

    @cached_property
    def explained(self) -> str:
        """The template that says why."""
        return explained_by(self.state, self.view)

    @cached_property
    @abstractmethod
    def value(self) -> Figure:
        """The number itself."""

    @cached_property
    @abstractmethod
    def view(self) -> View:
        """Its arithmetic."""

    @cached_property
    @abstractmethod
    def grid(self) -> GridView | None:
        """The map that it stands on."""

    @cached_property
    @abstractmethod
    def lines(self) -> tuple[Line, ...]:
        """The loop that makes it."""

    @property
    @abstractmethod
    def formula(self) -> str:
        """The formula, in MathML."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[str, ...]:
        """How height and width come about, in MathML."""

    @cached_property
    @abstractmethod
    def scales(self) -> Scales:
        """The ranges of the colours on show."""


def selected_cell(state: WalkState, seeing: ReceptiveFields) -> SelectedCell:
    """Return what is shown of the selected number, forward or backward."""
    if state.scene.way == "forward":
        return _Ahead(state, seeing, state.layer)
    return _Back(state, seeing, state.question.layer)


class _Ahead(SelectedCell):
    """A value: how it came to be."""

    @cached_property
    def scale(self) -> float:
        state = self.state
        return state.forward.scale(state.layer, state.cell[0], state.scene.scope) if state.layer != LOSS else state.loss

    @cached_property
    def value(self) -> Figure:
        """The number; a probability that would be written as zeros is written by its power of ten."""
        state = self.state
        value, precision = float(state.outputs[state.layer][state.cell]), state.scene.precision
        found = figure(value, self.scale, precision)
        return replace(found, text=small(value, precision)) if state.layer in (SOFTMAX, LOSS) else found

    @cached_property
    def view(self) -> View:
        return look(self.state)

    @cached_property
    def grid(self) -> GridView | None:
        return grid(self.state, self._seeing.seers.get(self.state.layer))

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        state = self.state
        if state.layer == SOFTMAX:
            return softmax_loop(len(state.outputs[SOFTMAX]), state.cell[0])
        if state.layer == LOSS:
            return loss_loop(len(state.outputs[SOFTMAX]), state.target, None)
        layer = state.layer_of(state.layer)
        if layer is None:
            return ()
        before, after = shape_at(state, state.layer, -1), shape_at(state, state.layer, 0)
        return explainer_of(layer).loop(layer, before, after, state.cell)

    @property
    def formula(self) -> str:
        layer = self.state.layer_of(self.state.layer)
        if layer is not None:
            return mathml(explainer_of(layer).formula(layer))
        return {SOFTMAX: mathml(SOFTMAX_FORMULA), LOSS: mathml(LOSS_FORMULA), INPUT: ""}[self.state.layer]

    @property
    def sizes(self) -> tuple[str, ...]:
        state = self.state
        layer = state.layer_of(state.layer)
        if layer is None:
            return ()
        before, after = shape_at(state, state.layer, -1), shape_at(state, state.layer, 0)
        return tuple(map(mathml, size_formulas(layer, before, after)))

    @cached_property
    def scales(self) -> Scales:
        return scales(self.state, self.scale)


class _Back(SelectedCell):
    """A gradient: what it is made of."""

    sizes: tuple[str, ...] = ()

    @cached_property
    def value(self) -> Figure:
        question, found = self.state.question, self.state.asked()
        value = self.state.loss if question.of == "loss" else float(found[question.at])
        return gradient_figure(value, limit(found), self.state.scene.precision)

    @cached_property
    def view(self) -> View:
        return look_back(self.state)

    @cached_property
    def grid(self) -> GridView | None:
        return grid_back(self.state)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        state, question = self.state, self.state.question
        classes, layer = len(state.outputs[SOFTMAX]), state.layer_of(question.layer)
        if question.of == "loss":
            return loss_loop(classes, state.target, None)
        if question.of == "score" or layer is None:
            return loss_loop(classes, state.target, question.at[0])
        before, after = shape_at(state, question.layer, -1), shape_at(state, question.layer, 0)
        window = state.scene.cell if state.scene.of != "output" else None
        return explainer_of(layer).loop_back(layer, before, after, question.of, window)

    @property
    def formula(self) -> str:
        question = self.state.question
        layer = self.state.layer_of(question.layer)
        if question.of == "loss":
            return mathml(LOSS_FORMULA)
        if question.of == "score" or layer is None:
            return mathml(SCORE_GRADIENT)
        return mathml(explainer_of(layer).gradient(layer, question.of))

    @cached_property
    def scales(self) -> Scales:
        if self.grid:
            return scales_back(self.state, self.grid.scale)
        return scales_back(self.state, limit(self.state.asked()) if self.state.question.of != "loss" else None)
