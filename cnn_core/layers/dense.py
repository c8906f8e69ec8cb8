"""The fully connected layer: every output is one long weighted sum over all the inputs, plus a bias."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import fsum, prod
from typing import Self

import numpy as np

from cnn_core.layer import (
    Array,
    Decision,
    Gradients,
    Of,
    Params,
    Shape,
    ShapeError,
    batch_shape,
    check_asked,
    check_cell,
    check_gradient,
    check_shape,
    frozen,
    same_params,
)
from cnn_core.trace import Cell, Read, Step, Trace
from cnn_core.windows import Connectivity


@dataclass(frozen=True, eq=False)
class Dense:
    """y = W x + b over the flattened picture, read channel by channel, row by row.

    weight: (out, in), bias: (out,); in = C H W.
    forward   (N, C, H, W) -> (N, out, 1, 1)
    backward  dx = W^T dy, put back into (C, H, W); dW = the outer products dy x^T, and db = dy, summed over N
    """

    weight: Array
    bias: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", frozen(self.weight))
        object.__setattr__(self, "bias", frozen(self.bias))
        if self.weight.ndim != 2 or 0 in self.weight.shape:
            raise ShapeError("Dense weight", "(out, in), each at least 1", self.weight.shape)
        if self.bias.shape != self.weight.shape[:1]:
            raise ShapeError("Dense bias", self.weight.shape[:1], self.bias.shape)

    @property
    def params(self) -> Params:
        """weight: (out, in) and bias: (out,)."""
        return {"weight": self.weight, "bias": self.bias}

    def with_params(self, params: Params) -> Self:
        """Return a layer of the same shape with other numbers."""
        same_params(params, self.params, "Dense")
        return type(self)(params["weight"], params["bias"])

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H, W) -> (out, 1, 1), where C H W must be what the weights expect."""
        check_shape(shape, "Dense")
        if prod(shape) != self.weight.shape[1]:
            raise ShapeError("Dense input", f"{self.weight.shape[1]} numbers", f"{shape}, which is {prod(shape)}")
        return self.weight.shape[0], 1, 1

    @property
    def connectivity(self) -> Connectivity:
        """Each output reads all cells of all channels."""
        return Connectivity(None, 1)

    @property
    def decides(self) -> Decision:
        """A sum compares nothing."""
        return "nothing"

    def decisions(self, x: Array) -> None:
        """None: the output never bends."""

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, out, 1, 1)."""
        self.output_shape(batch_shape(x, "Dense"))
        weight = self.weight.astype(x.dtype, copy=False)
        out: Array = x.reshape(len(x), -1) @ weight.T + self.bias.astype(x.dtype, copy=False)
        return out[:, :, None, None]

    def backward(self, x: Array, dy: Array) -> Gradients:
        """dy: (N, out, 1, 1) -> dx: (N, C, H, W), dW: (out, in), db: (out,)."""
        check_gradient(dy, x, self.output_shape(batch_shape(x, "Dense")), "Dense")
        flat = dy.reshape(len(dy), -1).astype(x.dtype, copy=False)
        dx = (flat @ self.weight.astype(x.dtype, copy=False)).reshape(x.shape)
        # np.dot, because for a single picture NumPy's @ takes eight times as long.
        return Gradients(dx, {"weight": np.dot(flat.T, x.reshape(len(x), -1)), "bias": flat.sum(axis=0)})

    def explain(self, x: Array, cell: Cell) -> Trace:
        """One product for every input, in flattening order, then the bias."""
        shape = batch_shape(x, "Dense")
        check_cell(cell, self.output_shape(shape), "Dense")
        out = cell[0]
        steps = []
        values, weights = x[0].ravel().tolist(), self.weight[out].tolist()
        for index, (at, value, weight) in enumerate(zip(product(*map(range, shape)), values, weights, strict=True)):
            reads = (Read("input", at, value), Read("weight", (out, index), weight))
            steps.append(Step("multiply", reads, value * weight))
        bias = float(self.bias[out])
        steps.append(Step("add", (Read("bias", (out,), bias),), bias))
        return Trace(cell, tuple(steps), fsum(step.value for step in steps))

    def explain_gradient(self, x: Array, dy: Array, of: Of, at: Sequence[int]) -> Trace:
        """An input owes, for every output, its weight there times the output's gradient.

        A weight owes the one product of what it met and its output's gradient; a bias just that gradient.
        """
        check_asked(x, dy, of, at, self)
        gradients = [Read("output_gradient", (out, 0, 0), value) for out, value in enumerate(dy[0].ravel().tolist())]
        shape = x.shape[1:]
        if of == "bias":
            steps = [Step("add", (gradients[at[0]],), gradients[at[0]].value)]
        elif of == "weight":
            c, i, j = (int(side) for side in np.unravel_index(at[1], shape))
            read = Read("input", (c, i, j), float(x[0, c, i, j]))
            steps = [Step("multiply", (read, gradients[at[0]]), read.value * gradients[at[0]].value)]
        else:
            index = int(np.ravel_multi_index(tuple(at), shape))
            weights = [Read("weight", (out, index), float(row[index])) for out, row in enumerate(self.weight)]
            steps = [
                Step("multiply", (weight, gradient), weight.value * gradient.value)
                for weight, gradient in zip(weights, gradients, strict=True)
            ]
        return Trace(tuple(at), tuple(steps), fsum(step.value for step in steps))
