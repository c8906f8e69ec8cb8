"""The formulas of a window are evaluated: their numbers must be those that the core uses."""

from __future__ import annotations

import re
from math import ceil, floor

import pytest

from app.render.mathml import mathml, place, size
from cnn_core.windows import Windows

CASES = [
    Windows((3, 3)),
    Windows((3, 2), stride=(2, 1), padding=((1, 1), (0, 0))),
    Windows((2, 3), stride=(3, 2), padding=((0, 1), (2, 2)), dilation=(1, 2)),
    Windows((2, 2), stride=(2, 2), ceil=True),
]


def evaluated(latex: str) -> int:
    """Work out `letter_out = bracket fraction bracket + 1 = out`, and check that both sides say the same."""
    found = re.fullmatch(
        r"[HW]_\{\\text\{out\}\} = \\left\\(l\w+) \\frac\{(.*)\}\{(\d+)\} \\right\\(r\w+) \+ 1 = (\d+)", latex
    )
    assert found, latex
    left, above, below, right, out = found.groups()
    assert (left, right) in (("lfloor", "rfloor"), ("lceil", "rceil"))
    quotient = eval(above.replace(r"\cdot", "*"), {"__builtins__": {}}) / int(below)  # noqa: S307
    assert (floor if left == "lfloor" else ceil)(quotient) + 1 == int(out)
    return int(out)


@pytest.mark.parametrize("windows", CASES)
@pytest.mark.parametrize("axis", [0, 1])
def test_the_number_of_windows_follows_from_the_formula(windows: Windows, axis: int) -> None:
    out = windows.output(9, 11, "test")[axis]
    assert evaluated(size("HW"[axis], windows, axis, (9, 11)[axis], out)) == out


@pytest.mark.parametrize("windows", CASES)
def test_a_place_of_a_window_reads_what_the_formula_says(windows: Windows) -> None:
    names: dict[str, object] = {"__builtins__": {}}
    row, column = (
        re.sub(r"(\d)([a-z])", r"\1*\2", place(letter, inner, windows, axis))
        for axis, (letter, inner) in enumerate((("i", "a"), ("j", "b")))
    )
    for i, j in ((0, 0), (2, 1), (1, 3)):
        for a, b in windows.offsets():
            at = {"i": i, "j": j, "a": a, "b": b}
            assert (eval(row, names, at), eval(column, names, at)) == windows.place(i, j, (a, b))  # noqa: S307


def test_what_goes_without_saying_is_left_out() -> None:
    assert place("i", "a", CASES[0], 0) == "i + a"


def test_mathml_is_drawn_as_a_block() -> None:
    assert mathml(r"\frac{1}{n}").startswith('<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">')
    assert "<mfrac>" in mathml(r"\frac{1}{n}")
