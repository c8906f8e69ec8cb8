"""LeakyReLU as it would stand in cnn_core/layers: a gate that lets a tenth through where it is shut."""

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
class LeakyReLU:
    """x where it is positive, slope times x elsewhere (Maas, Hannun and Ng, 2013)."""

    slope: float = 0.1

    @property
    def params(self) -> Params:
        return NO_PARAMS

    def with_params(self, params: Params) -> Self:
        same_params(params, NO_PARAMS, "LeakyReLU")
        return self

    def output_shape(self, shape: Shape) -> Shape:
        check_shape(shape, "LeakyReLU")
        return shape

    @property
    def connectivity(self) -> Connectivity:
        return Connectivity(Windows((1, 1)), None)

    @property
    def decides(self) -> Decision:
        return "gate"

    def decisions(self, x: Array) -> NDArray[np.bool_]:
        opened: NDArray[np.bool_] = x > 0
        return opened

    def forward(self, x: Array) -> Array:
        batch_shape(x, "LeakyReLU")
        return np.where(x > 0, x, x * x.dtype.type(self.slope))

    def backward(self, x: Array, dy: Array) -> Gradients:
        check_gradient(dy, x, batch_shape(x, "LeakyReLU"), "LeakyReLU")
        return Gradients(np.where(x > 0, dy, dy * x.dtype.type(self.slope)).astype(x.dtype), NO_PARAMS)

    def explain(self, x: Array, cell: Cell) -> Trace:
        check_cell(cell, batch_shape(x, "LeakyReLU"), "LeakyReLU")
        value = float(x[0][cell])
        out = value if value > 0 else self.slope * value
        return Trace(cell, (Step("gate", (Read("input", cell, value),), out),), out)

    def explain_gradient(self, x: Array, dy: Array, of: Of, at: Sequence[int]) -> Trace:
        check_asked(x, dy, of, at, self)
        c, i, j = at
        came, gradient = Read("input", (c, i, j), float(x[0, c, i, j])), float(dy[0, c, i, j])
        value = gradient if came.value > 0 else self.slope * gradient
        reads = (came, Read("output_gradient", (c, i, j), gradient))
        return Trace((c, i, j), (Step("pass", reads, value),), value)
