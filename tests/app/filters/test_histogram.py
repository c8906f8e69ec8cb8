"""The histogram of a result: how high its bars are, where they stand, and what share an editor would cut off."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from app.filters.engine.result import Filtered
from app.filters.histogram import BARS, HEIGHT, WIDTH, Histogram, histogram
from app.render.numbers import percent


def of(*values: float) -> Histogram:
    """The histogram of one channel of these numbers, the second of two."""
    after = np.array([[[9.0] * len(values)], [list(values)]], np.float32)
    return histogram(cast("Filtered", SimpleNamespace(after=after, cell=(1, 0, 0), limit=1.0)), "2")


def test_shares_are_of_all_numbers_of_the_channel() -> None:
    shown = of(-1.0, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
    assert (shown.below, shown.below_share) == ("1", percent(1 / 8))
    assert (shown.above, shown.above_share) == ("3", percent(3 / 8))
    assert shown.outside


def test_nothing_is_outside_from_zero_to_one() -> None:
    shown = of(0.0, 0.5, 1.0)
    assert (shown.below, shown.above, shown.outside) == ("0", "0", False)
    assert shown.below_share == shown.above_share == percent(0.0)


def test_the_height_of_a_bar_is_the_root_of_its_count() -> None:
    bars = of(0.0, 0.0, 0.0, 0.0, 1.0).bars
    assert [bar.x for bar in bars] == [0, (BARS - 1) * WIDTH]
    assert [bar.height for bar in bars] == pytest.approx([HEIGHT, HEIGHT / 2], abs=0.01)
    assert [bar.y for bar in bars] == pytest.approx([0, HEIGHT / 2], abs=0.01)


def test_zero_stands_where_the_negative_part_ends() -> None:
    assert of(-1.0, 3.0).zero == BARS * WIDTH / 4
    assert of(1.0, 3.0).zero == 0
    assert of(-2.0, -1.0).zero == BARS * WIDTH


def test_range_and_mean_are_of_the_numbers_not_of_the_axis() -> None:
    shown = of(1.0, 2.0, 6.0)
    assert [float(text) for text in (shown.least, shown.most, shown.mean)] == [1, 6, 3]
    assert [float(text) for text in (shown.first, shown.last)] == [0, 6]
