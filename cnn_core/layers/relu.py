"""ReLU is a gate: what is positive passes as it is, everything else becomes zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cnn_core.layer import (
    NO_PARAMS,
    Array,
    Decision,
    Gradients,
    Of,
    Params,
    Shape,
    batch_shape,
    check_asked,
    check_cell,
    check_gradient,
    check_shape,
    same_params,
)
from cnn_core.trace import Cell, Read, Step, Trace
from cnn_core.windows import Connectivity, Windows


@dataclass(frozen=True, eq=False)
class ReLU:
    """max(0, x), cell by cell (Nair and Hinton, 2010).

    forward   (N, C, H, W) -> (N, C, H, W)
    backward  the gradient passes where x > 0 and stops elsewhere; at exactly 0 it stops
    """

    @property
    def params(self) -> Params:
        """None: a gate has nothing to learn."""
        return NO_PARAMS

    def with_params(self, params: Params) -> Self:
        """Return the gate itself."""
        same_params(params, NO_PARAMS, "ReLU")
        return self

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H, W) -> (C, H, W)."""
        check_shape(shape, "ReLU")
        return shape

    @property
    def connectivity(self) -> Connectivity:
        """Each cell reads the one cell at its place."""
        return Connectivity(Windows((1, 1)), None)

    @property
    def decides(self) -> Decision:
        """Whether a cell passes."""
        return "gate"

    def decisions(self, x: Array) -> NDArray[np.bool_]:
        """(N, C, H, W) -> (N, C, H, W): True where the gate is open."""
        opened: NDArray[np.bool_] = x > 0
        return opened

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C, H, W)."""
        batch_shape(x, "ReLU")
        # A map of zeros and not the number 0, for which NumPy takes twice as long.
        return np.maximum(x, np.zeros(x.shape[2:], x.dtype))

    def backward(self, x: Array, dy: Array) -> Gradients:
        """dx = dy where x > 0, else 0."""
        check_gradient(dy, x, batch_shape(x, "ReLU"), "ReLU")
        return Gradients((dy * (x > 0)).astype(x.dtype, copy=False), NO_PARAMS)

    def explain(self, x: Array, cell: Cell) -> Trace:
        """One step: the gate, and the one number that came to it."""
        check_cell(cell, batch_shape(x, "ReLU"), "ReLU")
        value = float(x[0][cell])
        out = max(value, 0.0)
        return Trace(cell, (Step("gate", (Read("input", cell, value),), out),), out)

    def explain_gradient(self, x: Array, dy: Array, of: Of, at: Sequence[int]) -> Trace:
        """One step: the gradient behind the gate, and whether the gate let its number pass."""
        check_asked(x, dy, of, at, self)
        c, i, j = at
        came, gradient = Read("input", (c, i, j), float(x[0, c, i, j])), float(dy[0, c, i, j])
        value = gradient if came.value > 0 else 0.0
        reads = (came, Read("output_gradient", (c, i, j), gradient))
        return Trace((c, i, j), (Step("pass", reads, value),), value)
