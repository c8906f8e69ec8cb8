"""The formulas of the filter explorer, in letters and with these numbers in them (LaTeX, and MathML of it)."""

from __future__ import annotations

from app.explain.dispatch import explainer_of
from app.filters.engine.result import Filtered
from app.render.mathml import mathml, place, size
from cnn_core import ReLU
from cnn_core.filters.filter import Filter, Stage


def operation(stage: Stage) -> str:
    """What the stage does to make one cell (MathML)."""
    return mathml(formula(stage))


def formula(stage: Stage) -> str:
    """What the stage does to make one cell (LaTeX); k is the kernel as the reader sees it, before any turn."""
    if not isinstance(stage, Filter):
        return explainer_of(stage).formula(stage)
    row, column = place("i", "a", stage.windows, 0), place("j", "b", stage.windows, 1)
    height, width = stage.windows.size
    kernel = f"k_{{{height - 1}-a,\\;{width - 1}-b}}" if stage.flip else "k_{a,b}"
    return rf"y_{{c,i,j}} = \sum_{{a}} \sum_{{b}} x_{{c,\;{row},\;{column}}} \cdot {kernel}"


def sizes(filtered: Filtered) -> tuple[str, ...]:
    """How height and width change."""
    stage, before, after = filtered.stage, filtered.before.shape, filtered.after.shape
    if isinstance(stage, ReLU):
        return ()
    lines = [size(letter, stage.windows, axis, before[1 + axis], after[1 + axis]) for axis, letter in enumerate("HW")]
    return tuple(map(mathml, lines))

