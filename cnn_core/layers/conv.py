"""Convolution: a small kernel is laid on every place of the picture, multiplied with what lies there, and added up.

The kernel is laid on as it is. Mathematicians would flip it first and call this cross-correlation;
networks learn their kernels, so nothing is lost by leaving the flip out.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import fsum
from typing import Self

import numpy as np
from numpy.lib.stride_tricks import as_strided

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

COLUMN_BYTES = 512 * 1024
"""How much of the picture is unrolled at a time: what stays in a core's cache. Unrolling all at once is 2 x slower."""

_scratch = threading.local()


@dataclass(frozen=True, eq=False)
class Conv:
    """F kernels, each looking at every channel of its group, plus a bias each.

    weight: (F, C / groups, kh, kw), bias: (F,)
    padding: p, (vertical, horizontal) or ((top, bottom), (left, right)), filled with zeros
    forward   (N, C, H, W) -> (N, F, H', W'),  H' = floor((H + top + bottom - (kh - 1) dilation - 1) / stride) + 1
    backward  dx: each window's slice receives kernel x dy, added up; dW: every window x dy, added up; db: the sum of dy
    The windows are unrolled into the columns of a matrix, so that one matrix product does the work of the loops
    (im2col; Chellapilla, Puri and Simard, 2006), a cache-sized piece at a time.
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
        grouped = out.reshape(len(x), self.groups, -1, shape[1] * shape[2])
        matrix = self._matrix(x)
        for images, places, columns in self._columns(x, shape[1:]):
            np.matmul(matrix, columns, out=grouped[images, :, :, places])
        return out

    def backward(self, x: Array, dy: Array) -> Gradients:
        """dy: (N, F, H', W') -> dx: (N, C, H, W), dW: like weight, db: (F,)."""
        shape = self.output_shape(batch_shape(x, "Conv"))
        check_gradient(dy, x, shape, "Conv")
        dy = np.ascontiguousarray(dy, x.dtype)
        grouped = dy.reshape(len(x), self.groups, -1, shape[1] * shape[2])
        total = np.zeros((self.groups, grouped.shape[2], self.weight[0].size + 1), x.dtype)
        for images, places, columns in self._columns(x, shape[1:]):
            total += np.matmul(grouped[images, :, :, places], columns.swapaxes(-1, -2)).sum(axis=0)
        weight, bias = total[:, :, :-1].reshape(self.weight.shape), total[:, :, -1].reshape(self.bias.shape)
        dx = self._laid_flipped(dy, x) if self.windows.stride == (1, 1) else self._handed_back(grouped, x, shape[1:])
        return Gradients(dx, {"weight": weight, "bias": bias})

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

    def _matrix(self, x: Array) -> Array:
        """The kernels as rows, (groups, F / groups, K + 1); the bias is the weight of a number that is always 1."""
        flat = self.weight.reshape(self.groups, len(self.weight) // self.groups, -1)
        matrix = np.empty((*flat.shape[:2], flat.shape[2] + 1), x.dtype)
        matrix[:, :, :-1] = flat
        matrix[:, :, -1] = self.bias.reshape(flat.shape[:2])
        return matrix

    def _columns(self, x: Array, out: Pair) -> Iterator[tuple[slice, slice, Array]]:
        """Yield (images, places, columns): columns (n, groups, K + 1, places) of a few images or of a band of rows."""
        images, channels = x.shape[:2]
        per_group, (kh, kw) = channels // self.groups, self.windows.size
        taps = per_group * kh * kw
        row_bytes = self.groups * (taps + 1) * out[1] * x.itemsize
        band = min(out[0], max(1, COLUMN_BYTES // row_bytes))
        at_once = min(images, max(1, COLUMN_BYTES // (row_bytes * out[0]))) if band == out[0] else 1
        (sy, sx), (dy, dx) = self.windows.stride, self.windows.dilation
        for image in range(0, images, at_once):
            padded = self.windows.pad(x[image : image + at_once], out)
            n, c, y, w = padded.strides
            strides = (n, c * per_group, c, y * dy, w * dx, y * sy, w * sx)
            for top in range(0, out[0], band):
                rows = min(band, out[0] - top)
                columns = _buffer((len(padded), self.groups, taps + 1, rows * out[1]), x)
                columns[:, :, -1] = 1
                windows = (len(padded), self.groups, per_group, kh, kw, rows, out[1])
                source = as_strided(padded[:, :, top * sy :], windows, strides, writeable=False)
                columns[:, :, :-1].reshape(windows, copy=False)[...] = source
                yield slice(image, image + len(padded)), slice(top * out[1], (top + rows) * out[1]), columns

    def _laid_flipped(self, dy: Array, x: Array) -> Array:
        """dx at stride 1 is a convolution itself: of padded dy, each kernel turned half round, F and C exchanged."""
        out, channels, (kh, kw) = len(self.weight) // self.groups, self.weight.shape[1], self.windows.size
        kernels = self.weight[:, :, ::-1, ::-1].reshape(self.groups, out, channels, kh, kw).swapaxes(1, 2)
        around, crop = [], []
        for axis in (0, 1):
            reach = (self.windows.size[axis] - 1) * self.windows.dilation[axis]
            sides = [reach - side for side in self.windows.padding[axis]]
            around.append((max(sides[0], 0), max(sides[1], 0)))
            # Padding wider than the kernel's reach: the outermost windows saw nothing but zeros.
            crop.append(slice(max(-sides[0], 0), dy.shape[2 + axis] - max(-sides[1], 0)))
        flipped = Conv(
            kernels.reshape(-1, out, kh, kw),
            np.zeros(self.groups * channels),
            padding=(around[0], around[1]),
            dilation=self.windows.dilation,
            groups=self.groups,
        )
        return flipped.forward(np.ascontiguousarray(dy[:, :, crop[0], crop[1]]))

    def _handed_back(self, dy: Array, x: Array, out: Pair) -> Array:
        """dx at any stride: each window's slice of dx receives kernel x dy, one place of the kernel after the other."""
        kernels = self.weight.reshape(self.groups, dy.shape[2], -1).astype(x.dtype, copy=False).swapaxes(1, 2)
        dx = np.empty_like(x)
        for image in range(len(x)):  # picture by picture, so that the memory does not grow with the batch
            padded = np.zeros_like(self.windows.pad(x[image], out))
            shares = np.matmul(kernels, dy[image]).reshape(-1, *self.windows.size, *out)
            for offset in self.windows.offsets():
                self.windows.under(padded, offset, out)[...] += shares[:, offset[0], offset[1]]
            dx[image] = self.windows.inside(padded, *x.shape[2:])
        return dx


def _buffer(shape: tuple[int, ...], like: Array) -> Array:
    """Scratch memory of this thread, never returned to a caller: asking for it anew costs more than using it."""
    size = int(np.prod(shape)) * like.itemsize
    held: np.ndarray[tuple[int], np.dtype[np.uint8]] | None = getattr(_scratch, "bytes", None)
    if held is None or held.size < size:
        held = np.empty(max(size, COLUMN_BYTES), np.uint8)
        if size <= 2 * COLUMN_BYTES:  # a rare giant is not kept
            _scratch.bytes = held
    return held[:size].view(like.dtype).reshape(shape)
