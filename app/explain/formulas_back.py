"""The formula of each gradient, in letters, with this layer's stride, padding and dilation in it (LaTeX)."""

from __future__ import annotations

from app.render.mathml import place
from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, ReLU

LOSS = r"L = -\log p_t = \log \sum_{m} e^{z_m - \max z} - (z_t - \max z)"
SCORE = r"\frac{\partial L}{\partial z_k} = p_k - y_k"


def gradient(layer: Layer, of: str) -> str:
    """How the layer's backward pass makes one gradient, where dz is the gradient of its output, as in the loops."""
    if of == "bias":
        return r"\frac{\partial L}{\partial b_f} = " + (
            r"\sum_{i} \sum_{j} dz_{f,i,j}" if isinstance(layer, Conv) else r"dz_f"
        )
    if of == "weight":
        return _weight(layer)
    if isinstance(layer, Conv):
        return (
            r"\frac{\partial L}{\partial x_{c,r,s}} = \sum_{f} \sum_{i,j} dz_{f,i,j} \cdot w_{f,c,a,b}"
            r",\qquad r = " + place("i", "a", layer.windows, 0) + r",\; s = "
        ) + place("j", "b", layer.windows, 1)
    if isinstance(layer, MaxPool):
        return r"\frac{\partial L}{\partial x} = \sum_{i,j} dz_{c,i,j} \cdot [\,x = z_{c,i,j}\,]"
    if isinstance(layer, AveragePool):
        return r"\frac{\partial L}{\partial x} = \sum_{i,j} \frac{dz_{c,i,j}}{n}"
    if isinstance(layer, ReLU):
        return r"\frac{\partial L}{\partial x_{c,i,j}} = dz_{c,i,j} \cdot [\,x_{c,i,j} > 0\,]"
    if isinstance(layer, Dense):
        return r"\frac{\partial L}{\partial x_k} = \sum_{o} dz_o \cdot w_{o,k}"
    raise TypeError(f"no formula for the way back through {type(layer).__name__}")


def _weight(layer: Layer) -> str:
    if isinstance(layer, Conv):
        row, column = place("i", "a", layer.windows, 0), place("j", "b", layer.windows, 1)
        return (
            r"\frac{\partial L}{\partial w_{f,c,a,b}} = \sum_{i} \sum_{j} "
            rf"x_{{c,\;{row},\;{column}}} \cdot dz_{{f,i,j}}"
        )
    return r"\frac{\partial L}{\partial w_{o,k}} = x_k \cdot dz_o"
