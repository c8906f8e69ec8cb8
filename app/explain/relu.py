"""ReLU: its formula, its loops, and the gate of one cell, forward and backward."""

from __future__ import annotations

from dataclasses import dataclass

from app.explain.explainer import Asked, Explainer, Picked, View
from app.explain.loop_lines import Line, heads, indices
from app.render.figures import Figure, Plate, figure, gradient_figure
from app.web.languages import lazy_gettext as _l
from cnn_core import Cell, ReLU, Shape


@dataclass(frozen=True, kw_only=True)
class ReLUView(View):
    """What came to the gate, and whether it is open."""

    template = "relu"
    part = "forward"

    plate: Plate
    came: Figure
    open: bool


@dataclass(frozen=True, kw_only=True)
class ReLUGradient(View):
    """The gradient that arrives from behind, what had come forward, and whether the gate was open."""

    template = "relu"
    part = "backward"

    plate: Plate
    errors: Plate
    came: Figure
    gradient: Figure
    open: bool


def formula(layer: ReLU) -> str:
    """y = max(0, x)."""
    return r"y_{c,i,j} = \max(0,\; x_{c,i,j})"


def gradient(layer: ReLU, of: str) -> str:
    """The gradient passes where x > 0."""
    return r"\frac{\partial L}{\partial x_{c,i,j}} = dz_{c,i,j} \cdot [\,x_{c,i,j} > 0\,]"


def loop(layer: ReLU, before: Shape, after: Shape, cell: Cell) -> tuple[Line, ...]:
    """The loop over the output, at one cell."""
    filled = f"out[{indices(cell)}] = max(0, x[{indices(cell)}])"
    return *heads("c", after, cell), Line(3, "out[c, i, j] = max(0, x[c, i, j])", filled=filled, current=True)


def loop_back(layer: ReLU, before: Shape, after: Shape, of: str, window: Cell | None) -> tuple[Line, ...]:
    """The backward loop; window: the cell at which it has stopped, if it has."""
    here = "" if window is None else f"dX[{indices(window)}] += dZ[{indices(window)}]"
    return (
        Line(0, "dX = 0 * X"),
        *heads("c", after, window),
        Line(3, "if X[c, i, j] > 0:"),
        Line(4, "dX[c, i, j] += dZ[c, i, j]", filled=here, current=True),
    )


def forward(picked: Picked[ReLU]) -> ReLUView:
    """What came to the gate, and whether it passed."""
    read, (channel, i, j) = picked.trace.steps[0].reads[0], picked.cell
    return ReLUView(
        plate=picked.x.plate(channel, (j, i, 1, 1)),
        came=figure(read.value, picked.x.scale(channel), picked.precision),
        open=read.value > 0,
    )


def backward(asked: Asked[ReLU]) -> ReLUGradient:
    """The gate passes the gradient back if it let the number through."""
    came, gradient = asked.trace.steps[0].reads
    channel, i, j = asked.at
    return ReLUGradient(
        plate=asked.x.plate(channel, (j, i, 1, 1)),
        errors=asked.dy.plate(channel, (j, i, 1, 1)),
        came=gradient_figure(came.value, asked.x.scale(channel), asked.precision),
        gradient=gradient_figure(gradient.value, asked.dy.scale(channel), asked.precision),
        open=came.value > 0,
    )


EXPLAINER = Explainer(
    name=_l("ReLU"),
    template="relu",
    formula=formula,
    gradient=gradient,
    loop=loop,
    loop_back=loop_back,
    forward=forward,
    backward=backward,
)
