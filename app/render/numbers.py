"""Numbers as text: a chosen number of decimals, a true minus sign, and never a negative zero."""

from __future__ import annotations

MINUS = "\N{MINUS SIGN}"


def number(value: float, precision: str = "3") -> str:
    """Format a number with "2" to "6" decimals, or "exact": the shortest decimals that round-trip.

    Exactly zero is "0", so that it differs from what was rounded to zero ("0.000").
    """
    if value == 0:
        return "0"
    text = repr(float(value)) if precision == "exact" else f"{value:.{precision}f}"
    if text.startswith("-"):
        text = text[1:] if float(text) == 0 else MINUS + text[1:]
    return text.replace("e-", f"e{MINUS}").removesuffix(".0") if precision == "exact" else text


def finer(precision: str) -> str:
    """A precision of two more decimals, 6 at most: for numbers that are small beside the others on a page."""
    return precision if precision == "exact" else str(min(int(precision) + 2, 6))


def small(value: float, precision: str = "3") -> str:
    """Format a number that may be tiny: as `number` does, but 5.7e-10 where its decimals would all be zeros."""
    text = number(value, precision)
    if value == 0 or float(text.replace(MINUS, "-")):
        return text
    digits, _, exponent = f"{value:.1e}".partition("e")
    return f"{digits}e{int(exponent)}".replace("-", MINUS)


def leading(value: float, precision: str = "3") -> str:
    """Format a factor: below 1 with one more significant digit than decimals, so that products re-add by hand."""
    if precision == "exact" or abs(value) >= 1:
        return number(value, precision)
    return f"{value:.{int(precision) + 1}g}".replace("-", MINUS)


def percent(share: float) -> str:
    """Format a share of 1 as a percentage with two decimals; "< 0.01%" and "> 99.99%" near the ends."""
    if 0 < share < 0.00005:
        return "< 0.01%"
    if 0.99995 <= share < 1:
        return "> 99.99%"
    return f"{100 * share:.2f}%"


def count(value: int) -> str:
    """Format a whole number in groups of three digits."""
    return f"{value:,}".replace("-", MINUS)


def sides(shape: tuple[int, ...]) -> str:
    """Format a shape as 8 × 26 × 26."""
    return " \N{MULTIPLICATION SIGN} ".join(map(str, shape))
