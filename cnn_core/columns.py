"""The windows of a picture, written out side by side as the columns of a matrix.

Then one matrix product does what the loops of a convolution do (im2col; Chellapilla, Puri and Simard, 2006).
As neighbouring windows overlap, the columns hold each number many times. So they are written piece by piece,
a few pictures or a band of rows at a time, into memory that is used again and stays in the processor's cache.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from math import prod

import numpy as np

from cnn_core.layer import Array
from cnn_core.windows import Pair, Windows

COLUMN_BYTES = 1024 * 1024
"""The columns that are written out at a time. All at once takes ten times the memory and twice the time."""

_scratch = threading.local()


def unrolled(x: Array, windows: Windows, out: Pair) -> Iterator[tuple[slice, range, Array]]:
    """x: (N, C, H, W) -> pieces (images, rows, columns); columns: (n, C, kh, kw, rows, W').

    Columns[n, c, a, b, i, j] is what window (i, j) of these rows sees of channel c at its place (a, b).
    They live in this thread's scratch memory: what is yielded next overwrites them.
    """
    x = np.ascontiguousarray(x)
    (kh, kw), (sy, sx), (dy, dx) = windows.size, windows.stride, windows.dilation
    for images, bands in _pieces(len(x), out[0], x.shape[1] * kh * kw * out[1] * x.itemsize):
        padded = _padded(x[images], windows)
        n, channels = padded.shape[:2]
        along_n, along_c, along_h, along_w = padded.strides
        for rows in bands:
            # First every window row, unrolled from side to side alone; then copies of these in long straight runs.
            height = (len(rows) - 1) * sy + (kh - 1) * dy + 1
            flat = scratch("flat", (n, channels, kw, height, out[1]), x)
            strides = (along_n, along_c, along_w * dx, along_h, along_w * sx)
            flat[...] = np.ndarray(flat.shape, x.dtype, padded, rows.start * sy * along_h, strides)
            columns = scratch("columns", (n, channels, kh, kw, len(rows), out[1]), x)
            f_n, f_c, f_b, f_h, f_w = flat.strides
            columns[...] = np.ndarray(columns.shape, x.dtype, flat, 0, (f_n, f_c, f_h * dy, f_b, f_h * sy, f_w))
            yield images, rows, columns


def scratch(name: str, shape: tuple[int, ...], like: Array) -> Array:
    """Memory of this thread for one use, never returned to a caller: asking for it anew costs more than using it."""
    size = prod(shape) * like.itemsize
    held: np.ndarray[tuple[int], np.dtype[np.uint8]] | None = getattr(_scratch, name, None)
    if held is None or held.size < size:
        held = np.empty(size, np.uint8)
        if size <= 2 * COLUMN_BYTES:  # a rare giant is not kept
            setattr(_scratch, name, held)
    return np.ndarray(shape, like.dtype, held)


def _pieces(images: int, rows: int, row_bytes: int) -> Iterator[tuple[slice, list[range]]]:
    """Yield (images, bands of rows): a few whole pictures at a time, or of a large one a few rows; all about as large."""
    bands = min(rows, -(-rows * row_bytes // COLUMN_BYTES))
    band = -(-rows // bands)
    turns = -(-images * rows * row_bytes // COLUMN_BYTES) if bands == 1 else images
    at_once = -(-images // min(images, turns))
    for image in range(0, images, at_once):
        yield (
            slice(image, min(image + at_once, images)),
            [range(top, min(top + band, rows)) for top in range(0, rows, band)],
        )


def _padded(x: Array, windows: Windows) -> Array:
    """x: (n, C, H, W) surrounded by zeros, in scratch memory; x itself where there is no padding."""
    (top, bottom), (left, right) = windows.padding
    if not (top or bottom or left or right):
        return x
    n, channels, height, width = x.shape
    padded = scratch("padded", (n, channels, top + height + bottom, left + width + right), x)
    padded[...] = 0
    padded[:, :, top : top + height, left : left + width] = x
    return padded
