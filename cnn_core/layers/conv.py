"""Convolution: a small kernel is laid on every place of the picture, multiplied with what lies there, and added up.

The kernel is laid on as it is. Mathematicians would flip it first and call this cross-correlation;
networks learn their kernels, so nothing is lost by leaving the flip out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import fsum
from typing import Any, Self

import numpy as np

from cnn_core.columns import scratch, unrolled
from cnn_core.layer import (
    Array,
    Gradients,
    Params,
    Shape,
    ShapeError,
    batch_shape,
    check_cell,
    check_gradient,
    frozen,
    same_params,
)
from cnn_core.trace import Cell, Read, Step, Trace
from cnn_core.windows import Padding, Pair, Windows, paddings, pair


@dataclass(frozen=True, eq=False)
class Conv:
    """F kernels, each looking at every channel of its group, plus a bias each.

    weight: (F, C / groups, kh, kw), bias: (F,)
    padding: p, (vertical, horizontal) or ((top, bottom), (left, right)), filled with zeros
    forward   (N, C, H, W) -> (N, F, H', W'),  H' = floor((H + top + bottom - (kh - 1) dilation - 1) / stride) + 1
    backward  dx: each window's slice receives kernel x dy, added up; dW: every window x dy, added up; db: the sum of dy
    The windows are unrolled into the columns of a matrix, so that matrix products do the work of the loops.
    """

    weight: Array
    bias: Array
    stride: int | Pair = 1
    padding: int | Pair | Padding = 0
    dilation: int | Pair = 1
    groups: int = 1
    windows: Windows = field(init=False, repr=False)

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

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, F, H', W')."""
        shape = self.output_shape(batch_shape(x, "Conv"))
        out = np.empty((len(x), *shape), x.dtype)
        maps = out.reshape(len(x), self.groups, -1, shape[1] * shape[2])
        kernels, bias = self._kernels(x.dtype), self.bias.astype(x.dtype, copy=False).reshape(self.groups, -1, 1)
        for images, places, columns in self._columns(x, shape[1:]):
            part = maps[images, :, :, places]
            np.matmul(kernels, columns, out=part)
            part += bias
        return out

    def backward(self, x: Array, dy: Array) -> Gradients:
        """dy: (N, F, H', W') -> dx: (N, C, H, W), dW: like weight, db: (F,)."""
        shape = self.output_shape(batch_shape(x, "Conv"))
        check_gradient(dy, x, shape, "Conv")
        dy = np.ascontiguousarray(dy, x.dtype)
        dx, weight = (self._by_rows if self.windows.stride == (1, 1) else self._by_columns)(x, dy)
        return Gradients(dx, {"weight": weight, "bias": dy.reshape(*dy.shape[:2], -1).sum(axis=2).sum(axis=0)})

    def explain(self, x: Array, cell: Cell) -> Trace:
        """One product for every input channel of the group and every place of the kernel, then the bias."""
        shape = self.output_shape(batch_shape(x, "Conv"))
        check_cell(cell, shape, "Conv")
        kernel, i, j = cell
        channels = self.weight.shape[1]
        first = kernel // (shape[0] // self.groups) * channels
        steps = []
        for c in range(channels):
            for a, b in self.windows.offsets():
                row, column = self.windows.place(i, j, (a, b))
                padded = not (0 <= row < x.shape[2] and 0 <= column < x.shape[3])
                value = 0.0 if padded else float(x[0, first + c, row, column])
                weight = float(self.weight[kernel, c, a, b])
                reads = (
                    Read("input", (first + c, row, column), value, padded),
                    Read("weight", (kernel, c, a, b), weight),
                )
                steps.append(Step("multiply", reads, value * weight))
        bias = float(self.bias[kernel])
        steps.append(Step("add", (Read("bias", (kernel,), bias),), bias))
        return Trace(cell, tuple(steps), fsum(step.value for step in steps))

    def _kernels(self, dtype: np.dtype[Any]) -> Array:
        """The kernels as rows: (groups, F / groups, K), where K = C / groups kh kw."""
        flat = self.weight.reshape(self.groups, len(self.weight) // self.groups, -1)
        return flat.astype(dtype, copy=False)

    def _columns(self, x: Array, out: Pair) -> Iterator[tuple[slice, slice, Array]]:
        """Yield (images, places, columns): columns (n, groups, K, places) of a few images or of a band of rows."""
        if self.windows == Windows((1, 1)):  # every pixel is its own window: the picture is its own matrix
            yield slice(0, len(x)), slice(0, out[0] * out[1]), x.reshape(len(x), self.groups, -1, out[0] * out[1])
            return
        for images, rows, columns in unrolled(x, self.windows, out):
            places = slice(rows.start * out[1], rows.stop * out[1])
            yield images, places, columns.reshape(len(columns), self.groups, -1, len(rows) * out[1])

    def _by_rows(self, x: Array, dy: Array) -> tuple[Array, Array]:
        """(dx, dW) at stride 1, where dy is unrolled from side to side alone, as wide as x.

        Then what kernel row a hands back is one straight run of numbers, and so is the part of x that it saw:
        dx[i + a] += kernel row a x dy[i], and dW's row a = dy[i] x x[i + a], added up over i.
        """
        n, groups, (kh, kw) = len(x), self.groups, self.windows.size
        _, channels, height, width = x.shape
        step, reach = self.windows.dilation, (kw - 1) * self.windows.dilation[1]
        left, right = (reach - side for side in self.windows.padding[1])
        # Padding wider than the kernel's reach: the outermost windows saw nothing but zeros.
        dy = dy[:, :, :, max(-left, 0) : dy.shape[3] - max(-right, 0)]
        across = Windows((1, kw), padding=((0, 0), (max(left, 0), max(right, 0))), dilation=(1, step[1]))
        kernels = self._kernels(x.dtype).reshape(groups, -1, channels // groups, kh, kw)[..., ::-1]
        kernels = kernels.transpose(0, 3, 2, 1, 4).reshape(groups, kh * channels // groups, -1)
        dx, dweight = np.zeros(x.shape, x.dtype), np.zeros((kh, groups, kernels.shape[2], channels // groups), x.dtype)
        flat_x, flat_dx = (array.reshape(n, groups, channels // groups, -1) for array in (np.ascontiguousarray(x), dx))
        for images, rows, columns in unrolled(dy, across, (dy.shape[2], width)):
            columns = columns.reshape(len(columns), groups, -1, len(rows) * width)
            shares = scratch("shares", (*columns.shape[:2], kernels.shape[1], columns.shape[3]), x)
            np.matmul(kernels, columns, out=shares)
            shares = shares.reshape(len(columns), groups, kh, channels // groups, -1)
            for a in range(kh):
                first = rows.start + a * step[0] - self.windows.padding[0][0]  # the row of x under the first of dy
                inside = slice(max(first, 0) * width, min(first + len(rows), height) * width)
                if inside.start >= inside.stop:
                    continue
                part = slice(inside.start - first * width, inside.stop - first * width)
                flat_dx[images, :, :, inside] += shares[:, :, a, :, part]
                seen = flat_x[images, :, :, inside].swapaxes(2, 3)
                dweight[a] += np.matmul(columns[..., part], seen).sum(axis=0)
        dweight = dweight.reshape(kh, groups, -1, kw, channels // groups)[:, :, :, ::-1]
        return dx, np.ascontiguousarray(dweight.transpose(1, 2, 4, 0, 3)).reshape(self.weight.shape)

    def _by_columns(self, x: Array, dy: Array) -> tuple[Array, Array]:
        """(dx, dW) at any stride: dW from the columns of forward; what they hand back is added place by place."""
        out, kernels = (dy.shape[2], dy.shape[3]), self._kernels(x.dtype)
        maps = dy.reshape(len(x), self.groups, -1, out[0] * out[1])
        dx, weight = np.zeros(x.shape, x.dtype), np.zeros(kernels.shape, x.dtype)
        for images, rows, columns in unrolled(x, self.windows, out):
            matrix = columns.reshape(len(columns), self.groups, -1, len(rows) * out[1])
            part = maps[images, :, :, rows.start * out[1] : rows.stop * out[1]]
            weight += np.matmul(part, matrix.swapaxes(2, 3)).sum(axis=0)
            np.matmul(kernels.swapaxes(1, 2), part, out=matrix)  # the columns have been used: now they hold dx's shares
            for a, b in self.windows.offsets():
                i, row = self.windows.meet(0, a, rows, x.shape[2])
                j, column = self.windows.meet(1, b, range(out[1]), x.shape[3])
                dx[images, :, row, column] += columns[:, :, a, b, i, j]
        return dx, weight.reshape(self.weight.shape)
