"""LeakyReLU as it would stand in app/explain."""

from __future__ import annotations

from dataclasses import dataclass

from app.explain.explainer import Asked, Explainer, Picked, View
from app.explain.loop_lines import Line, heads, indices
from app.render.figures import Figure, Plate, figure, gradient_figure
from app.web.languages import lazy_gettext as _l
from cnn_core import Cell, Shape
from tests.toy_kind.layer import LeakyReLU


@dataclass(frozen=True, kw_only=True)
class LeakyView(View):
    template = "leaky-relu"
    part = "forward"

    plate: Plate
    came: Figure
    factor: float


@dataclass(frozen=True, kw_only=True)
class LeakyGradient(View):
    template = "leaky-relu"
    part = "backward"

    plate: Plate
    arrives: Figure
    factor: float


def formula(layer: LeakyReLU) -> str:
    return rf"y_{{c,i,j}} = \max({layer.slope} \cdot x_{{c,i,j}},\; x_{{c,i,j}})"


def gradient(layer: LeakyReLU, of: str) -> str:
    return rf"\frac{{\partial L}}{{\partial x}} = dz_{{c,i,j}} \cdot ([\,x > 0\,] + {layer.slope} \cdot [\,x \le 0\,])"


def loop(layer: LeakyReLU, before: Shape, after: Shape, cell: Cell) -> tuple[Line, ...]:
    filled = f"out[{indices(cell)}] = max({layer.slope} * x[{indices(cell)}], x[{indices(cell)}])"
    code = f"out[c, i, j] = max({layer.slope} * x[c, i, j], x[c, i, j])"
    return *heads("c", after, cell), Line(3, code, filled=filled, current=True)


def loop_back(layer: LeakyReLU, before: Shape, after: Shape, of: str, window: Cell | None) -> tuple[Line, ...]:
    here = "" if window is None else f"dX[{indices(window)}] += dZ[{indices(window)}] * slope"
    code = f"dX[c, i, j] += dZ[c, i, j] * (1 if X[c, i, j] > 0 else {layer.slope})"
    return Line(0, "dX = 0 * X"), *heads("c", after, window), Line(3, code, filled=here, current=True)


def forward(picked: Picked[LeakyReLU]) -> LeakyView:
    read, (channel, i, j) = picked.trace.steps[0].reads[0], picked.cell
    return LeakyView(
        plate=picked.x.plate(channel, (j, i, 1, 1)),
        came=figure(read.value, picked.x.scale(channel), picked.precision),
        factor=1 if read.value > 0 else picked.layer.slope,
    )


def backward(asked: Asked[LeakyReLU]) -> LeakyGradient:
    came, arrives = asked.trace.steps[0].reads
    channel, i, j = asked.at
    return LeakyGradient(
        plate=asked.dy.plate(channel, (j, i, 1, 1)),
        arrives=gradient_figure(arrives.value, asked.dy.scale(channel), asked.precision),
        factor=1 if came.value > 0 else asked.layer.slope,
    )


EXPLAINER = Explainer(
    name=_l("leaky ReLU"),
    template="leaky-relu",
    formula=formula,
    gradient=gradient,
    loop=loop,
    loop_back=loop_back,
    forward=forward,
    backward=backward,
)
