"""How often which numbers occur in a result: sixty-four bars, and what an editor would cut off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.filters.engine.result import Filtered
from app.render.colours import colour, level
from app.render.numbers import count, number, percent
from cnn_core import Array

BARS = 64
HEIGHT = 40
PALEST = 0.3
WIDTH = 4
"""Of one bar, in the units of the drawing."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar in a drawing of BARS * WIDTH by HEIGHT, and its colour, with how much of it covers the ground."""

    x: int
    y: float
    height: float
    fill: str
    opacity: float


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """The bars from `first` to `last`; zero: where 0 stands, in the drawing's units. below, above: outside 0..1."""

    bars: tuple[Bar, ...]
    first: str
    last: str
    zero: float
    least: str
    most: str
    mean: str
    below: str
    above: str
    below_share: str
    above_share: str
    outside: bool


def histogram(filtered: Filtered, precision: str) -> Histogram:
    """The numbers of the channel that is looked at."""
    values = filtered.after[filtered.cell[0]]
    least, most = float(values.min()), float(values.max())
    first, last = min(least, 0.0), max(most, 0.0)
    if first == last:
        last = 1.0
    counts = counted(values, first, last)
    # The many zeros of an edge filter would leave the rest flat: roots are drawn.
    roots = np.sqrt(counts / counts.max())
    middles = first + (np.arange(BARS) + 0.5) * (last - first) / BARS
    below, above = int((values < 0).sum()), int((values > 1).sum())
    return Histogram(
        bars=tuple(
            _bar(at, root, *_paint(middle, filtered.limit))
            for at, (root, middle) in enumerate(zip(roots.tolist(), middles.tolist(), strict=True))
            if root
        ),
        first=number(first, "2"),
        last=number(last, "2"),
        zero=round(BARS * WIDTH * -first / (last - first), 2),
        least=number(least, precision),
        most=number(most, precision),
        mean=number(float(values.mean(dtype=np.float64)), precision),
        below=count(below),
        above=count(above),
        below_share=percent(below / values.size),
        above_share=percent(above / values.size),
        outside=bool(below or above),
    )


def _bar(at: int, root: float, fill: str, opacity: float) -> Bar:
    y, height = round(HEIGHT * (1 - root), 2), round(HEIGHT * root, 2)
    return Bar(x=at * WIDTH, y=y, height=height, fill=fill, opacity=opacity)


def _paint(value: float, scale: float) -> tuple[str, float]:
    """The colour of a bar: that of its numbers, but never so pale that the bar cannot be seen."""
    (red, green, blue), share = colour(level(value, scale), "value")
    return f"#{red:02x}{green:02x}{blue:02x}", round(max(share, PALEST), 2)


def counted(values: Array, first: float, last: float) -> Array:
    """How many values lie in each of BARS equal parts of first..last."""
    placed = (values - values.dtype.type(first)) * values.dtype.type((BARS - 1e-3) / (last - first))
    return np.bincount(placed.astype(np.uint8).ravel(), minlength=BARS)[:BARS].astype(np.float64)
