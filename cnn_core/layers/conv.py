"""Convolution: a small kernel is laid on every place of the picture, multiplied with what lies there, and added up.

The kernel is laid on as it is. Mathematicians would flip it first and call this cross-correlation;
networks learn their kernels, so nothing is lost by leaving the flip out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import fsum
from typing import Self

import numpy as np

from cnn_core.layer import (
    Array,
    Decision,
    Gradients,
    Of,
    Params,
    Shape,
    ShapeError,
    batch_shape,
    check_asked,
    check_cell,
    check_gradient,
    frozen,
    same_params,
)
from cnn_core.layers.conv_ways import ConvWay, backward_way, forward_way
from cnn_core.layers.im2col import unrolled
from cnn_core.layers.im2row import backward_by_rows, forward_by_rows, stacked
from cnn_core.trace import Cell, Read, Step, Trace
from cnn_core.windows import Connectivity, Padding, Pair, Windows, paddings, pair


@dataclass(frozen=True, eq=False)
class Conv:
    """F kernels, each looking at every channel of its group, plus a bias each.

    weight: (F, C / groups, kh, kw), bias: (F,)
    padding: p, (vertical, horizontal) or ((top, bottom), (left, right)), filled with zeros
    forward   (N, C, H, W) -> (N, F, H', W'),  H' = floor((H + top + bottom - (kh - 1) dilation - 1) / stride) + 1
    backward  dx: each window's slice receives kernel x dy, added up; dW: every window x dy, added up; db: the sum of dy
    Matrix products do the work of the loops, in one of three ways: see conv_ways.py.
    """

    weight: Array
    bias: Array
    stride: int | Pair = 1
    padding: int | Pair | Padding = 0
    dilation: int | Pair = 1
    groups: int = 1
    windows: Windows = field(init=False, repr=False)
    matrix: Array = field(init=False, repr=False)  # the weights and biases as `forward` multiplies with them
    way: ConvWay = field(init=False, repr=False)  # how `forward` is computed: see conv_ways.py

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", frozen(self.weight))
        object.__setattr__(self, "bias", frozen(self.bias))
        if self.weight.ndim != 4 or 0 in self.weight.shape:
            raise ShapeError("Conv weight", "(F, C / groups, kh, kw)", self.weight.shape)
        if self.bias.shape != self.weight.shape[:1]:
            raise ShapeError("Conv bias", self.weight.shape[:1], self.bias.shape)
        if self.groups < 1 or self.weight.shape[0] % self.groups:
            raise ShapeError("Conv groups", f"a divisor of {self.weight.shape[0]} kernels", self.groups)
        windows = Windows(
            (self.weight.shape[2], self.weight.shape[3]),
            pair(self.stride, "Conv stride"),
            paddings(self.padding, "Conv padding"),
            pair(self.dilation, "Conv dilation"),
        )
        object.__setattr__(self, "windows", windows)
        channels = self.weight.shape[1] * self.groups
        object.__setattr__(self, "way", forward_way(windows, len(self.weight), channels))
        object.__setattr__(self, "matrix", frozen(self._matrix()))

    @property
    def params(self) -> Params:
        """weight: (F, C / groups, kh, kw) and bias: (F,)."""
        return {"weight": self.weight, "bias": self.bias}

    def with_params(self, params: Params) -> Self:
        """Return a layer of the same shape with other numbers."""
        same_params(params, self.params, "Conv")
        return type(self)(params["weight"], params["bias"], self.stride, self.padding, self.dilation, self.groups)

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H, W) -> (F, H', W')."""
        channels = self.weight.shape[1] * self.groups
        if shape[0] != channels:
            raise ShapeError("Conv input channels", channels, shape[0])
        return self.weight.shape[0], *self.windows.output(shape[1], shape[2], "Conv")

    @property
    def connectivity(self) -> Connectivity:
        """A window on all channels of the kernel's group."""
        return Connectivity(self.windows, self.groups)

    @property
    def decides(self) -> Decision:
        """A sum compares nothing."""
        return "nothing"

    def decisions(self, x: Array) -> None:
        """None: the output never bends."""

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, F, H', W')."""
        shape = self.output_shape(batch_shape(x, "Conv"))
        matrix = self.matrix.astype(x.dtype, copy=False)
        way = self.way
        if way == "pixels":
            out: Array = np.matmul(matrix[:, :, :-1], x.reshape(len(x), self.groups, -1, shape[1] * shape[2]))
            out += matrix[:, :, -1:]
            return out.reshape(len(x), *shape)
        if way == "rows":
            return forward_by_rows(x, matrix, self.windows, shape[1:], self.groups)
        out = np.empty((len(x), self.groups, shape[0] // self.groups, shape[1] * shape[2]), x.dtype)
        for images, rows, columns in unrolled(x, self.windows, shape[1:], self.groups):
            np.matmul(matrix, columns, out=out[images, :, :, rows.start * shape[2] : rows.stop * shape[2]])
        return out.reshape(len(x), *shape)

    def backward(self, x: Array, dy: Array) -> Gradients:
        """dy: (N, F, H', W') -> dx: (N, C, H, W), dW: like weight, db: (F,)."""
        shape = self.output_shape(batch_shape(x, "Conv"))
        check_gradient(dy, x, shape, "Conv")
        x, dy = np.ascontiguousarray(x), np.ascontiguousarray(dy, x.dtype)
        way = backward_way(self.windows)
        if way == "pixels":
            dx, weight = self._by_pixels(x, dy)
        elif way == "rows":
            dx, weight = backward_by_rows(x, dy, self.weight, self.windows, self.groups)
        else:
            dx, weight = self._by_columns(x, dy)
        bias = dy.reshape(len(dy), len(self.bias), -1).sum(axis=2).sum(axis=0)
        return Gradients(dx, {"weight": weight.reshape(self.weight.shape), "bias": bias})

    def explain(self, x: Array, cell: Cell) -> Trace:
        """One product for every input channel of the group and every place of the kernel, then the bias."""
        shape = self.output_shape(batch_shape(x, "Conv"))
        check_cell(cell, shape, "Conv")
        kernel = cell[0]
        steps = []
        for c in range(self.weight.shape[1]):
            for a, b in self.windows.offsets():
                met = self._input_read(x, cell, (kernel, c, a, b))
                weight = Read("weight", (kernel, c, a, b), float(self.weight[kernel, c, a, b]))
                steps.append(Step("multiply", (met, weight), met.value * weight.value))
        bias = float(self.bias[kernel])
        steps.append(Step("add", (Read("bias", (kernel,), bias),), bias))
        return Trace(cell, tuple(steps), fsum(step.value for step in steps))

    def explain_gradient(self, x: Array, dy: Array, of: Of, at: Sequence[int]) -> Trace:
        """An input cell owes, for every window that read it, the kernel's value there times the window's gradient.

        A weight owes, for every window, what it met there times the window's gradient; a bias the sum of them all.
        """
        check_asked(x, dy, of, at, self)
        height, width = dy.shape[2:]
        steps = []
        if of == "input":
            c, row, column = at
            kernels, channels = len(self.weight) // self.groups, self.weight.shape[1]
            for f in range(c // channels * kernels, (c // channels + 1) * kernels):
                for i, j, (a, b) in self.windows.readers(row, column, (height, width)):
                    place = (f, c % channels, a, b)
                    weight = Read("weight", place, float(self.weight[place]))
                    steps.append(_product(weight, dy, (f, i, j)))
        else:
            f = at[0]
            for i, j in np.ndindex(height, width):
                if of == "bias":
                    read = Read("output_gradient", (f, i, j), float(dy[0, f, i, j]))
                    steps.append(Step("add", (read,), read.value))
                else:
                    steps.append(_product(self._input_read(x, (f, i, j), at), dy, (f, i, j)))
        return Trace(tuple(at), tuple(steps), fsum(step.value for step in steps))

    def _input_read(self, x: Array, cell: Cell, at: Sequence[int]) -> Read:
        """What a weight (f, c, a, b) was multiplied with for one output cell."""
        f, c, a, b = at
        row, column = self.windows.place(cell[1], cell[2], (a, b))
        c += f // (len(self.weight) // self.groups) * self.weight.shape[1]
        padded = not (0 <= row < x.shape[2] and 0 <= column < x.shape[3])
        return Read("input", (c, row, column), 0.0 if padded else float(x[0, c, row, column]), padded)

    def _matrix(self) -> Array:
        """(groups, F / groups, C / groups kw kh + 1): in a row a kernel, column by column, and its bias."""
        if self.way == "rows":
            return stacked(self.weight, self.bias, self.groups)
        rows = np.concatenate([self.weight.swapaxes(2, 3).reshape(len(self.weight), -1), self.bias[:, None]], axis=1)
        return rows.reshape(self.groups, -1, rows.shape[1])

    def _by_pixels(self, x: Array, dy: Array) -> tuple[Array, Array]:
        """(dx, dW) where each pixel is a window of its own: the picture is already the matrix of its columns."""
        kernels = self.matrix[:, :, :-1].astype(x.dtype, copy=False)
        maps = dy.reshape(len(dy), self.groups, kernels.shape[1], -1)
        pixels = x.reshape(len(x), self.groups, kernels.shape[2], -1)
        dx = np.matmul(kernels.swapaxes(1, 2), maps).reshape(x.shape)
        return dx, np.matmul(maps, pixels.swapaxes(2, 3)).sum(axis=0)

    def _by_columns(self, x: Array, dy: Array) -> tuple[Array, Array]:
        """(dx, dW) at any stride: dW is dy x the columns of forward; what they hand back is added across, then down."""
        kernels, (height, width) = self.matrix[:, :, :-1].astype(x.dtype, copy=False), dy.shape[2:]
        kh, kw = self.windows.size
        maps = dy.reshape(len(x), self.groups, -1, height * width)
        dx = np.zeros((len(x), self.groups, self.weight.shape[1], *x.shape[2:]), x.dtype)
        dweight = np.zeros(kernels.shape, x.dtype)
        for images, rows, columns in unrolled(x, self.windows, (height, width), self.groups):
            part, columns = maps[images, :, :, rows.start * width : rows.stop * width], columns[:, :, :-1]
            dweight += np.matmul(part, columns.swapaxes(2, 3)).sum(axis=0)
            np.matmul(kernels.swapaxes(1, 2), part, out=columns)  # they have been read: now they hold the shares of dx
            shares = columns.reshape(len(columns), self.groups, -1, kw, kh, len(rows), width)
            sums = np.zeros((*shares.shape[:3], kh, len(rows), x.shape[3]), x.dtype)
            for b in range(kw):
                j, column = self.windows.meet(1, b, range(width), x.shape[3])
                sums[..., column] += shares[:, :, :, b, ..., j]
            for a in range(kh):
                i, row = self.windows.meet(0, a, rows, x.shape[2])
                dx[images, :, :, row] += sums[:, :, :, a, i]
        return dx.reshape(x.shape), dweight.reshape(len(self.weight), -1, kw, kh).swapaxes(2, 3)


def _product(read: Read, dy: Array, cell: Cell) -> Step:
    """One term of a gradient: what was read times the gradient of an output cell."""
    gradient = Read("output_gradient", cell, float(dy[0][cell]))
    return Step("multiply", (read, gradient), read.value * gradient.value)
