"""The fully connected layer as plain loops: every output is one long sum over all values of the image.

n is the image, k the output.
"""

from __future__ import annotations

import numpy as np

from cnn_core.layer import Array


def dense_forward(x: Array, weight: Array, bias: Array) -> Array:
    """Connect every value of an image with every output: one long sum each, plus bias. The course calls it `fc`.

    x (N, C, H, W), weight (out, C * H * W), bias (out,) -> (N, out, 1, 1). The values are read channel by channel,
    row by row. The course keeps the weights the other way round, as (in, out).
    """
    N, out_count = len(x), len(weight)
    out = np.zeros((N, out_count, 1, 1), x.dtype)
    for n in range(N):
        values = x[n].reshape(-1)
        for k in range(out_count):
            out[n, k, 0, 0] = np.sum(values * weight[k]) + bias[k]
    return out


def dense_backward(x: Array, weight: Array, dy: Array) -> tuple[Array, Array, Array]:
    """Send the error back along the same connections; return (dx, dweight, dbias), shaped like x, weight and bias.

    x (N, C, H, W), weight (out, C * H * W), dy (N, out, 1, 1)
    """
    N, out_count = len(x), len(weight)
    dx, dweight, dbias = np.zeros_like(x), np.zeros(weight.shape, x.dtype), np.zeros(out_count, x.dtype)
    for n in range(N):
        values = x[n].reshape(-1)
        for k in range(out_count):
            dx[n] += (weight[k] * dy[n, k, 0, 0]).reshape(x[n].shape)
            dweight[k] += values * dy[n, k, 0, 0]
            dbias[k] += dy[n, k, 0, 0]
    return dx, dweight, dbias
