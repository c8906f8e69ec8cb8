"""The windows of a picture, written out side by side as the columns of a matrix.

Then one matrix product does what the loops of a convolution do (im2col; Chellapilla, Puri and Simard, 2006).
As neighbouring windows overlap, the columns hold each number many times. So they are written piece by piece,
a few pictures or a band of rows at a time, into memory that is used again and stays near the processor.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from math import prod

import numpy as np
from numpy.typing import NDArray

from cnn_core.layer import Array
from cnn_core.windows import Pair, Windows

COLUMN_BYTES = 1280 * 1024
"""The columns that are written out at a time; less makes the matrix products small, more is not faster."""

LINE = 64
"""Bytes that a processor fetches at a time: adding to what begins amid them takes up to two fifths longer."""

SHAPES = 64
"""How many ways to look at its scratch memory a thread remembers: making one takes longer than finding it."""


class _Scratch(threading.local):
    """A thread's memory by use, and the arrays that look at it, by use, shape and type."""

    def __init__(self) -> None:
        self.held: dict[str, NDArray[np.uint8]] = {}
        self.arrays: dict[tuple[str, tuple[int, ...], str], Array] = {}


_scratch = _Scratch()


def unrolled(
    x: Array, windows: Windows, out: Pair, groups: int = 1, beside: int = 0
) -> Iterator[tuple[slice, range, Array]]:
    """x: (N, C, H, W) -> pieces (images, rows, columns); columns: (n, groups, C / groups kw kh + 1, rows W').

    A column is what one window sees, channel by channel, each from left to right and there from top to bottom,
    and then a 1, which a bias can be the weight of. The next piece overwrites it, in this thread's scratch memory.
    beside: how many numbers the caller will keep for each column, so that these stay in the cache as well.
    """
    x = np.ascontiguousarray(x)
    channels, (kh, kw), width, item = x.shape[1] // groups, windows.size, out[1], x.itemsize
    (sy, sx), (dy, dx) = windows.stride, windows.dilation
    taps = channels * kh * kw
    for images, rows in pieces(len(x), out[0], (groups * (taps + 1) + beside) * width * item):
        source, offset, height = reached(x[images], windows, rows)
        n, (s_n, s_c, s_h, s_w) = len(source), source.strides
        steps: tuple[int, ...] = (s_n, channels * s_c, s_c, dx * s_w, dy * s_h, sy * s_h, sx * s_w)
        if kh > 1:
            # First from side to side alone: then the rows of a window can be copied from there in long straight runs.
            flat = scratch("flat", (n, groups, channels, kw, height, width), x)
            flat[...] = np.ndarray(flat.shape, x.dtype, source, offset, (*steps[:4], s_h, sx * s_w))
            source, offset, (s_n, s_g, s_c, s_b, s_h, s_w) = flat, 0, flat.strides
            steps = (s_n, s_g, s_c, s_b, dy * s_h, sy * s_h, s_w)
        columns = scratch("columns", (n, groups, taps + 1, len(rows) * width), x)
        columns[:, :, -1] = 1
        seen = columns[:, :, :-1].reshape(n, groups, channels, kw, kh, len(rows), width)
        seen[...] = np.ndarray(seen.shape, x.dtype, source, offset, steps)
        yield images, rows, columns


def pieces(images: int, rows: int, row_bytes: int) -> list[tuple[slice, range]]:
    """(images, rows) of each piece: some whole pictures at a time, or of a large one a band of rows; about as large."""
    if images * rows * row_bytes <= COLUMN_BYTES:
        return [(slice(0, images), range(rows))]
    at_once = evenly(images, COLUMN_BYTES // (rows * row_bytes))
    band = evenly(rows, COLUMN_BYTES // row_bytes)
    return [
        (slice(image, min(image + at_once, images)), range(top, min(top + band, rows)))
        for image in range(0, images, at_once)
        for top in range(0, rows, band)
    ]


def reached(x: Array, windows: Windows, rows: range) -> tuple[Array, int, int]:
    """(array, offset, height): where the windows in these rows of the output read x: (n, C, H, W).

    From `offset` bytes on, as many rows as `height` says. The array is x itself where there is no padding,
    else those rows surrounded by zeros, (n, C, height, left + W + right), in this thread's scratch memory.
    """
    (top, bottom), (left, right) = windows.padding
    n, channels, h, w = x.shape
    first = rows.start * windows.stride[0] - top
    height = (len(rows) - 1) * windows.stride[0] + (windows.size[0] - 1) * windows.dilation[0] + 1
    if not (top or bottom or left or right):
        return x, first * x.strides[2], height
    padded = scratch("padded", (n, channels, height, left + w + right), x)
    start = max(first, 0)
    stop = max(start, min(first + height, h))  # nothing of x, where all of the rows lie in the padding
    padded[...] = 0
    padded[:, :, start - first : stop - first, left : left + w] = x[:, :, start:stop]
    return padded, 0, height


def scratch(name: str, shape: tuple[int, ...], like: Array) -> Array:
    """Memory of this thread for one use, never returned to a caller: asking for it anew costs more than using it."""
    key = (name, shape, like.dtype.char)
    known = _scratch.arrays.get(key)
    if known is not None:
        return known
    size = prod(shape) * like.itemsize
    held = _scratch.held.get(name)
    if held is None or held.size < size:
        held = np.empty(size + LINE, np.uint8)
        start = -held.ctypes.data % LINE
        held = held[start : start + size]
        if size > COLUMN_BYTES:  # a rare giant is not kept
            return np.ndarray(shape, like.dtype, held)
        _scratch.held[name] = held
        _scratch.arrays.clear()
    if len(_scratch.arrays) >= SHAPES:
        _scratch.arrays.clear()
    return _scratch.arrays.setdefault(key, np.ndarray(shape, like.dtype, held))


def evenly(total: int, most: int) -> int:
    """The size of the pieces when a total is cut into as few as can be, of `most` each or fewer, but at least 1."""
    pieces = -(-total // max(most, 1))
    return -(-total // pieces)
