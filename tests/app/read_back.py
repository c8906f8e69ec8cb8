"""What a page shows, read back: a text becomes a number again, and sums and products are checked as shown."""

from __future__ import annotations

import math
from collections.abc import Iterable

MINUS = "\N{MINUS SIGN}"


def value(text: str) -> float:
    """The number that a text says."""
    return float(text.replace(MINUS, "-"))


def half(text: str, precision: str) -> float:
    """Half a unit of a text's last digit; nothing where all digits are shown, or where it is exactly 0."""
    if precision == "exact" or "." not in text:
        return 0.0
    digits, _, exponent = text.replace(MINUS, "-").partition("e")
    return 0.5 * 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def adds_up(terms: Iterable[str], total: str, precision: str) -> bool:
    """Whether the terms re-add to the total: half a unit of the last digit each, or 1e-12 of their absolute sum."""
    texts = list(terms)
    numbers = [value(text) for text in texts]
    slack = math.fsum(half(text, precision) for text in (*texts, total))
    slack += 1e-12 * math.fsum(map(abs, numbers)) + 1e-15
    return abs(math.fsum(numbers) - value(total)) <= slack


def multiplies(first: str, second: str, product: str, precision: str) -> bool:
    """Whether the product is what two numbers give as they are shown."""
    a, b, p = value(first), value(second), value(product)
    slack_a, slack_b = half(first, precision), half(second, precision)
    slack = slack_a * abs(b) + slack_b * abs(a) + slack_a * slack_b + half(product, precision)
    return abs(a * b - p) <= slack + 1e-12 * abs(p) + 1e-15
