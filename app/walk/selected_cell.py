"""What lies on the bench: the picked number, its arithmetic, the map it stands in, its loop and its formula."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.explain.dispatch import explainer_of, size_formulas
from app.explain.explainer import View
from app.explain.loop_lines import Line
from app.explain.of_state import explained_by, look, look_back
from app.explain.softmax_loss import LOSS_FORMULA, SCORE_GRADIENT, SOFTMAX_FORMULA, loss_loop, softmax_loop
from app.passes.network_pass import INPUT, LOSS, SOFTMAX
from app.passes.state import Walk
from app.render.colours import limit
from app.render.figures import Figure, figure, gradient_figure
from app.render.mathml import mathml
from app.render.numbers import small
from app.walk.cell_grid import GridView, grid, grid_back
from app.walk.layer_facts import Facts, Scales, facts, scales, scales_back, shape_at
from app.walk.receptive_field import Sight
from app.walk.strip import kind_of


@dataclass(frozen=True, kw_only=True)
class Bench:
    """kind: of the layer that explains the number; on the way back that may be the one behind the picked station."""

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


def bench(walk: Walk, seeing: Sight) -> Bench:
    """Lay out the picked number of a walk, forward or back."""
    return _ahead(walk, seeing) if walk.scene.way == "forward" else _back(walk)


def _ahead(walk: Walk, seeing: Sight) -> Bench:
    scale = walk.sent.scale(walk.layer, walk.cell[0], walk.scene.scope) if walk.layer != LOSS else walk.loss
    kind, lines, formula, size = _code(walk)
    view = look(walk)
    return Bench(
        kind=kind,
        value=_value(walk, scale),
        view=view,
        explained=explained_by(walk, view),
        grid=grid(walk, seeing) if walk.layer != LOSS else None,
        lines=lines,
        formula=formula,
        sizes=size,
        facts=facts(walk, walk.layer),
        scales=scales(walk, scale),
    )


def _value(walk: Walk, scale: float) -> Figure:
    """The picked number; a probability that would be written as zeros is written by its power of ten."""
    value, precision = float(walk.outputs[walk.layer][walk.cell]), walk.scene.precision
    found = figure(value, scale, precision)
    return replace(found, text=small(value, precision)) if walk.layer in (SOFTMAX, LOSS) else found


def _code(walk: Walk) -> tuple[str, tuple[Line, ...], str, tuple[str, ...]]:
    """The kind of the picked layer, its loop, its formula, and how its height and width come about."""
    kind = kind_of(walk, walk.layer)
    if walk.layer == INPUT:
        return kind, (), "", ()
    if walk.layer == SOFTMAX:
        return kind, softmax_loop(len(walk.outputs[SOFTMAX]), walk.cell[0]), mathml(SOFTMAX_FORMULA), ()
    if walk.layer == LOSS:
        return kind, loss_loop(len(walk.outputs[SOFTMAX]), walk.target, None), mathml(LOSS_FORMULA), ()
    layer = walk.network.layers[walk.network.names.index(walk.layer)]
    before, after = shape_at(walk, walk.layer, -1), shape_at(walk, walk.layer, 0)
    size, explainer = tuple(map(mathml, size_formulas(layer, before, after))), explainer_of(layer)
    return kind, explainer.loop(layer, before, after, walk.cell), mathml(explainer.formula(layer)), size


def _back(walk: Walk) -> Bench:
    question, precision = walk.question, walk.scene.precision
    among, found = grid_back(walk), walk.asked()
    view = look_back(walk)
    value = walk.loss if question.of == "loss" else float(found[question.at])
    lines, formula = _code_back(walk)
    return Bench(
        kind=kind_of(walk, question.layer),
        value=gradient_figure(value, limit(found), precision),
        view=view,
        explained=explained_by(walk, view),
        grid=among[0] if among else None,
        lines=lines,
        formula=mathml(formula),
        sizes=(),
        facts=facts(walk, question.layer),
        scales=scales_back(walk, among[1] if among else limit(found) if question.of != "loss" else None),
    )


def _code_back(walk: Walk) -> tuple[tuple[Line, ...], str]:
    """The backward loop of the layer that answers, and its formula (LaTeX)."""
    question = walk.question
    classes = len(walk.outputs[SOFTMAX])
    if question.of == "loss":
        return loss_loop(classes, walk.target, None), LOSS_FORMULA
    if question.of == "score":
        return loss_loop(classes, walk.target, question.at[0]), SCORE_GRADIENT
    layer = walk.network.layers[walk.network.names.index(question.layer)]
    before, after = shape_at(walk, question.layer, -1), shape_at(walk, question.layer, 0)
    window = walk.scene.cell if walk.scene.of != "output" else None
    explainer = explainer_of(layer)
    return explainer.loop_back(layer, before, after, question.of, window), explainer.gradient(layer, question.of)
