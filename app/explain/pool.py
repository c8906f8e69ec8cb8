"""Max and average pooling: formula, loops, the arithmetic of one cell, and that of one gradient of the input."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.explain.explainer import Asked, Explainer, Picked, View
from app.explain.loop_lines import Line, cut, cuts, heads, indices
from app.explain.shown_maps import box_around
from app.render.figures import Figure, Plate, Table, figure, gradient_figure, table
from app.render.mathml import place
from app.render.numbers import number
from app.web.languages import lazy_gettext as _l
from cnn_core import AveragePool, Cell, MaxPool, Shape, Step
from cnn_core.windows import Windows

Pool = MaxPool | AveragePool


@dataclass(frozen=True, kw_only=True)
class PoolView(View):
    """One pooling window: its cells, which of them won (None for a mean), where, and how many tie with it.

    terms: the cells in reading order. total: their sum, as text. counted: how many of them count.
    """

    template = "pool"
    part = "forward"
    marks = True

    plate: Plate
    window: Table
    terms: tuple[Figure, ...]
    winner: tuple[int, ...] | None
    ties: int
    total: str
    counted: int


@dataclass(frozen=True, kw_only=True)
class PoolWindow:
    """A window that holds the cell: its values, the gradient that arrives, and what each of its cells receives."""

    cell: tuple[int, ...]
    window: Table
    gradient: Figure
    received: Table
    winner: tuple[int, ...] | None
    ties: int
    counted: int
    gives: Figure


@dataclass(frozen=True, kw_only=True)
class PoolGradient(View):
    """A gradient of a pooling layer's input: one window after the other; the small map becomes large again.

    tied: how many windows of this map have more than one largest cell, of how many; they are marked on `small`.
    """

    template = "pool"
    part = "backward"

    windows: tuple[PoolWindow, ...]
    small: Plate
    large: Plate
    tied: tuple[int, int]


def _under(windows: Windows) -> str:
    return f"x_{{c,\\;{place('i', 'a', windows, 0)},\\;{place('j', 'b', windows, 1)}}}"


def max_formula(layer: MaxPool) -> str:
    """y = the largest x of the window."""
    return rf"y_{{c,i,j}} = \max_{{a,b}}\; {_under(layer.windows)}"


def average_formula(layer: AveragePool) -> str:
    """y = the mean of the x of the window."""
    return rf"y_{{c,i,j}} = \frac{{1}}{{n}} \sum_{{a}} \sum_{{b}} {_under(layer.windows)}"


def max_gradient(layer: MaxPool, of: str) -> str:
    """All of a window's gradient goes to its winner."""
    return r"\frac{\partial L}{\partial x} = \sum_{i,j} dz_{c,i,j} \cdot [\,x = z_{c,i,j}\,]"


def average_gradient(layer: AveragePool, of: str) -> str:
    """A window's gradient is shared equally."""
    return r"\frac{\partial L}{\partial x} = \sum_{i,j} \frac{dz_{c,i,j}}{n}"


def loop(layer: Pool, before: Shape, after: Shape, cell: Cell) -> tuple[Line, ...]:
    """The loop over the output, at one cell."""
    take = "max" if isinstance(layer, MaxPool) else "mean"
    c, i, j = cell
    rows, columns = cuts(layer.windows, i, j)
    window = f"window = x[c, {cut(layer.windows, 'i', 0)}, {cut(layer.windows, 'j', 1)}]"
    return (
        *heads("c", after, cell),
        Line(3, window, filled=f"x[{c}, {rows}, {columns}]"),
        Line(
            3,
            f"out[c, i, j] = window.{take}()",
            filled=f"out[{c}, {i}, {j}] = window.{take}()",
            current=True,
        ),
    )


def loop_back(layer: Pool, before: Shape, after: Shape, of: str, window: Cell | None) -> tuple[Line, ...]:
    """The backward loop; window: the one at which it has stopped, if it has."""
    part = f"c, {cut(layer.windows, 'i', 0)}, {cut(layer.windows, 'j', 1)}"
    filled = "" if window is None else ", ".join((str(window[0]), *cuts(layer.windows, window[1], window[2])))
    error = "" if window is None else f"dZ[{indices(window)}]"
    if isinstance(layer, MaxPool):
        return (
            Line(0, "dX = 0 * X"),
            *heads("c", after, window),
            Line(3, f"window = X[{part}]", filled=filled and f"X[{filled}]"),
            Line(3, "m = first place of window.max()"),
            Line(
                3,
                f"dX[{part}][m] += dZ[c, i, j]",
                filled=filled and f"dX[{filled}][m] += {error}",
                current=True,
            ),
        )
    return (
        Line(0, "dX = 0 * X"),
        *heads("c", after, window),
        Line(3, "n = number of cells in the window"),
        Line(
            3,
            f"dX[{part}] += dZ[c, i, j] / n",
            filled=filled and f"dX[{filled}] += {error} / n",
            current=True,
        ),
    )


def forward(picked: Picked[MaxPool] | Picked[AveragePool]) -> PoolView:
    """The cells of one window."""
    (step,), precision, (channel, i, j) = picked.trace.steps, picked.precision, picked.cell
    winner, scale = winner_of(step), picked.x.scale(channel)
    cells = [figure(read.value, scale, precision, padded=read.padded, marked=read.at == winner) for read in step.reads]
    return PoolView(
        plate=picked.x.plate(channel, picked.layer.windows.box(i, j)),
        window=table(cells, len({read.at[2] for read in step.reads})),
        terms=tuple(cells),
        winner=winner,
        ties=_ties(step),
        total=number(step.total(), precision),
        counted=len(step.reads),
    )


def winner_of(step: Step) -> tuple[int, ...] | None:
    """The place of the first largest cell in reading order, to which the gradient goes back; None for a mean."""
    return next(read.at for read in step.reads if read.value == step.value) if step.op == "max" else None


def _ties(step: Step) -> int:
    return sum(read.value == step.value for read in step.reads) if step.op == "max" else 0


def backward(asked: Asked[MaxPool] | Asked[AveragePool]) -> PoolGradient:
    """The windows that hold the cell, each with what it hands back."""
    x, dy, (channel, row, column) = asked.x.array[None], asked.dy.array, asked.at
    windows = tuple(_window(asked, step) for step in asked.trace.steps)
    ties = np.argwhere(asked.layer.ties(x)[0, channel] > 1).tolist() if isinstance(asked.layer, MaxPool) else []
    small = asked.dy.plate(channel, box_around([window.cell for window in windows]) if windows else None)
    return PoolGradient(
        windows=windows,
        small=replace(small, marks=tuple((i, j) for i, j in ties)),
        large=asked.dx.plate(channel, (column, row, 1, 1)),
        tied=(len(ties), dy[channel].size),
    )


def _window(asked: Asked[MaxPool] | Asked[AveragePool], step: Step) -> PoolWindow:
    channel, precision = asked.at[0], asked.precision
    cell = next(read.at for read in step.reads if read.array == "output_gradient")
    c, i, j = cell
    (pooled,) = asked.layer.explain(asked.x.array[None], (c, i, j)).steps
    winner, arrives = winner_of(pooled), float(asked.dy.array[cell])
    columns, scale, ahead = len({read.at[2] for read in pooled.reads}), asked.x.scale(channel), asked.dx.scale(channel)
    values = (
        figure(read.value, scale, precision, padded=read.padded, marked=read.at == winner) for read in pooled.reads
    )
    # What the mean counted of the padding has its share as well; it is cut off with it.
    shares = [step.value if winner is None else arrives if read.at == winner else 0.0 for read in pooled.reads]
    received = (
        replace(gradient_figure(share, ahead, precision), padded=read.padded)
        for share, read in zip(shares, pooled.reads, strict=True)
    )
    return PoolWindow(
        cell=cell,
        window=table(
            (replace(each, asked=read.at == asked.at) for each, read in zip(values, pooled.reads, strict=True)), columns
        ),
        gradient=gradient_figure(arrives, asked.dy.scale(channel), precision),
        received=table(received, columns),
        winner=winner,
        ties=_ties(pooled),
        counted=len(pooled.reads),
        gives=gradient_figure(step.value, ahead, precision),
    )


MAX_EXPLAINER = Explainer[MaxPool](
    name=_l("max pooling"),
    template="pool",
    formula=max_formula,
    gradient=max_gradient,
    loop=loop,
    loop_back=loop_back,
    forward=forward,
    backward=backward,
)
AVERAGE_EXPLAINER = Explainer[AveragePool](
    name=_l("average pooling"),
    template="pool",
    formula=average_formula,
    gradient=average_gradient,
    loop=loop,
    loop_back=loop_back,
    forward=forward,
    backward=backward,
)
