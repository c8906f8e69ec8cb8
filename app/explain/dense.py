"""The fully connected layer: formula, loops, the sum of one output, and the gradient of one input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.explain.explainer import Asked, Explainer, Picked, View
from app.explain.loop_lines import Line
from app.explain.weighted_sum import WeightedSum, bias_of, blocks_of, largest_first, products
from app.render.colours import limit
from app.render.figures import Figure, figure, gradient_figure
from app.render.numbers import sides
from app.web.languages import lazy_gettext as _l
from cnn_core import Cell, Dense, Shape


class DenseView(WeightedSum):
    """One output of a fully connected layer."""

    template = "dense"


@dataclass(frozen=True, kw_only=True)
class DenseTerm:
    """One term: the output, the weight with which it reads the input, its gradient, and their product."""

    name: str
    weight: Figure
    gradient: Figure
    product: Figure


@dataclass(frozen=True, kw_only=True)
class DenseGradient(View):
    """A gradient of a fully connected layer's input: for each output, its weight times the output's gradient.

    index: the place of the input in the flattened list. classes: whether the outputs are the scores of classes.
    """

    template = "dense"
    part = "backward"

    terms: tuple[DenseTerm, ...]
    index: int
    classes: bool


def formula(layer: Dense) -> str:
    """y = b + the sum of x w over all inputs."""
    return r"y_o = b_o + \sum_{k} x_k \cdot w_{o,k}"


def gradient(layer: Dense, of: str) -> str:
    """The gradient of the input, the weights or the bias, where dz is the gradient of the output."""
    if of == "bias":
        return r"\frac{\partial L}{\partial b_f} = dz_f"
    if of == "weight":
        return r"\frac{\partial L}{\partial w_{o,k}} = x_k \cdot dz_o"
    return r"\frac{\partial L}{\partial x_k} = \sum_{o} dz_o \cdot w_{o,k}"


def loop(layer: Dense, before: Shape, after: Shape, cell: Cell) -> tuple[Line, ...]:
    """The loop over the outputs, at one of them."""
    o = cell[0]
    return (
        Line(0, "flat = x.reshape(-1)", filled=f"{sides(before)} = {layer.weight.shape[1]}"),
        Line(0, f"for o in range({after[0]}):", now=f"o = {o}"),
        Line(
            1,
            "out[o] = (flat * w[o]).sum() + b[o]",
            filled=f"out[{o}] = (flat * w[{o}]).sum() + b[{o}]",
            current=True,
        ),
    )


def loop_back(layer: Dense, before: Shape, after: Shape, of: str, window: Cell | None) -> tuple[Line, ...]:
    """The backward loop; window: the output at which it has stopped, if it has."""
    o = "" if window is None else str(window[0])
    codes = {
        "input": ("dx += W[o] * dZ[o]", f"dx += W[{o}] * dZ[{o}]"),
        "weight": ("dW[o] += x * dZ[o]", f"dW[{o}] += x * dZ[{o}]"),
        "bias": ("db[o] += dZ[o]", f"db[{o}] += dZ[{o}]"),
    }
    return (
        Line(0, "x = X.reshape(-1)", filled=f"{' × '.join(map(str, before))} = {layer.weight.shape[1]}"),
        Line(0, "dx, dW, db = 0 * x, 0 * W, 0 * b"),
        Line(0, f"for o in range({after[0]}):", now=o and f"o = {o}"),
        *(Line(1, code, filled=filled if o else "", current=name == of) for name, (code, filled) in codes.items()),
        Line(0, "dX = dx.reshape(X.shape)"),
    )


def forward(picked: Picked[Dense]) -> DenseView:
    """The products of one output, map by map, those with the largest sums first."""
    terms = products(picked)
    return DenseView(
        blocks=largest_first(picked, blocks_of(picked, picked.x.array.shape[2], None)),
        bias=bias_of(picked),
        terms=len(terms),
        zeros=sum(step.value == 0 for step in terms),
        many=True,
    )


def backward(asked: Asked[Dense]) -> DenseGradient:
    """Every output's gradient, by the weight with which it reads this input."""
    steps, precision, arriving = asked.trace.steps, asked.precision, limit(asked.dy.array)
    weights, widest = limit(asked.layer.weight), max((abs(step.value) for step in steps), default=0.0)
    return DenseGradient(
        terms=tuple(
            DenseTerm(
                name=asked.labels[index] if asked.labels else str(index),
                weight=figure(step.reads[0].value, weights, precision),
                gradient=gradient_figure(step.reads[1].value, arriving, precision),
                product=gradient_figure(step.value, widest, precision),
            )
            for index, step in enumerate(steps)
        ),
        index=int(np.ravel_multi_index(asked.at, asked.x.array.shape)),
        classes=asked.last,
    )


EXPLAINER = Explainer(
    name=_l("fully connected"),
    template="dense",
    formula=formula,
    gradient=gradient,
    loop=loop,
    loop_back=loop_back,
    forward=forward,
    backward=backward,
)
