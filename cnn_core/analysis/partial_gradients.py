"""Partial gradients: the sums of the backward loops before, at and after one window.

The backward pass is linear in the output's gradient, so a sum over some of the windows is the backward pass of a
gradient that is zero at all others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cnn_core.layer import Array, Gradients, Layer, batch_shape, check_cell, check_gradient
from cnn_core.trace import Cell


class SoFar(NamedTuple):
    """The gradients before the window was reached, what the window adds, and the gradients after it."""

    before: Gradients
    added: Gradients
    after: Gradients


def so_far(layer: Layer, x: Array, dy: Array, cell: Cell) -> SoFar:
    """Stop the loops over (c', i, j) at one output cell, for the first picture of x: (N, C, H, W) and dy alone."""
    where = type(layer).__name__
    shape = layer.output_shape(batch_shape(x, where))
    check_gradient(dy, x, shape, where)
    check_cell(cell, shape, where)
    here = int(np.ravel_multi_index(cell, shape))
    at = np.arange(dy[0].size).reshape(shape)
    before, added, after = (
        layer.backward(x[:1], np.where(chosen, dy[:1], 0).astype(dy.dtype, copy=False))
        for chosen in (at < here, at == here, at <= here)
    )
    return SoFar(before, added, after)
