"""What is written on paper, on cards and on the accent can be read in the light theme and in the dark one."""

from __future__ import annotations

import re
from itertools import product

import pytest

from app.web.build_id import ROOT

BASE = (ROOT / "static" / "css" / "shared" / "base.css").read_text("utf-8")
PAIRS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", BASE)
}

# WCAG 2: 4.5 for text.
READABLE = [
    *product(("ink", "ink-quiet", "accent"), ("ground", "card", "sunken", "accent-soft")),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
    ("accent-strong", "ground"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), READABLE)
def test_text_can_be_read(text: str, ground: str, theme: int) -> None:
    lower, higher = sorted((luminance(PAIRS[text][theme]), luminance(PAIRS[ground][theme])))
    assert (higher + 0.05) / (lower + 0.05) >= 4.5


def test_no_text_is_smaller_than_12_pixels() -> None:
    sizes = [float(size) for size in re.findall(r"--text-\w+: ([\d.]+)rem", BASE)]
    assert min(sizes) * 16 >= 12


def test_the_layers_are_in_order() -> None:
    assert "@layer reset, base, layout, components, fragments, utilities;" in BASE
