"""What max and average pooling share: their windows, and the cells in one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cnn_core.layer import Array, ShapeError
from cnn_core.trace import Cell, Read
from cnn_core.windows import Padding, Pair, Windows, paddings, pair


def pool_windows(
    size: int | Pair, stride: int | Pair | None, padding: int | Pair | Padding, ceil: bool, where: str
) -> Windows:
    """Return the windows of a pooling layer. Raises ShapeError where one could lie wholly in the padding."""
    sides = pair(size, f"{where} size")
    around = paddings(padding, f"{where} padding")
    if any(max(around[axis]) >= sides[axis] for axis in (0, 1)):
        # Otherwise a window could lie wholly in the padding and have no cell to choose from.
        raise ShapeError(f"{where} padding", f"smaller than the window, {sides[0]} x {sides[1]}", padding)
    steps = sides if stride is None else pair(stride, f"{where} stride")
    return Windows(sides, steps, around, ceil=ceil)


def largest(padded: Array, windows: Windows, out: Pair) -> Array:
    """(..., H, W) -> (..., H', W'): the largest value under each window."""
    offsets = windows.offsets()
    found = windows.under(padded, next(offsets), out).copy()
    for offset in offsets:
        np.maximum(found, windows.under(padded, offset, out), out=found)
    return found


def holders(windows: Windows, at: Sequence[int], dy: Array) -> Iterator[Cell]:
    """The output cells whose windows hold an input cell, in reading order."""
    channel, row, column = at
    for i, j, _ in windows.readers(row, column, (dy.shape[2], dy.shape[3])):
        yield channel, i, j


def reads(windows: Windows, x: Array, cell: Cell) -> list[Read]:
    """Every place of one window, in reading order; those in the padding hold 0 and say so."""
    channel, i, j = cell
    height, width = x.shape[2:]
    found = []
    for offset in windows.offsets():
        row, column = windows.place(i, j, offset)
        padded = not (0 <= row < height and 0 <= column < width)
        value = 0.0 if padded else float(x[0, channel, row, column])
        found.append(Read("input", (channel, row, column), value, padded))
    return found
