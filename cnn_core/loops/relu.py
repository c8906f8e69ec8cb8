"""ReLU, number by number: positive values pass, the rest become zero."""

from __future__ import annotations

import numpy as np

from cnn_core.layer import Array


def relu_forward(x: Array) -> Array:
    """Let positive values through and make the rest zero: max(0, x). The course calls it `Relu`. Any shape."""
    out = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        if x[at] > 0:
            out[at] = x[at]
    return out


def relu_backward(x: Array, dy: Array) -> Array:
    """Let the error through where x was positive; at zero and below the slope is 0. x, dy and dx have one shape."""
    dx = np.zeros_like(x)
    for at in np.ndindex(x.shape):
        if x[at] > 0:
            dx[at] = dy[at]
    return dx
