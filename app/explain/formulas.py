"""The formula of each kind of layer, once in letters and once with this layer's numbers in it, as MathML."""

from __future__ import annotations

from functools import lru_cache

from latex2mathml.converter import convert

from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, ReLU, Shape
from cnn_core.windows import Windows

SOFTMAX = r"p_k = \frac{e^{z_k - \max z}}{\sum_{m} e^{z_m - \max z}}"


@lru_cache(maxsize=512)
def mathml(latex: str) -> str:
    """Turn LaTeX into MathML, which browsers draw and screen readers read."""
    return convert(latex, display="block")


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


def size(letter: str, windows: Windows, axis: int, n: int, out: int) -> str:
    """How many windows there are along one side n long, with these numbers in the formula (LaTeX)."""
    (first, last), length, dilation = windows.padding[axis], windows.size[axis], windows.dilation[axis]
    pad = rf"2 \cdot {first}" if first == last else f"{first} + {last}"
    reach = str(length) if dilation == 1 else rf"({length} - 1) \cdot {dilation} - 1"
    ends = ("lceil", "rceil") if windows.ceil else ("lfloor", "rfloor")
    fraction = rf"\frac{{{n} + {pad} - {reach}}}{{{windows.stride[axis]}}}"
    return rf"{letter}_{{\text{{out}}}} = \left\{ends[0]} {fraction} \right\{ends[1]} + 1 = {out}"


def place(index: str, inner: str, windows: Windows, axis: int) -> str:
    """Which row or column a place of a window reads, in letters (LaTeX)."""
    stride, dilation, pad = windows.stride[axis], windows.dilation[axis], windows.padding[axis][0]
    text = (index if stride == 1 else f"{stride}{index}") + " + " + (inner if dilation == 1 else f"{dilation}{inner}")
    return text + (f" - {pad}" if pad else "")
