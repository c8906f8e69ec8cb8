"""Convolution at stride 1, one row of the kernel at a time (im2row).

Windows of one row are unrolled into columns. One matrix product gives the response of every kernel row at every row of
the picture; these responses are shifted by the row's place in the kernel and added up. This copies kh times fewer
numbers than unrolling whole windows (im2col.py).
"""

from __future__ import annotations

import numpy as np

from cnn_core.layer import Array
from cnn_core.layers.im2col import pieces, reached, scratch, unrolled
from cnn_core.windows import Pair, Windows


def stacked(weight: Array, bias: Array, groups: int) -> Array:
    """weight: (F, C / groups, kh, kw) -> (groups, kh F / groups, C / groups kw + 1): the top rows of all kernels first.

    The bias stands at the end of the top rows, and 0 at the end of the others.
    """
    _, channels, kh, kw = weight.shape
    rows = weight.reshape(groups, -1, channels, kh, kw).transpose(0, 3, 1, 2, 4).reshape(groups, kh, -1, channels * kw)
    ends = np.zeros((*rows.shape[:3], 1), weight.dtype)
    ends[:, 0, :, 0] = bias.reshape(groups, -1)
    return np.concatenate([rows, ends], axis=3).reshape(groups, -1, channels * kw + 1)


def forward_by_rows(x: Array, matrix: Array, windows: Windows, out: Pair, groups: int) -> Array:
    """x: (N, C, H, W), matrix: from `stacked` -> (N, F, H', W'), for windows of stride 1 and more than one row."""
    x = np.ascontiguousarray(x)
    (kh, kw), (down, across), width = windows.size, windows.dilation, out[1]
    channels, maps = x.shape[1] // groups, matrix.shape[1] // kh
    result = np.empty((len(x), groups, maps, *out), x.dtype)
    for images, rows in pieces(len(x), out[0], matrix.shape[0] * sum(matrix.shape[1:]) * width * x.itemsize):
        source, offset, height = reached(x[images], windows, rows)
        n, (s_n, s_c, s_h, s_w) = len(source), source.strides
        columns = scratch("columns", (n, groups, matrix.shape[2], height * width), x)
        columns[:, :, -1] = 1
        seen = columns[:, :, :-1].reshape(n, groups, channels, kw, height, width)
        steps = (s_n, channels * s_c, s_c, across * s_w, s_h, s_w)
        seen[...] = np.ndarray(seen.shape, x.dtype, source, offset, steps)
        runs = scratch("runs", (n, groups, kh, maps, height, width), x)
        np.matmul(matrix, columns, out=runs.reshape(n, groups, kh * maps, -1))
        into, high = result[images, :, :, rows.start : rows.stop], len(rows)
        np.add(runs[:, :, 0, :, :high], runs[:, :, 1, :, down : down + high], out=into)
        for a in range(2, kh):
            into += runs[:, :, a, :, a * down : a * down + high]
    return result.reshape(len(x), -1, *out)


def backward_by_rows(x: Array, dy: Array, weight: Array, windows: Windows, groups: int) -> tuple[Array, Array]:
    """dy: (N, F, H', W') -> (dx: (N, C, H, W), dW: like weight), for windows of stride 1.

    dy is unrolled from side to side, as wide as x, and x from top to bottom, as high as dy; their product is dW.
    """
    channels, (kh, kw), (_, _, height, width) = weight.shape[1], windows.size, x.shape
    (down, across), (ends, (left, right)) = windows.dilation, windows.padding
    left, right = (kw - 1) * across - left, (kw - 1) * across - right
    # Padding wider than the kernel's reach: the outermost windows saw nothing but zeros.
    dy = dy[:, :, :, max(-left, 0) : dy.shape[3] - max(-right, 0)]
    sideways = Windows((1, kw), padding=((0, 0), (max(left, 0), max(right, 0))), dilation=(1, across))
    upright = Windows((kh, 1), padding=(ends, (0, 0)), dilation=(down, 1))
    kernels = weight[..., ::-1].reshape(groups, -1, channels, kh, kw).transpose(0, 3, 2, 1, 4)
    kernels = kernels.reshape(groups, kh * channels, -1).astype(x.dtype, copy=False)
    dx = np.zeros((len(x), groups, channels, height, width), x.dtype)
    dweight = np.zeros((groups, kernels.shape[2], kh * channels), x.dtype)
    for images, rows, columns in unrolled(dy, sideways, (dy.shape[2], width), groups, beside=kh * x.shape[1]):
        columns = columns[:, :, :-1]
        source, offset, _ = reached(x[images], upright, rows)
        n, (s_n, s_c, s_h, s_w) = len(source), source.strides
        runs = scratch("runs", (n, groups, kh, channels, len(rows), width), x)
        flat = runs.reshape(n, groups, kh * channels, -1)
        steps = (s_n, channels * s_c, down * s_h, s_c, s_h, s_w)
        runs[...] = np.ndarray(runs.shape, x.dtype, source, offset, steps)
        dweight += np.matmul(columns, flat.swapaxes(2, 3)).sum(axis=0)
        np.matmul(kernels, columns, out=flat)  # what they held of x has been read: now they hold the shares of dx
        for a in range(kh):
            i, row = upright.meet(0, a, rows, height)
            dx[images, :, :, row] += runs[:, :, a, :, i]
    dweight = dweight.reshape(groups, -1, kw, kh, channels)[:, :, ::-1].transpose(0, 1, 4, 3, 2)
    return dx.reshape(x.shape), dweight.reshape(weight.shape)
