"""A filter applies one kernel at every place of each channel of a picture.

Unlike a layer of a network it keeps the channels apart, adds no bias, and may go on past the edges in several ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import fsum

import numpy as np

from cnn_core.filters.algorithms import Way, apply_way, cheapest
from cnn_core.filters.borders import Border, border_padding, source_index
from cnn_core.layer import Array, Shape, ShapeError, check_cell, check_float, check_shape, frozen
from cnn_core.layers import AveragePool, MaxPool, ReLU
from cnn_core.trace import Cell, Read, Step, Trace
from cnn_core.windows import Padding, Pair, Windows, pair


@dataclass(frozen=True, eq=False)
class Filter:
    """One kernel for all channels, or one for each.

    kernels: (1 or C, kh, kw). The kernel is laid on as it is (cross-correlation); with `flip` it is turned upside down
    and left to right first (convolution).
    apply  (C, H, W) -> (C, H', W'),  H' = floor((H + top + bottom - (kh - 1) dilation - 1) / stride) + 1
    padding: counts for the border "zero" alone. The others follow from the kernel: "same", "reflect" and "edge" add
    (kh - 1) dilation rows and (kw - 1) dilation columns, half of them before and half after; the odd one comes after.
    """

    kernels: Array
    stride: int | Pair = 1
    border: Border = "same"
    padding: int | Pair | Padding = 0
    dilation: int | Pair = 1
    flip: bool = False
    windows: Windows = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernels", frozen(self.kernels))
        if self.kernels.ndim != 3 or 0 in self.kernels.shape:
            raise ShapeError("Filter kernels", "(1 or C, kh, kw)", self.kernels.shape)
        size, dilation = self.kernels.shape[1:], pair(self.dilation, "Filter dilation")
        reach = border_padding(self.border, self.padding, (size[0], size[1]), dilation)
        windows = Windows((size[0], size[1]), pair(self.stride, "Filter stride"), reach, dilation)
        object.__setattr__(self, "windows", windows)

    @property
    def laid(self) -> Array:
        """(1 or C, kh, kw): the kernels as they lie on the picture, flipped where they are to be."""
        return self.kernels[:, ::-1, ::-1] if self.flip else self.kernels

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H, W) -> (C, H', W')."""
        check_shape(shape, "Filter")
        if len(self.kernels) not in (1, shape[0]):
            raise ShapeError("Filter input channels", len(self.kernels), shape[0])
        return shape[0], *self.windows.output(shape[1], shape[2], "Filter")

    def apply(self, x: Array) -> Array:
        """(C, H, W) -> (C, H', W'), in the dtype of x."""
        shape = self.output_shape(_shape(x))
        result = np.empty(shape, x.dtype)
        for channels, kernel, way in self._ways(x.shape, shape):
            apply_way(way, x[channels], kernel, self.windows, self.border, result[channels])
        return result

    def _ways(self, shape: Shape, out: Shape) -> Iterator[tuple[slice, Array, Way]]:
        """Every kernel with the channels that it is for, and the way it goes."""
        each = shape[0] // len(self.kernels)
        for index, kernel in enumerate(self.laid):
            way = cheapest(kernel, self.windows, (each, shape[1], shape[2]), (out[1], out[2]))
            yield slice(index * each, (index + 1) * each), kernel, way

    def explain(self, x: Array, cell: Cell) -> Trace:
        """One product for every place of the kernel, in reading order of the window.

        A read of a zero in the padding says so; at a border that mirrors or repeats, `at` is the pixel that was read.
        """
        shape = self.output_shape(_shape(x))
        check_cell(cell, shape, "Filter")
        c, i, j = cell
        index, (kh, kw) = c if len(self.kernels) > 1 else 0, self.windows.size
        down, across = self._sources(0, i, x.shape[1]), self._sources(1, j, x.shape[2])
        steps = []
        for a, b in self.windows.offsets():
            (row, pixel_row), (column, pixel_column) = down[a], across[b]
            padded = pixel_row < 0 or pixel_column < 0
            at = (c, row, column) if padded else (c, pixel_row, pixel_column)
            read = Read("input", at, 0.0 if padded else float(x[at]), padded)
            place = (index, kh - 1 - a, kw - 1 - b) if self.flip else (index, a, b)
            weight = Read("weight", place, float(self.kernels[place]))
            steps.append(Step("multiply", (read, weight), read.value * weight.value))
        return Trace(cell, tuple(steps), fsum(step.value for step in steps))

    def _sources(self, axis: int, step: int, n: int) -> list[tuple[int, int]]:
        """Along one side n long, where each place of one window lies, and which pixel it reads, -1 for none."""
        start = step * self.windows.stride[axis] - self.windows.padding[axis][0]
        places = start + np.arange(self.windows.size[axis]) * self.windows.dilation[axis]
        return list(zip(places.tolist(), source_index(self.border, places, n).tolist(), strict=True))

    def readers(self, pixel: Cell, shape: Shape) -> list[Cell]:
        """The output cells that read pixel (c, i, j) of a (C, H, W) picture, in reading order.

        This is the wiring alone: a weight that happens to be 0 reads as well.
        """
        out = self.output_shape(shape)
        check_cell(pixel, shape, "Filter input")
        rows, columns = (self._readers(axis, pixel[1 + axis], shape[1 + axis], out[1 + axis]) for axis in (0, 1))
        return [(pixel[0], i, j) for i in rows for j in columns]

    def _readers(self, axis: int, at: int, n: int, out: int) -> list[int]:
        """Along one side n long, the windows that read place `at`."""
        starts = np.arange(out)[:, None] * self.windows.stride[axis] - self.windows.padding[axis][0]
        places = starts + np.arange(self.windows.size[axis]) * self.windows.dilation[axis]
        return [int(i) for i in np.flatnonzero((source_index(self.border, places, n) == at).any(axis=1))]

    def cost(self, shape: Shape) -> tuple[float, int]:
        """(seconds on one core, bytes of scratch memory) that a float32 picture (C, H, W) will take, roughly."""
        ways = [way for _, _, way in self._ways(shape, self.output_shape(shape))]
        return fsum(way.seconds for way in ways), max(way.memory for way in ways)


Stage = Filter | ReLU | MaxPool | AveragePool
Chain = tuple[Stage, ...]
"""What is done to a picture, one after the other."""


def through(chain: Chain, x: Array) -> tuple[Array, ...]:
    """x: (C, H, W) -> the picture itself, then what comes out of every stage, each (C, H', W')."""
    pictures = [x]
    for stage in chain:
        x = stage.apply(x) if isinstance(stage, Filter) else stage.forward(x[None])[0]
        pictures.append(x)
    return tuple(pictures)


def receptive(chain: Chain) -> tuple[Pair, Pair]:
    """(size, jump), each (vertical, horizontal): how much of the picture a cell of the last output sees, away from the
    edges, and how far that moves from one cell to the next. size = 1 + sum of (k - 1) dilation jump.
    """
    size, jump = [1, 1], [1, 1]
    for stage in chain:
        windows = stage.windows if isinstance(stage, Filter) else stage.connectivity.windows or Windows((1, 1))
        for axis in (0, 1):
            size[axis] += (windows.size[axis] - 1) * windows.dilation[axis] * jump[axis]
            jump[axis] *= windows.stride[axis]
    return (size[0], size[1]), (jump[0], jump[1])


def _shape(x: Array) -> Shape:
    """Check that x is (C, H, W) of floating-point numbers."""
    if not isinstance(x, np.ndarray):
        raise ShapeError("Filter input", "an array (C, H, W)", type(x).__name__)
    if x.ndim != 3 or 0 in x.shape:
        raise ShapeError("Filter input", "(C, H, W) and no side of 0", x.shape)
    check_float(x, "Filter input")
    return x.shape[0], x.shape[1], x.shape[2]


def explain(stage: Stage, x: Array, cell: Sequence[int]) -> Trace:
    """How one cell of a stage's output came to be, from the stage's input x: (C, H, W)."""
    at = (cell[0], cell[1], cell[2])
    return stage.explain(x, at) if isinstance(stage, Filter) else stage.explain(x[None], at)
