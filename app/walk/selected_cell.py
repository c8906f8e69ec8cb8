"""Everything shown about the selected cell: value, arithmetic, map, loop, formula."""

from __future__ import annotations

from dataclasses import dataclass, replace

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


@dataclass(frozen=True, kw_only=True)
class SelectedCell:
    """kind: of the layer that explains the number; backward that may be the layer after the selected one."""

    kind: str
    value: Figure
    view: View
    explained: str
    grid: GridView | None
    lines: tuple[Line, ...]
    formula: str
    sizes: tuple[str, ...]
    facts: Facts
    scales: Scales


def selected_cell(state: WalkState, seeing: ReceptiveFields) -> SelectedCell:
    """Return the view of the selected number, forward or backward."""
    return _ahead(state, seeing) if state.scene.way == "forward" else _back(state)


def _ahead(state: WalkState, seeing: ReceptiveFields) -> SelectedCell:
    scale = state.forward.scale(state.layer, state.cell[0], state.scene.scope) if state.layer != LOSS else state.loss
    kind, lines, formula, size = _code(state)
    view = look(state)
    return SelectedCell(
        kind=kind,
        value=_value(state, scale),
        view=view,
        explained=explained_by(state, view),
        grid=grid(state, seeing) if state.layer != LOSS else None,
        lines=lines,
        formula=formula,
        sizes=size,
        facts=facts(state, state.layer),
        scales=scales(state, scale),
    )


def _value(state: WalkState, scale: float) -> Figure:
    """The picked number; a probability that would be written as zeros is written by its power of ten."""
    value, precision = float(state.outputs[state.layer][state.cell]), state.scene.precision
    found = figure(value, scale, precision)
    return replace(found, text=small(value, precision)) if state.layer in (SOFTMAX, LOSS) else found


def _code(state: WalkState) -> tuple[str, tuple[Line, ...], str, tuple[str, ...]]:
    """The kind of the picked layer, its loop, its formula, and how its height and width come about."""
    kind = kind_of(state, state.layer)
    if state.layer == INPUT:
        return kind, (), "", ()
    if state.layer == SOFTMAX:
        return kind, softmax_loop(len(state.outputs[SOFTMAX]), state.cell[0]), mathml(SOFTMAX_FORMULA), ()
    if state.layer == LOSS:
        return kind, loss_loop(len(state.outputs[SOFTMAX]), state.target, None), mathml(LOSS_FORMULA), ()
    layer = state.network.layers[state.network.names.index(state.layer)]
    before, after = shape_at(state, state.layer, -1), shape_at(state, state.layer, 0)
    size, explainer = tuple(map(mathml, size_formulas(layer, before, after))), explainer_of(layer)
    return kind, explainer.loop(layer, before, after, state.cell), mathml(explainer.formula(layer)), size


def _back(state: WalkState) -> SelectedCell:
    question, precision = state.question, state.scene.precision
    among, found = grid_back(state), state.asked()
    view = look_back(state)
    value = state.loss if question.of == "loss" else float(found[question.at])
    lines, formula = _code_back(state)
    return SelectedCell(
        kind=kind_of(state, question.layer),
        value=gradient_figure(value, limit(found), precision),
        view=view,
        explained=explained_by(state, view),
        grid=among[0] if among else None,
        lines=lines,
        formula=mathml(formula),
        sizes=(),
        facts=facts(state, question.layer),
        scales=scales_back(state, among[1] if among else limit(found) if question.of != "loss" else None),
    )


def _code_back(state: WalkState) -> tuple[tuple[Line, ...], str]:
    """The backward loop of the layer that answers, and its formula (LaTeX)."""
    question = state.question
    classes = len(state.outputs[SOFTMAX])
    if question.of == "loss":
        return loss_loop(classes, state.target, None), LOSS_FORMULA
    if question.of == "score":
        return loss_loop(classes, state.target, question.at[0]), SCORE_GRADIENT
    layer = state.network.layers[state.network.names.index(question.layer)]
    before, after = shape_at(state, question.layer, -1), shape_at(state, question.layer, 0)
    window = state.scene.cell if state.scene.of != "output" else None
    explainer = explainer_of(layer)
    return explainer.loop_back(layer, before, after, question.of, window), explainer.gradient(layer, question.of)
