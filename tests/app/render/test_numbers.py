"""Numbers as text: a true minus sign, no minus nothing, and never further off than half a unit of the last digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.render.numbers import MINUS, count, finer, leading, number, percent, sides


@pytest.mark.parametrize(
    ("value", "precision", "text"),
    [
        (0.0, "3", "0"),
        (-0.0, "3", "0"),
        (-0.0, "exact", "0"),
        (0.0004, "3", "0.000"),
        (-0.0004, "3", "0.000"),
        (-1.25, "2", "−1.25"),
        (12.0, "exact", "12"),
        (-0.5732, "exact", "−0.5732"),
        (1e-7, "exact", "1e−07"),
        (-2.5e-9, "exact", "−2.5e−09"),
        (1 / 3, "6", "0.333333"),
    ],
)
def test_number(value: float, precision: str, text: str) -> None:
    assert number(value, precision) == text


@given(st.floats(-1e6, 1e6), st.sampled_from(["2", "3", "4", "5", "6"]))
def test_a_shown_number_is_at_most_half_a_unit_off(value: float, precision: str) -> None:
    shown = float(number(value, precision).replace(MINUS, "-"))
    assert abs(shown - value) <= 0.5 * 10.0 ** -int(precision) * (1 + 1e-6) + 1e-9 * abs(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exact_names_this_very_number(value: float) -> None:
    assert float(number(value, "exact").replace(MINUS, "-")) == value


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0.00%"), (1.0, "100.00%"), (0.12345, "12.35%"), (1e-9, "< 0.01%"), (0.999999, "> 99.99%")],
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "precision", "text"),
    [
        (0.0, "3", "0"),
        (0.5, "3", "0.5"),
        (-0.58691, "3", "−0.5869"),
        (0.000123456, "3", "0.0001235"),
        (-0.0000123456, "3", "−1.235e−05"),
        (12.3456, "3", "12.346"),
        (-1.0, "2", "−1.00"),
        (-0.58691, "exact", "−0.58691"),
    ],
)
def test_a_factor_keeps_its_leading_digits(value: float, precision: str, text: str) -> None:
    assert leading(value, precision) == text


@given(st.floats(-1e6, 1e6), st.sampled_from(["2", "3", "4", "5", "6"]))
def test_a_shown_factor_is_off_by_half_a_unit_or_by_less_than_its_share(value: float, precision: str) -> None:
    shown = float(leading(value, precision).replace(MINUS, "-"))
    half = 0.5 * 10.0 ** -int(precision)
    assert abs(shown - value) <= half * min(1, abs(value)) * (1 + 1e-6) + 1e-9 * abs(value)


def test_counts_and_sides() -> None:
    assert count(530660) == "530,660"
    assert sides((8, 26, 26)) == "8 × 26 × 26"


def test_small_numbers_may_have_two_more_decimals() -> None:
    assert [finer(precision) for precision in ("2", "3", "5", "6", "exact")] == ["4", "5", "6", "6", "exact"]
