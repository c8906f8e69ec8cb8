"""The formulas of the filter explorer, in letters and with these numbers in them (LaTeX, and MathML of it)."""

from __future__ import annotations

from app.filters.engine.result import Filtered
from app.render.mathml import mathml, place, size
from cnn_core import AveragePool, MaxPool, ReLU
from cnn_core.filters.filter import Stage


def operation(stage: Stage) -> str:
    """What the stage does to make one cell."""
    if isinstance(stage, ReLU):
        return mathml(r"y_{c,i,j} = \max(0,\; x_{c,i,j})")
    row, column = place("i", "a", stage.windows, 0), place("j", "b", stage.windows, 1)
    inner = f"x_{{c,\\;{row},\\;{column}}}"
    if isinstance(stage, MaxPool):
        return mathml(rf"y_{{c,i,j}} = \max_{{a,b}}\; {inner}")
    if isinstance(stage, AveragePool):
        return mathml(rf"y_{{c,i,j}} = \frac{{1}}{{n}} \sum_{{a}} \sum_{{b}} {inner}")
    height, width = stage.windows.size
    kernel = f"k_{{{height - 1}-a,\\;{width - 1}-b}}" if stage.flip else "k_{a,b}"
    return mathml(rf"y_{{c,i,j}} = \sum_{{a}} \sum_{{b}} {inner} \cdot {kernel}")


def sizes(filtered: Filtered) -> tuple[str, ...]:
    """How height and width change."""
    stage, before, after = filtered.stage, filtered.before.shape, filtered.after.shape
    if isinstance(stage, ReLU):
        return ()
    lines = [size(letter, stage.windows, axis, before[1 + axis], after[1 + axis]) for axis, letter in enumerate("HW")]
    return tuple(map(mathml, lines))

