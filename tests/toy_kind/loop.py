"""LeakyReLU as it would stand in cnn_core/loops: number by number."""

from __future__ import annotations

import numpy as np

from cnn_core.layer import Array


def leaky_relu_forward(x: Array, slope: float) -> Array:
    out = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        out[at] = x[at] if x[at] > 0 else slope * x[at]
    return out


def leaky_relu_backward(x: Array, dy: Array, slope: float) -> Array:
    dx = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        dx[at] = dy[at] if x[at] > 0 else slope * dy[at]
    return dx
