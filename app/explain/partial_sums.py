"""Partial sums of a gradient: the textbook loops, stopped at one window, and what this window adds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.explain.explainer import Asked, View, sliding
from app.render.colours import limit
from app.render.figures import Figure, Plate, Table, figure, gradient_figure, table
from app.scenes.walk_scene import Scene
from cnn_core import Array, Cell, Step
from cnn_core.analysis.partial_gradients import so_far
from cnn_core.layer import Gradients

Part = tuple[slice | int, ...]
"""Which part of the growing gradients the window can change, and is shown."""


@dataclass(frozen=True, kw_only=True)
class PartialSums(View):
    """The loops, stopped at one window: what it adds to the sums, and the sums before and after.

    factor: what the window's gradient is multiplied with; None for a bias, or where nothing is multiplied.
    role: of these factors. windows: whether they are a kernel, and not a line of weights. of: whose gradient grows.
    here: whether the selected one is among the sums, and marked. shared: by how many cells a mean was made, which share
    its gradient; 0 where there is no mean. to_winner: whether one cell of the window gets all of it.
    The sums are empty where the window lies wholly in the padding. plate: the window on a map before the layer, which
    is that of the channel. finished: the scene of all terms at once.
    """

    template = "partial_sums"
    part = "stopped"

    of: str
    cell: tuple[int, ...]
    gradient: Figure
    factor: Table | None
    role: str
    windows: bool
    shared: int
    to_winner: bool
    before: Table
    added: Table
    after: Table
    here: bool
    plate: Plate | None
    channel: int
    finished: Scene


def partial_sums(asked: Asked[Any], cell: Cell, finished: Scene) -> PartialSums:
    """Arrange the window of output cell (c', i, j), at which the loops have stopped."""
    layer, of, precision = asked.layer, asked.of, asked.precision
    x, dy = asked.x.array, asked.dy.array
    part, columns = _part(asked, cell), _columns(asked)
    sums = so_far(layer, x[None], dy[None], cell)
    before, added, after = (_grid(_array(gradients, of)[part], columns) for gradients in sums)
    picked = np.zeros(asked.whole.shape, bool)
    picked[asked.at] = True
    here = _grid(picked[part], columns)
    scale = max(limit(before), limit(after)) or limit(asked.whole)
    steps = layer.explain(x[None], cell).steps
    factor = _factor(asked, cell, steps, part)
    box, channel = _window(asked, cell)

    def grid(values: Array) -> Table:
        figures = (
            gradient_figure(float(value), scale, precision, asked=bool(asked))
            for value, asked in zip(values.ravel(), here.ravel(), strict=True)
        )
        return table(figures, values.shape[1])

    return PartialSums(
        of=of,
        cell=cell,
        gradient=gradient_figure(float(dy[cell]), limit(dy), precision),
        factor=factor,
        role="" if factor is None else "weight" if of == "input" else "value",
        windows=sliding(layer) is not None,
        shared=len(steps[0].reads) if steps[0].op == "mean" else 0,
        to_winner=steps[0].op == "max",
        before=grid(before),
        added=grid(added),
        after=grid(after),
        here=bool(here.any()),
        plate=None if sliding(layer) is None else asked.x.plate(channel, box),
        channel=channel,
        finished=finished,
    )


def _array(gradients: Gradients, of: str) -> Array:
    return gradients.x[0] if of == "input" else gradients.params[of]


def _grid(part: NDArray[Any], columns: int | None = None) -> NDArray[Any]:
    """The shown part as rows and columns; one number is a row of its own."""
    if not part.size:
        return part.reshape(0, 1)
    return part.reshape(-1, columns or (part.shape[-1] if part.ndim else 1))


def _columns(asked: Asked[Any]) -> int | None:
    """The line of a dense layer's weights is folded into rows as long as those of the map before."""
    return asked.x.array.shape[2] if asked.of == "weight" and asked.whole.ndim == 2 else None


def _part(asked: Asked[Any], cell: Cell) -> Part:
    """What of the gradients is shown: the window's slice of the input, the kernel, or the one bias."""
    at, (_, height, width) = asked.at, asked.x.array.shape
    if asked.of == "bias":
        return (cell[0],)
    if asked.of == "weight" and asked.whole.ndim == 2:
        first = at[1] // (height * width) * height * width
        return cell[0], slice(first, first + height * width)
    if asked.of == "weight":
        return cell[0], at[1], slice(None), slice(None)
    own = asked.layer.connectivity.groups is None  # then a window reads the channel of its own number
    return cell[0] if own else at[0], *_slices(asked, cell)


def _slices(asked: Asked[Any], cell: Cell) -> tuple[slice, slice]:
    """The rows and columns of the input that a window reads, without the padding; empty where it reads nothing else."""
    windows, (_, height, width) = asked.layer.connectivity.windows, asked.x.array.shape
    if windows is None:
        return slice(0, height), slice(0, width)
    column, row, columns, rows = windows.box(cell[1], cell[2])
    return _within(row, rows, height), _within(column, columns, width)


def _within(start: int, length: int, size: int) -> slice:
    return slice(min(max(0, start), size), min(max(0, start + length), size))


def _factor(asked: Asked[Any], cell: Cell, steps: tuple[Step, ...], part: Part) -> Table | None:
    """What the window's gradient is multiplied with: the kernel for the input, what it reads for the weights."""
    products = [step for step in steps if step.op == "multiply"]
    if asked.of == "bias" or not products:
        return None
    at, x = asked.at, asked.x.array
    if asked.of == "input":  # the weights where they lie on the map; they are 0 on one that the kernel does not read
        laid = np.zeros(x.shape[1:])
        for step in products:
            read, weight = step.reads
            if read.at[0] == at[0] and not read.padded:
                laid[read.at[1:]] = weight.value
        values = laid[_slices(asked, cell)]
    else:  # the numbers of the channel that this weight reads in this window
        channel = next(step.reads[0].at[0] for step in products if step.reads[1].at[1:] == at[1:])
        reads = [step.reads[0] for step in products if step.reads[0].at[0] == channel]
        values = np.array([read.value for read in reads]).reshape(-1, len({read.at[2] for read in reads}))
    values = _grid(values)
    scale = limit(asked.layer.params["weight"]) if asked.of == "input" else limit(x)
    return table((figure(float(value), scale, asked.precision) for value in values.ravel()), values.shape[1])


def _window(asked: Asked[Any], cell: Cell) -> tuple[tuple[int, int, int, int] | None, int]:
    """Where the window lies on the map that it reads, and which map that is; 0 where the layer has no window."""
    if sliding(asked.layer) is None:
        return None, 0
    rows, columns = _slices(asked, cell)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    box = (columns.start, rows.start, width, height) if height and width else None
    if asked.layer.connectivity.groups is None:
        return box, cell[0]
    if asked.of == "weight":
        first = asked.layer.explain(asked.x.array[None], cell).steps[0].reads[0].at[0]  # of the kernel's group
        return box, first + asked.at[1]
    return box, asked.at[0] if asked.of == "input" else 0
