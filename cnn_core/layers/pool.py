"""Pooling makes a map smaller: of each window it keeps the largest value, or the mean.

It learns nothing and has no activation, so its own slope is 1; going back, the gradient has only to be handed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cnn_core.layer import (
    NO_PARAMS,
    Array,
    Decision,
    Gradients,
    Of,
    Params,
    Shape,
    batch_shape,
    check_asked,
    check_cell,
    check_gradient,
    check_shape,
    same_params,
)
from cnn_core.layers.pool_windows import holders, largest, pool_windows, reads
from cnn_core.trace import Cell, Read, Step, Trace
from cnn_core.windows import Connectivity, Padding, Pair, Windows


@dataclass(frozen=True, eq=False)
class MaxPool:
    """Keep the largest value of each window; send the gradient back to where it came from.

    forward   (N, C, H, W) -> (N, C, H', W'),  H' = floor((H + top + bottom - size) / stride) + 1
    backward  the first largest value of each window, in reading order, receives the window's whole gradient;
              where windows overlap, a cell collects from all of them
    The padding is minus infinity: it never wins. stride=None means the window's own size.
    """

    size: int | Pair
    stride: int | Pair | None = None
    padding: int | Pair | Padding = 0
    ceil: bool = False
    windows: Windows = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "windows", pool_windows(self.size, self.stride, self.padding, self.ceil, type(self).__name__)
        )

    @property
    def params(self) -> Params:
        """None: pooling has nothing to learn."""
        return NO_PARAMS

    def with_params(self, params: Params) -> Self:
        """Return the layer itself."""
        same_params(params, NO_PARAMS, "MaxPool")
        return self

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H, W) -> (C, H', W')."""
        check_shape(shape, "MaxPool")
        return shape[0], *self.windows.output(shape[1], shape[2], "MaxPool")

    @property
    def connectivity(self) -> Connectivity:
        """A window on the channel itself."""
        return Connectivity(self.windows, None)

    @property
    def decides(self) -> Decision:
        """Which cell of each window is the largest."""
        return "winner"

    def decisions(self, x: Array) -> NDArray[np.intp]:
        """(N, C, H, W) -> (N, C, H', W'): the place in each window of its first largest value, in reading order."""
        out = self.output_shape(x.shape[1:])[1:]
        padded = self.windows.pad(x, out, -np.inf)
        cells = np.stack([self.windows.under(padded, offset, out) for offset in self.windows.offsets()])
        winners: NDArray[np.intp] = cells.argmax(axis=0)
        return winners

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, H', W'): the largest of rows first, then of columns."""
        _, height, width = self.output_shape(batch_shape(x, "MaxPool"))
        padded = self.windows.pad(x, (height, width), -np.inf)
        # A window's maximum is the maximum of its rows' maxima: k + k comparisons instead of k x k.
        rows = Windows((self.windows.size[0], 1), (self.windows.stride[0], 1))
        columns = Windows((1, self.windows.size[1]), (1, self.windows.stride[1]))
        tall = largest(padded, rows, (height, padded.shape[3]))
        return largest(tall, columns, (height, width))

    def ties(self, x: Array) -> NDArray[np.intp]:
        """(N, C, H, W) -> (N, C, H', W'): how many cells of each window are the largest; more than 1 is a tie."""
        most = self.forward(x)
        out = (most.shape[2], most.shape[3])
        padded = self.windows.pad(x, out, -np.inf)
        counts = np.zeros(most.shape, np.intp)
        for offset in self.windows.offsets():
            counts += self.windows.under(padded, offset, out) == most
        return counts

    def backward(self, x: Array, dy: Array) -> Gradients:
        """dy: (N, C, H', W') -> dx: (N, C, H, W), zero everywhere but at the winners."""
        shape = self.output_shape(batch_shape(x, "MaxPool"))
        check_gradient(dy, x, shape, "MaxPool")
        out = shape[1:]
        padded = self.windows.pad(x, out, -np.inf)
        most, dy = self.forward(x), dy.astype(x.dtype, copy=False)
        dx = np.zeros(padded.shape, x.dtype)
        open_windows = np.ones(dy.shape, bool)  # those that have not met their largest value yet
        for offset in self.windows.offsets():
            first = self.windows.under(padded, offset, out) == most
            first &= open_windows
            open_windows ^= first
            into = self.windows.under(dx, offset, out)
            if self.windows.disjoint:
                np.multiply(dy, first, out=into)
            else:
                into += dy * first
        return Gradients(np.ascontiguousarray(self.windows.inside(dx, *x.shape[2:])), NO_PARAMS)

    def explain(self, x: Array, cell: Cell) -> Trace:
        """One step: all the cells of the window, without the padding; its value is the largest of them."""
        check_cell(cell, self.output_shape(batch_shape(x, "MaxPool")), "MaxPool")
        found = tuple(read for read in reads(self.windows, x, cell) if not read.padded)
        value = max(read.value for read in found)
        return Trace(cell, (Step("max", found, value),), value)

    def explain_gradient(self, x: Array, dy: Array, of: Of, at: Sequence[int]) -> Trace:
        """One step for every window that holds the cell: all of the window's gradient where the cell won, else 0."""
        check_asked(x, dy, of, at, self)
        steps = []
        for cell in holders(self.windows, at, dy):
            (step,) = self.explain(x, cell).steps
            winner = next(read for read in step.reads if read.value == step.value)
            gradient = Read("output_gradient", cell, float(dy[0][cell]))
            steps.append(Step("route", (winner, gradient), gradient.value if winner.at == tuple(at) else 0.0))
        return Trace(tuple(at), tuple(steps), fsum(step.value for step in steps))


@dataclass(frozen=True, eq=False)
class AveragePool:
    """Replace each window by its mean; share the gradient equally among its cells.

    forward   (N, C, H, W) -> (N, C, H', W'),  H' = floor((H + top + bottom - size) / stride) + 1
    backward  each cell of a window receives the window's gradient divided by the number of cells counted
    count_padding: whether the zeros of the padding count as cells of the window (what overhangs with `ceil` does not).
    """

    size: int | Pair
    stride: int | Pair | None = None
    padding: int | Pair | Padding = 0
    ceil: bool = False
    count_padding: bool = False
    windows: Windows = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "windows", pool_windows(self.size, self.stride, self.padding, self.ceil, type(self).__name__)
        )

    @property
    def params(self) -> Params:
        """None: pooling has nothing to learn."""
        return NO_PARAMS

    def with_params(self, params: Params) -> Self:
        """Return the layer itself."""
        same_params(params, NO_PARAMS, "AveragePool")
        return self

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H, W) -> (C, H', W')."""
        check_shape(shape, "AveragePool")
        return shape[0], *self.windows.output(shape[1], shape[2], "AveragePool")

    @property
    def connectivity(self) -> Connectivity:
        """A window on the channel itself."""
        return Connectivity(self.windows, None)

    @property
    def decides(self) -> Decision:
        """A mean compares nothing."""
        return "nothing"

    def decisions(self, x: Array) -> None:
        """None: the output never bends."""

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, H', W')."""
        _, height, width = self.output_shape(batch_shape(x, "AveragePool"))
        padded = self.windows.pad(x, (height, width))
        total = np.zeros((*x.shape[:2], height, width), x.dtype)
        for offset in self.windows.offsets():
            total += self.windows.under(padded, offset, (height, width))
        total /= self._counts(x, (height, width))
        return total

    def backward(self, x: Array, dy: Array) -> Gradients:
        """dy: (N, C, H', W') -> dx: (N, C, H, W), every share added where it belongs."""
        shape = self.output_shape(batch_shape(x, "AveragePool"))
        check_gradient(dy, x, shape, "AveragePool")
        out = shape[1:]
        dx = np.zeros_like(self.windows.pad(x, out))
        share = (dy / self._counts(x, out)).astype(x.dtype, copy=False)
        for offset in self.windows.offsets():
            self.windows.under(dx, offset, out)[...] += share
        return Gradients(np.ascontiguousarray(self.windows.inside(dx, *x.shape[2:])), NO_PARAMS)

    def explain(self, x: Array, cell: Cell) -> Trace:
        """One step: the cells that count, and their mean."""
        check_cell(cell, self.output_shape(batch_shape(x, "AveragePool")), "AveragePool")
        found = tuple(read for read in reads(self.windows, x, cell) if self._counted(read, x.shape[2:]))
        value = fsum(read.value for read in found) / len(found)
        return Trace(cell, (Step("mean", found, value),), value)

    def explain_gradient(self, x: Array, dy: Array, of: Of, at: Sequence[int]) -> Trace:
        """One step for every window that holds the cell: its gradient, divided by how many cells it counted."""
        check_asked(x, dy, of, at, self)
        steps = []
        for cell in holders(self.windows, at, dy):
            (step,) = self.explain(x, cell).steps
            gradient = Read("output_gradient", cell, float(dy[0][cell]))
            counted = Read("count", (), float(len(step.reads)))
            steps.append(Step("share", (gradient, counted), gradient.value / counted.value))
        return Trace(tuple(at), tuple(steps), fsum(step.value for step in steps))

    def _counted(self, read: Read, size: Pair) -> bool:
        if not read.padded or not self.count_padding:
            return not read.padded
        return all(at < size[axis] + self.windows.padding[axis][1] for axis, at in enumerate(read.at[1:]))

    def _counts(self, x: Array, out: Pair) -> Array:
        """(H', W'): how many cells of each window count; x itself is not read."""
        height, width = x.shape[2:]
        (top, bottom), (left, right) = self.windows.padding
        if self.count_padding:
            cells = np.ones((height + top + bottom, width + left + right), x.dtype)
            padded = Windows(self.windows.size, self.windows.stride).pad(cells, out)
        else:
            padded = self.windows.pad(np.ones((height, width), x.dtype), out)
        counts = np.zeros(out, x.dtype)
        for offset in self.windows.offsets():
            counts += self.windows.under(padded, offset, out)
        return counts
