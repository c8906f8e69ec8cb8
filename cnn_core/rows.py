"""Convolution at stride 1, with the kernel taken apart into its rows.

A picture is unrolled from side to side alone, so a column is what one row of a kernel sees. One matrix product gives
what every row of every kernel makes of every row of the picture, in long straight runs; these are then added up,
each so many rows further up or down as its row of the kernel stands. Fewer numbers are copied than for whole windows.
"""

from __future__ import annotations

import numpy as np

from cnn_core.columns import reached, scratch, unrolled
from cnn_core.layer import Array
from cnn_core.windows import Windows


def backward_by_rows(x: Array, dy: Array, weight: Array, windows: Windows, groups: int) -> tuple[Array, Array]:
    """dy: (N, F, H', W') -> (dx: (N, C, H, W), dW: like weight), where windows have stride 1.

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
    for images, rows, columns in unrolled(dy, sideways, (dy.shape[2], width), groups, kh * x.shape[1]):
        columns = columns[:, :, :-1]
        part, offset, _ = reached(x[images], upright, rows)
        along_n, along_c, along_h, along_w = part.strides
        runs = scratch("runs", (len(part), groups, kh, channels, len(rows), width), x)
        steps = (along_n, channels * along_c, down * along_h, along_c, along_h, along_w)
        runs[...] = np.ndarray(runs.shape, x.dtype, part, offset, steps)
        runs = runs.reshape(len(part), groups, kh * channels, -1)
        dweight += np.matmul(columns, runs.swapaxes(2, 3)).sum(axis=0)
        np.matmul(kernels, columns, out=runs)  # what they held of x has been read
        _add_up(runs, dx[images], upright, rows)
    dweight = dweight.reshape(groups, -1, kw, kh, channels)[:, :, ::-1].transpose(0, 1, 4, 3, 2)
    return dx.reshape(x.shape), dweight.reshape(weight.shape)


def _add_up(runs: Array, into: Array, windows: Windows, rows: range) -> None:
    """Add runs: (n, groups, kh M, rows W), of these rows, into (n, groups, M, H, W), where the windows place them."""
    n, groups, maps, height, width = into.shape
    apart = runs.reshape(n, groups, -1, maps, len(rows), width)
    for a in range(windows.size[0]):
        taken, landed = windows.meet(0, a, rows, height)
        into[:, :, :, landed] += apart[:, :, a, :, taken]
