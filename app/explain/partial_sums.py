"""The textbook loops, stopped at one window: what it adds, and the sums before and after."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.explain.views_backward import Running
from app.passes.state import Walk
from app.render.colours import limit
from app.render.figures import Box, Plate, Table, figure, owed, plate, table
from cnn_core import Array, AveragePool, Cell, Conv, Dense, Layer, MaxPool
from cnn_core.analysis.partial_gradients import so_far
from cnn_core.layer import Gradients

Part = tuple[slice | int, ...]
"""Which part of the growing gradients the window can change, and is shown."""


def running(walk: Walk) -> Running:
    """Arrange the window at which the loops have stopped."""
    layer, cell, of = walk.layer_of(walk.layer), walk.cell, walk.scene.of
    if layer is None:
        raise TypeError("only a layer of the network has loops")
    name, precision = walk.layer, walk.scene.precision
    x, dy = walk.before(name)[None], walk.back.outputs[name][None]
    sums = so_far(layer, x, dy, cell)
    part = _part(walk, layer, cell)
    whole = walk.asked()
    columns = x.shape[3] if of == "weight" and isinstance(layer, Dense) else None
    before, added, after = (_grid(_array(gradients, of)[part], columns) for gradients in sums)
    picked = np.zeros(whole.shape, bool)
    picked[walk.scene.at or ()] = True
    here = _grid(picked[part], columns)
    scale = max(limit(before), limit(after)) or limit(whole)
    factor, role = _factor(walk, layer, cell, part)

    def grid(values: Array) -> Table:
        figures = (
            owed(float(value), scale, precision, asked=bool(asked))
            for value, asked in zip(values.ravel(), here.ravel(), strict=True)
        )
        return table(figures, values.shape[1])

    return Running(
        "partial_sums",
        of,
        cell,
        owed(float(dy[0][cell]), limit(dy[0]), precision),
        factor,
        role,
        len(layer.explain(x, cell).steps[0].reads) if isinstance(layer, AveragePool) else 0,
        grid(before),
        grid(added),
        grid(after),
        bool(here.any()),
        *_plate(walk, layer, cell),
        replace(walk.scene.but(), cell=None),
    )


def _array(gradients: Gradients, of: str) -> Array:
    return gradients.x[0] if of == "input" else gradients.params[of]


def _grid(part: NDArray[Any], columns: int | None = None) -> NDArray[Any]:
    """The shown part as rows and columns; one number is a row of its own."""
    if not part.size:
        return part.reshape(0, 1)
    return part.reshape(-1, columns or (part.shape[-1] if part.ndim else 1))


def _part(walk: Walk, layer: Layer, cell: Cell) -> Part:
    """What of the gradients is shown: the window's slice of the input, the kernel, or the one bias."""
    at, of = walk.scene.at or (), walk.scene.of
    if of == "bias":
        return (cell[0],)
    if isinstance(layer, Dense):
        shape = walk.before(walk.layer).shape
        if of == "input":
            return at[0], slice(None), slice(None)
        first = at[1] // (shape[1] * shape[2]) * shape[1] * shape[2]
        return cell[0], slice(first, first + shape[1] * shape[2])
    if of == "weight":
        return cell[0], at[1], slice(None), slice(None)
    if isinstance(layer, Conv | MaxPool | AveragePool):
        channel = at[0] if isinstance(layer, Conv) else cell[0]
        return channel, *_slices(walk, layer, cell)
    return cell


def _slices(walk: Walk, layer: Conv | MaxPool | AveragePool, cell: Cell) -> tuple[slice, slice]:
    """The rows and columns of the input that a window reads, without the padding; empty where it reads nothing else."""
    windows, shape = layer.windows, walk.before(walk.layer).shape
    first = windows.place(cell[1], cell[2], (0, 0))
    last = windows.place(cell[1], cell[2], (windows.size[0] - 1, windows.size[1] - 1))
    rows, columns = (
        slice(min(max(0, start), size), min(max(0, stop + 1), size))
        for start, stop, size in zip(first, last, shape[1:], strict=True)
    )
    return rows, columns


def _factor(walk: Walk, layer: Layer, cell: Cell, part: Part) -> tuple[Table | None, str]:
    """What the window's gradient is multiplied with: the kernel for the input, the window for the weights."""
    of, precision, at = walk.scene.of, walk.scene.precision, walk.scene.at or ()
    if of == "bias" or not isinstance(layer, Conv | Dense):
        return None, ""
    x = walk.before(walk.layer)
    values: Array
    if isinstance(layer, Dense) and of == "input":
        values = layer.weight[cell[0]].reshape(x.shape)[at[0]]
    elif isinstance(layer, Dense):
        values = x.ravel()[part[1]].reshape(-1, x.shape[2])
    elif of == "weight":
        values = np.array(
            [
                [_met(layer, x, cell, at[1], a, b) for b in range(layer.windows.size[1])]
                for a in range(layer.windows.size[0])
            ]
        )
    else:
        values = _kernel(walk, layer, cell, at[0])
    values = _grid(values)
    scale = limit(layer.weight) if of == "input" else limit(x)
    figures = (figure(float(value), scale, precision) for value in values.ravel())
    return table(figures, values.shape[1]), "weight" if of == "input" else "value"


def _met(layer: Conv, x: Array, cell: Cell, channel: int, a: int, b: int) -> float:
    """What one weight of the kernel meets at this window; the padding is 0."""
    row, column = layer.windows.place(cell[1], cell[2], (a, b))
    channel += cell[0] // (len(layer.weight) // layer.groups) * layer.weight.shape[1]
    inside = 0 <= row < x.shape[1] and 0 <= column < x.shape[2]
    return float(x[channel, row, column]) if inside else 0.0


def _kernel(walk: Walk, layer: Conv, cell: Cell, channel: int) -> Array:
    """The kernel where it lies on the picture; the input channel may belong to another group, which it never reads."""
    windows, shape = layer.windows, walk.before(walk.layer).shape
    each, depth = len(layer.weight) // layer.groups, layer.weight.shape[1]
    reads = cell[0] // each == channel // depth
    laid = np.zeros(shape[1:])
    for a, b in windows.offsets():
        row, column = windows.place(cell[1], cell[2], (a, b))
        if reads and 0 <= row < shape[1] and 0 <= column < shape[2]:
            laid[row, column] = layer.weight[cell[0], channel % depth, a, b]
    return laid[_slices(walk, layer, cell)]


def _plate(walk: Walk, layer: Layer, cell: Cell) -> tuple[Plate | None, int]:
    """The window on the map that it reads, and which map that is; None where the layer has no window."""
    if not isinstance(layer, Conv | MaxPool | AveragePool):
        return None, 0
    at, name = walk.scene.at or (0,), walk.names[walk.names.index(walk.layer) - 1]
    channel = at[1] if walk.scene.of == "weight" else at[0] if walk.scene.of == "input" else 0
    if not isinstance(layer, Conv):
        channel = cell[0]
    elif walk.scene.of == "weight":
        channel += cell[0] // (len(layer.weight) // layer.groups) * layer.weight.shape[1]
    rows, columns = _slices(walk, layer, cell)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    box: Box | None = (columns.start, rows.start, width, height) if height and width else None
    pictures = walk.sent.maps.pictures(walk.scene.scope)[name]
    return plate(walk.outputs[name][channel], pictures[channel], walk.scene.precision, box), channel
