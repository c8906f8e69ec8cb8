"""A window slides over a picture: where it starts, how far it steps, and how many places it finds.

Convolution and pooling share this index arithmetic. A window may reach into the padding around the picture,
and neighbouring windows overlap wherever the stride is smaller than the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cnn_core.layer import Array, ShapeError

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]
"""Rows above and below, columns left and right."""


def pair(value: int | Pair, where: str, least: int = 1) -> Pair:
    """Read one whole number for both directions, or (vertical, horizontal)."""
    both: tuple[object, ...] = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(both) != 2 or not all(isinstance(part, int | np.integer) and part >= least for part in both):
        raise ShapeError(where, f"a whole number of at least {least}, or a pair of them", value)
    return int(both[0]), int(both[1])  # type: ignore[call-overload]


def paddings(value: int | Pair | Padding, where: str) -> Padding:
    """Read padding as p, (vertical, horizontal) or ((top, bottom), (left, right))."""
    if isinstance(value, tuple | list) and any(isinstance(part, tuple | list) for part in value):
        if len(value) != 2:
            raise ShapeError(where, "((top, bottom), (left, right))", value)
        return pair(value[0], where, 0), pair(value[1], where, 0)
    vertical, horizontal = pair(value, where, 0)  # type: ignore[arg-type]
    return (vertical, vertical), (horizontal, horizontal)


def output_size(n: int, size: int, stride: int, padding: Pair, dilation: int = 1, ceil: bool = False) -> int:
    """Count the windows along one side: floor((n + before + after - reach) / stride) + 1, 0 or less where none fits.

    reach = (size - 1) dilation + 1. With `ceil` a last window that overhangs the end is kept,
    provided that it starts inside the picture or the padding before it (the rule of PyTorch).
    """
    room = n + padding[0] + padding[1] - (size - 1) * dilation - 1
    if not ceil:
        return room // stride + 1
    count = -(-room // stride) + 1
    return count - 1 if (count - 1) * stride >= n + padding[0] else count


@dataclass(frozen=True)
class Windows:
    """The size, stride, padding and dilation of a sliding window, each (vertical, horizontal)."""

    size: Pair
    stride: Pair = (1, 1)
    padding: Padding = ((0, 0), (0, 0))
    dilation: Pair = (1, 1)
    ceil: bool = False

    @property
    def each_pixel(self) -> bool:
        """Whether every pixel is a window of its own."""
        return self.size == (1, 1) and self.stride == (1, 1) and self.padding == ((0, 0), (0, 0))

    @property
    def disjoint(self) -> bool:
        """Whether no two windows share a pixel."""
        return all((self.size[axis] - 1) * self.dilation[axis] < self.stride[axis] for axis in (0, 1))

    def box(self, i: int, j: int) -> tuple[int, int, int, int]:
        """Return where window (i, j) lies: column, row, width and height in cells; it may reach into the padding."""
        row, column = self.place(i, j, (0, 0))
        last_row, last_column = self.place(i, j, (self.size[0] - 1, self.size[1] - 1))
        return column, row, last_column - column + 1, last_row - row + 1

    def output(self, height: int, width: int, where: str) -> Pair:
        """(H, W) -> (H', W'); raises ShapeError where not even one window fits."""
        rows = output_size(height, self.size[0], self.stride[0], self.padding[0], self.dilation[0], self.ceil)
        columns = output_size(width, self.size[1], self.stride[1], self.padding[1], self.dilation[1], self.ceil)
        if rows < 1 or columns < 1:
            reach = tuple((self.size[axis] - 1) * self.dilation[axis] + 1 for axis in (0, 1))
            (top, bottom), (left, right) = self.padding
            raise ShapeError(
                f"{where} window",
                f"at most the padded picture, {height + top + bottom} x {width + left + right}",
                f"{reach[0]} x {reach[1]}",
            )
        return rows, columns

    def pad(self, x: Array, out: Pair, value: float = 0.0) -> Array:
        """Surround x: (..., H, W) with `value`, as far as the windows of an (H', W') output reach."""
        sides = []
        for axis, n in enumerate(x.shape[-2:]):
            before, after = self.padding[axis]
            reach = (out[axis] - 1) * self.stride[axis] + (self.size[axis] - 1) * self.dilation[axis] + 1
            sides.append((before, max(after, reach - n - before)))
        if not any(map(any, sides)):
            return x
        (top, bottom), (left, right) = sides
        height, width = x.shape[-2:]
        padded = np.full((*x.shape[:-2], top + height + bottom, left + width + right), value, x.dtype)
        padded[..., top : top + height, left : left + width] = x
        return padded

    def inside(self, padded: Array, height: int, width: int) -> Array:
        """Cut the padding off again: the (..., H, W) part of what `pad` returned."""
        top, left = self.padding[0][0], self.padding[1][0]
        return padded[..., top : top + height, left : left + width]

    def offsets(self) -> Iterator[Pair]:
        """Yield the places inside the window, in reading order."""
        for a in range(self.size[0]):
            for b in range(self.size[1]):
                yield a, b

    def under(self, padded: Array, offset: Pair, out: Pair) -> Array:
        """View what lies under one place of the window, for all (H', W') positions of it at once."""
        rows, columns = (
            slice(
                offset[axis] * self.dilation[axis],
                offset[axis] * self.dilation[axis] + (out[axis] - 1) * self.stride[axis] + 1,
                self.stride[axis],
            )
            for axis in (0, 1)
        )
        return padded[..., rows, columns]

    def place(self, i: int, j: int, offset: Pair) -> Pair:
        """Tell which row and column of the picture a place of window (i, j) reads; outside it means padding."""
        return (
            i * self.stride[0] + offset[0] * self.dilation[0] - self.padding[0][0],
            j * self.stride[1] + offset[1] * self.dilation[1] - self.padding[1][0],
        )

    def readers(self, row: int, column: int, out: Pair) -> Iterator[tuple[int, int, Pair]]:
        """Yield the windows (i, j) of an (H', W') output that read a pixel, in reading order, and at what place (a, b).

        From window to window the place goes backwards: this is where the flipped kernel of the textbooks comes from.
        """
        rows, columns = (
            [
                (step, reach // self.dilation[axis])
                for step in range(out[axis])
                if (reach := at + self.padding[axis][0] - step * self.stride[axis]) >= 0
                and reach % self.dilation[axis] == 0
                and reach // self.dilation[axis] < self.size[axis]
            ]
            for axis, at in ((0, row), (1, column))
        )
        for i, a in rows:
            for j, b in columns:
                yield i, j, (a, b)

    def meet(self, axis: int, offset: int, steps: range, n: int) -> tuple[slice, slice]:
        """Along one axis, which of the windows `steps` have their place `offset` inside a picture n long, and where.

        Returns both as slices: the windows, counted from the first of `steps`, and the pixels; empty where none has.
        """
        stride, first = self.stride[axis], offset * self.dilation[axis] - self.padding[axis][0]
        start = max(steps.start, -(first // stride))
        stop = max(start, min(steps.stop, (n - 1 - first) // stride + 1))
        pixels = slice(first + start * stride, first + stop * stride, stride)
        return slice(start - steps.start, stop - steps.start), pixels


@dataclass(frozen=True)
class Connectivity:
    """Which input cells an output cell of a layer reads, whatever their values.

    windows: rows and columns; None is the whole map. groups: into how many groups the channels fall, of which an output
    channel reads its own; None is every channel by itself.
    """

    windows: Windows | None
    groups: int | None
