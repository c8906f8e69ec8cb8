"""The formula of each kind of layer, once in letters and once with this layer's numbers in it, as MathML."""

from __future__ import annotations

from app.render.mathml import place, size
from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, ReLU, Shape

SOFTMAX = r"p_k = \frac{e^{z_k - \max z}}{\sum_{m} e^{z_m - \max z}}"


def operation(layer: Layer) -> str:
    """What the layer does to make one cell, in letters (LaTeX)."""
    if isinstance(layer, Conv):
        return (
            r"y_{f,i,j} = b_f + \sum_{c} \sum_{a} \sum_{b} x_{c,\;"
            + f"{place('i', 'a', layer.windows, 0)},\\;{place('j', 'b', layer.windows, 1)}"
            + r"} \cdot w_{f,c,a,b}"
        )
    if isinstance(layer, MaxPool | AveragePool):
        row, column = place("i", "a", layer.windows, 0), place("j", "b", layer.windows, 1)
        inner = f"x_{{c,\\;{row},\\;{column}}}"
        if isinstance(layer, MaxPool):
            return rf"y_{{c,i,j}} = \max_{{a,b}}\; {inner}"
        return rf"y_{{c,i,j}} = \frac{{1}}{{n}} \sum_{{a}} \sum_{{b}} {inner}"
    if isinstance(layer, ReLU):
        return r"y_{c,i,j} = \max(0,\; x_{c,i,j})"
    if isinstance(layer, Dense):
        return r"y_o = b_o + \sum_{k} x_k \cdot w_{o,k}"
    raise TypeError(f"no formula for {type(layer).__name__}")


def sizes(layer: Layer, before: Shape, after: Shape) -> tuple[str, str] | None:
    """How height and width change, with this layer's numbers in the formula; None where there is no window (LaTeX)."""
    if not isinstance(layer, Conv | MaxPool | AveragePool):
        return None
    return size("H", layer.windows, 0, before[1], after[1]), size("W", layer.windows, 1, before[2], after[2])
