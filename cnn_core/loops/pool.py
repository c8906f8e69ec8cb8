"""Pooling as plain loops over image, channel, row and column.

Each window of a channel leaves one number behind: its largest value, or its mean. Backwards, the error returns to the
place of that maximum, or is shared equally. n is the image, c the channel, i the row and j the column of the output.
"""

from __future__ import annotations

import numpy as np

from cnn_core.layer import Array
from cnn_core.loops.sizes import Padding, Size, new_length, pair, sides


def max_pool_forward(
    x: Array, size: Size, stride: Size | None = None, padding: Padding = 0, ceil: bool = False
) -> Array:
    """Keep the largest value of each window. Padding is minus infinity here, so it never wins.

    x (N, C, H, W) -> (N, C, H_new, W_new). Without a stride the windows stand side by side: stride = size.
    """
    N, C, _, _ = x.shape
    (HH, WW), (stride_h, stride_w) = pair(size), pair(size if stride is None else stride)
    x_padded, H_new, W_new = room_for_windows(x, size, stride, padding, ceil, fill=-np.inf)
    out = np.zeros((N, C, H_new, W_new), x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H_new):
                for j in range(W_new):
                    window = x_padded[n, c, i * stride_h : i * stride_h + HH, j * stride_w : j * stride_w + WW]
                    out[n, c, i, j] = np.max(window)
    return out


def max_pool_backward(
    x: Array, dy: Array, size: Size, stride: Size | None = None, padding: Padding = 0, ceil: bool = False
) -> Array:
    """Return each window's error to the place its maximum came from; of equal ones the first in reading order.

    x (N, C, H, W), dy (N, C, H_new, W_new) -> dx (N, C, H, W). Where windows overlap, errors add up.
    """
    N, C, H, W = x.shape
    (top, _), (left, _) = sides(padding)
    (HH, WW), (stride_h, stride_w) = pair(size), pair(size if stride is None else stride)
    x_padded, H_new, W_new = room_for_windows(x, size, stride, padding, ceil, fill=-np.inf)
    dx_padded = np.zeros_like(x_padded)
    for n in range(N):
        for c in range(C):
            for i in range(H_new):
                for j in range(W_new):
                    window = x_padded[n, c, i * stride_h : i * stride_h + HH, j * stride_w : j * stride_w + WW]
                    row, col = divmod(int(np.argmax(window)), WW)
                    dx_padded[n, c, i * stride_h + row, j * stride_w + col] += dy[n, c, i, j]
    return dx_padded[:, :, top : top + H, left : left + W].copy()


def average_pool_forward(
    x: Array,
    size: Size,
    stride: Size | None = None,
    padding: Padding = 0,
    ceil: bool = False,
    count_padding: bool = False,
) -> Array:
    """Keep the mean of each window. With `count_padding` the zeros of the padding count as cells of the window.

    x (N, C, H, W) -> (N, C, H_new, W_new). What a window of `ceil` reaches beyond the padding never counts.
    """
    N, C, _, _ = x.shape
    (HH, WW), (stride_h, stride_w) = pair(size), pair(size if stride is None else stride)
    x_padded, H_new, W_new = room_for_windows(x, size, stride, padding, ceil, fill=0.0)
    counted = counted_cells(x, x_padded, padding, count_padding)
    out = np.zeros((N, C, H_new, W_new), x.dtype)
    for n in range(N):
        for c in range(C):
            for i in range(H_new):
                for j in range(W_new):
                    rows = slice(i * stride_h, i * stride_h + HH)
                    cols = slice(j * stride_w, j * stride_w + WW)
                    out[n, c, i, j] = np.sum(x_padded[n, c, rows, cols]) / np.sum(counted[rows, cols])
    return out


def average_pool_backward(
    x: Array,
    dy: Array,
    size: Size,
    stride: Size | None = None,
    padding: Padding = 0,
    ceil: bool = False,
    count_padding: bool = False,
) -> Array:
    """Share each window's error equally among the cells it counted.

    x (N, C, H, W), dy (N, C, H_new, W_new) -> dx (N, C, H, W). What the padding received is cut off.
    """
    N, C, H, W = x.shape
    (top, _), (left, _) = sides(padding)
    (HH, WW), (stride_h, stride_w) = pair(size), pair(size if stride is None else stride)
    x_padded, H_new, W_new = room_for_windows(x, size, stride, padding, ceil, fill=0.0)
    counted = counted_cells(x, x_padded, padding, count_padding)
    dx_padded = np.zeros_like(x_padded)
    for n in range(N):
        for c in range(C):
            for i in range(H_new):
                for j in range(W_new):
                    rows = slice(i * stride_h, i * stride_h + HH)
                    cols = slice(j * stride_w, j * stride_w + WW)
                    dx_padded[n, c, rows, cols] += dy[n, c, i, j] / np.sum(counted[rows, cols])
    return dx_padded[:, :, top : top + H, left : left + W].copy()


def room_for_windows(
    x: Array, size: Size, stride: Size | None, padding: Padding, ceil: bool, fill: float
) -> tuple[Array, int, int]:
    """Pad x (N, C, H, W) so far that even a last window of `ceil` lies inside; return it with H_new and W_new."""
    _, _, H, W = x.shape
    (HH, WW), (stride_h, stride_w) = pair(size), pair(size if stride is None else stride)
    (top, bottom), (left, right) = sides(padding)
    H_new = new_length(H, (top, bottom), HH, stride_h, ceil)
    W_new = new_length(W, (left, right), WW, stride_w, ceil)
    below = max(bottom, (H_new - 1) * stride_h + HH - H - top)
    beside = max(right, (W_new - 1) * stride_w + WW - W - left)
    return np.pad(x, ((0, 0), (0, 0), (top, below), (left, beside)), constant_values=fill), H_new, W_new


def counted_cells(x: Array, x_padded: Array, padding: Padding, count_padding: bool) -> Array:
    """Mark with 1 every cell that a mean divides by, in the shape of a padded channel."""
    _, _, H, W = x.shape
    (top, bottom), (left, right) = sides(padding)
    counted = np.zeros(x_padded.shape[2:], x.dtype)
    if count_padding:
        counted[: top + H + bottom, : left + W + right] = 1
    else:
        counted[top : top + H, left : left + W] = 1
    return counted
