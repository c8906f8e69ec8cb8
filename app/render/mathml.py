"""Formulas as MathML, and the parts of a formula that every layer with windows has in common."""

from __future__ import annotations

from functools import lru_cache

from latex2mathml.converter import convert

from cnn_core.windows import Windows


@lru_cache(maxsize=512)
def mathml(latex: str) -> str:
    """Convert LaTeX to MathML, which browsers draw and screen readers read."""
    return convert(latex, display="block")


def size(letter: str, windows: Windows, axis: int, n: int, out: int) -> str:
    """The formula for the number of windows along one side, with this layer's numbers in it (LaTeX).

    letter: H or W. axis: 0 for rows, 1 for columns. n: the length of that side. out: the number of windows.
    """
    (first, last), length, dilation = windows.padding[axis], windows.size[axis], windows.dilation[axis]
    pad = rf"2 \cdot {first}" if first == last else f"{first} + {last}"
    reach = str(length) if dilation == 1 else rf"({length} - 1) \cdot {dilation} - 1"
    ends = ("lceil", "rceil") if windows.ceil else ("lfloor", "rfloor")
    fraction = rf"\frac{{{n} + {pad} - {reach}}}{{{windows.stride[axis]}}}"
    return rf"{letter}_{{\text{{out}}}} = \left\{ends[0]} {fraction} \right\{ends[1]} + 1 = {out}"


def place(index: str, inner: str, windows: Windows, axis: int) -> str:
    """The input row or column that one place of a window reads, in letters: 2i + a - 1 (LaTeX).

    index: the letter of the window's row or column. inner: the letter of the place inside the window.
    axis: 0 for rows, 1 for columns.
    """
    stride, dilation, pad = windows.stride[axis], windows.dilation[axis], windows.padding[axis][0]
    text = (index if stride == 1 else f"{stride}{index}") + " + " + (inner if dilation == 1 else f"{dilation}{inner}")
    return text + (f" - {pad}" if pad else "")
