"""Receptive fields: the input cells that one cell depends on, and the cells that depend on one input cell.

Only the connections count, not the values: a weight of 0 and a closed gate count as well, and max pooling depends on
its whole window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnn_core.layer import Array, Layer, Shape, ShapeError, check_cell
from cnn_core.network import Network
from cnn_core.trace import Cell
from cnn_core.windows import Pair, Windows

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Field:
    """A set of cells of one (C, H, W) array: every chosen channel with every chosen row and every chosen column.

    channels: (C,), rows: (H,), columns: (W,), True where chosen; read-only copies.
    Three vectors are exact, not an outline. A window takes its channels, its rows and its columns independently of
    each other, even where dilation leaves gaps or the edge cuts it off, so what one cell reads is such a product.
    What a product of cells reads is again one: all their channels with all their rows and all their columns.
    A dense layer reads everything, which is a product too.
    """

    channels: Mask
    rows: Mask
    columns: Mask

    def __post_init__(self) -> None:
        for name in ("channels", "rows", "columns"):
            chosen = np.array(getattr(self, name), np.bool_)
            chosen.flags.writeable = False
            object.__setattr__(self, name, chosen)

    @property
    def sides(self) -> tuple[Mask, Mask, Mask]:
        """Channels, rows and columns, in the order of a cell."""
        return self.channels, self.rows, self.columns

    @property
    def count(self) -> int:
        """How many cells there are; 0 where a window lies wholly in the padding, or nobody looks at a pixel."""
        channels, rows, columns = (int(np.count_nonzero(side)) for side in self.sides)
        return channels * rows * columns

    @property
    def box(self) -> tuple[int, int, int, int] | None:
        """(x, y, width, height) of the smallest rectangle around them, in columns and rows; None where count is 0."""
        if not self.count:
            return None
        rows, columns = np.flatnonzero(self.rows), np.flatnonzero(self.columns)
        x, y = int(columns[0]), int(rows[0])
        return x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y

    def contains(self, cell: Cell) -> bool:
        """Whether a cell is one of them; places in the padding never are."""
        return all(0 <= at < side.size and bool(side[at]) for at, side in zip(cell, self.sides, strict=True))


def comes_from(network: Network, shape: Shape, index: int, cell: Cell) -> tuple[Field, ...]:
    """The receptive field of a cell of array `index` (0: the input, n: the output of layer n).

    shape: (C, H, W) of the input. One field for every array from the input to that one, where the cell stands alone.
    """
    shapes = _shapes(network, shape, index)
    fields = [_alone(cell, shapes, index, network)]
    for at in reversed(range(index)):
        fields.append(_read(_wiring(network.layers[at], *shapes[at : at + 2]), fields[-1]))
    return tuple(reversed(fields))


def goes_to(network: Network, shape: Shape, pixel: Cell, index: int) -> tuple[Field, ...]:
    """All the cells that see an input pixel (c, i, j).

    shape: (C, H, W) of the input. One field for every array from the input, where the pixel stands alone, to `index`.
    """
    shapes = _shapes(network, shape, index)
    fields = [_alone(pixel, shapes, 0, network)]
    for at in range(index):
        wiring = _wiring(network.layers[at], *shapes[at : at + 2])
        # Asking "who reads me" is the same table, its rows and columns exchanged.
        fields.append(_read([table.T for table in wiring], fields[-1]))
    return tuple(fields)


def receptive_size(network: Network, index: int) -> Pair | None:
    """(height, width) that a cell of array `index` sees of the input, away from the edges: 1 + sum of (k - 1) jump.

    jump: how far the input moves when that layer's window moves by one, the product of the strides before it.
    (k - 1) is times the dilation. None once a dense layer has been passed: it looks at all places, through no window.
    """
    _check_index(network, index)
    size, jump = [1, 1], [1, 1]
    for layer in network.layers[:index]:
        windows = layer.connectivity.windows
        if windows is None:
            return None
        for axis in (0, 1):
            size[axis] += (windows.size[axis] - 1) * windows.dilation[axis] * jump[axis]
            jump[axis] *= windows.stride[axis]
    return size[0], size[1]


def receptive_middles(network: Network, sides: tuple[int, ...], index: int) -> tuple[Array, Array]:
    """(H',) rows and (W',) columns of the input in the middle of what the cells of array `index` see.

    sides: (H', W') of that array. Halves lie between two pixels. A field that reaches into the padding has its middle
    where it would be without an edge, so that neighbours are as far apart everywhere as the windows step.
    """
    _check_index(network, index)
    start, jump = [0.0, 0.0], [1, 1]
    for layer, name in zip(network.layers[:index], network.names, strict=False):
        windows = layer.connectivity.windows
        if windows is None:
            raise ShapeError("Network array", f"one before {name}, which looks at all places at once", index)
        for axis in (0, 1):
            half = (windows.size[axis] - 1) * windows.dilation[axis] / 2
            start[axis] += (half - windows.padding[axis][0]) * jump[axis]
            jump[axis] *= windows.stride[axis]
    rows, columns = (start[axis] + np.arange(sides[axis]) * jump[axis] for axis in (0, 1))
    return rows, columns


def _wiring(layer: Layer, before: Shape, after: Shape) -> tuple[Mask, Mask, Mask]:
    """(C', C), (H', H), (W', W): True where an output channel, row or column reads one of the input."""
    reads = layer.connectivity
    windows, groups = reads.windows or Windows(before[1:]), reads.groups or before[0]
    outputs, inputs = np.arange(after[0])[:, None], np.arange(before[0])
    channels = outputs // (after[0] // groups) == inputs // (before[0] // groups)
    return channels, _along(windows, 0, before[1], after[1]), _along(windows, 1, before[2], after[2])


def _along(windows: Windows, axis: int, before: int, after: int) -> Mask:
    """(n', n) along one side. Only places that exist are asked for, so that the padding never comes up."""
    starts = np.arange(after)[:, None] * windows.stride[axis] - windows.padding[axis][0]
    steps, between = np.divmod(np.arange(before) - starts, windows.dilation[axis])
    found: Mask = (between == 0) & (0 <= steps) & (steps < windows.size[axis])
    return found


def _read(wiring: Sequence[Mask], field: Field) -> Field:
    """Everything that the cells of a field read, taken together."""
    channels, rows, columns = (
        np.logical_or.reduce(table[side]) for table, side in zip(wiring, field.sides, strict=True)
    )
    return Field(channels, rows, columns)


def _alone(cell: Cell, shapes: Sequence[Shape], index: int, network: Network) -> Field:
    """The field of one cell of array `index` and nothing else."""
    check_cell(cell, shapes[index], ("input", *network.names)[index])
    channels, rows, columns = (np.equal(np.arange(size), at) for size, at in zip(shapes[index], cell, strict=True))
    return Field(channels, rows, columns)


def _shapes(network: Network, shape: Shape, index: int) -> tuple[Shape, ...]:
    _check_index(network, index)
    return network.shapes(shape)


def _check_index(network: Network, index: int) -> None:
    if not 0 <= index <= len(network.layers):
        raise ShapeError("Network array", f"0, the input, to {len(network.layers)}, the output of the last", index)
