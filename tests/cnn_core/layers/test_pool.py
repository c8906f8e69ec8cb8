"""Pooling on pictures small enough to be worked out by hand: ties, overlaps, padding, and windows that overhang."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnn_core import AveragePool, MaxPool, Read, ShapeError, Step
from cnn_core.layer import Array
from tests.cnn_core.cases import CASES

max_ways = pytest.mark.parametrize("way", [MaxPool, CASES["max-pool"]], ids=["fast", "loops"])
average_ways = pytest.mark.parametrize("way", [AveragePool, CASES["average-pool"]], ids=["fast", "loops"])
Way = Any  # anything with forward(layer, x) and backward(layer, x, dy)

SIXTEEN = np.array([[[[1, 5, 2, 0], [3, 4, 8, 6], [-1, -2, 7, 7.5], [-3, -4, 9, 1]]]])
DY = np.array([[[[1.0, 10.0], [100.0, 1000.0]]]])


def row(*numbers: float) -> Array:
    return np.array(numbers, float).reshape(1, 1, 1, -1)


@max_ways
def test_the_largest_of_each_window_stays(way: Way) -> None:
    np.testing.assert_array_equal(way.forward(MaxPool(2), SIXTEEN), [[[[5, 8], [-1, 9]]]])


@max_ways
def test_the_error_returns_to_the_place_of_the_maximum(way: Way) -> None:
    expected = [[[[0, 1, 0, 0], [0, 0, 10, 0], [100, 0, 0, 0], [0, 0, 1000, 0]]]]
    np.testing.assert_array_equal(way.backward(MaxPool(2), SIXTEEN, DY).x, expected)


@max_ways
def test_of_equal_values_the_first_in_reading_order_takes_it_all(way: Way) -> None:
    x = np.array([[[[1.0, 2.0, 0.0, 0.0], [2.0, 2.0, 0.0, 0.0]]]])
    np.testing.assert_array_equal(way.backward(MaxPool(2), x, row(5, 7)).x, [[[[0, 5, 7, 0], [0, 0, 0, 0]]]])


@max_ways
def test_where_windows_overlap_the_winner_collects_from_all(way: Way) -> None:
    layer = MaxPool((1, 3), stride=1)
    np.testing.assert_array_equal(way.forward(layer, row(1, 2, 9, 3, 4)), row(9, 9, 9))
    np.testing.assert_array_equal(way.backward(layer, row(1, 2, 9, 3, 4), row(1, 10, 100)).x, row(0, 0, 111, 0, 0))


@max_ways
def test_padding_never_wins(way: Way) -> None:
    layer = MaxPool(2, stride=1, padding=1)
    np.testing.assert_array_equal(way.forward(layer, np.full((1, 1, 1, 1), -7.0)), np.full((1, 1, 2, 2), -7.0))
    np.testing.assert_array_equal(way.backward(layer, np.full((1, 1, 1, 1), -7.0), DY).x, [[[[1111]]]])


@max_ways
def test_with_ceil_the_last_window_overhangs(way: Way) -> None:
    x = row(1, 2, 3, 4, -5)
    np.testing.assert_array_equal(way.forward(MaxPool((1, 2)), x), row(2, 4))
    np.testing.assert_array_equal(way.forward(MaxPool((1, 2), ceil=True), x), row(2, 4, -5))
    np.testing.assert_array_equal(way.backward(MaxPool((1, 2), ceil=True), x, row(1, 2, 3)).x, row(0, 1, 0, 2, 3))


@max_ways
def test_with_ceil_no_window_starts_beyond_the_picture(way: Way) -> None:
    # Three steps of 2 would reach from column 6 on, but the picture ends at 5 and only padding is left there.
    layer = MaxPool((1, 3), stride=(1, 3), padding=((0, 0), (0, 1)), ceil=True)
    np.testing.assert_array_equal(way.forward(layer, row(1, 2, 3, 4, 5, 6)), row(3, 6))


def test_a_maximum_is_explained_by_the_window_without_its_padding() -> None:
    trace = MaxPool(2, padding=1).explain(SIXTEEN, (0, 0, 1))
    assert trace.steps == (Step("max", (Read("input", (0, 0, 1), 5.0), Read("input", (0, 0, 2), 2.0)), 5.0),)


@average_ways
def test_each_window_leaves_its_mean(way: Way) -> None:
    np.testing.assert_array_equal(way.forward(AveragePool(2), SIXTEEN), [[[[3.25, 4], [-2.5, 6.125]]]])


@average_ways
def test_the_error_is_shared_equally(way: Way) -> None:
    expected = np.kron(DY[0, 0], np.full((2, 2), 0.25))[None, None]
    np.testing.assert_array_equal(way.backward(AveragePool(2), SIXTEEN, DY).x, expected)
    overlapping = AveragePool((1, 2), stride=1)
    np.testing.assert_array_equal(way.backward(overlapping, row(1, 2, 3), row(2, 20)).x, row(1, 11, 10))


@average_ways
@pytest.mark.parametrize(("count_padding", "expected"), [(False, (6, 9, 12)), (True, (3, 9, 6))])
def test_padding_counts_only_where_it_is_asked_to(way: Way, count_padding: bool, expected: tuple[float, ...]) -> None:
    layer = AveragePool((1, 2), padding=(0, 1), count_padding=count_padding)
    np.testing.assert_array_equal(way.forward(layer, row(6, 6, 12, 12)), row(*expected))
    dx = way.backward(layer, row(6, 6, 12, 12), row(2, 2, 2)).x
    np.testing.assert_array_equal(dx, row(1, 1, 1, 1) if count_padding else row(2, 1, 1, 2))


@average_ways
@pytest.mark.parametrize(("count_padding", "last"), [(False, 8), (True, 4)])
def test_what_overhangs_with_ceil_never_counts(way: Way, count_padding: bool, last: float) -> None:
    # The third window starts at the last pixel; it has one cell of padding, and two that were never declared.
    layer = AveragePool((1, 4), stride=(1, 3), padding=((0, 0), (2, 1)), ceil=True, count_padding=count_padding)
    x = row(4, 4, 4, 4, 8)
    np.testing.assert_array_equal(way.forward(layer, x)[..., -1:], row(last))
    np.testing.assert_array_equal(way.backward(layer, x, row(0, 0, 8)).x, row(0, 0, 0, 0, last))


def test_a_mean_is_explained_by_the_cells_that_count() -> None:
    options: dict[str, Any] = {"size": (1, 4), "stride": (1, 3), "padding": ((0, 0), (2, 1)), "ceil": True}
    pixel, padding = Read("input", (0, 0, 4), 8.0), Read("input", (0, 0, 5), 0.0, padded=True)
    x = row(4, 4, 4, 4, 8)
    assert AveragePool(**options).explain(x, (0, 0, 2)).steps == (Step("mean", (pixel,), 8.0),)
    counting = AveragePool(**options, count_padding=True)
    assert counting.explain(x, (0, 0, 2)).steps == (Step("mean", (pixel, padding), 4.0),)


@pytest.mark.parametrize("kind", [MaxPool, AveragePool])
@pytest.mark.parametrize(
    "options",
    [
        {"size": 0},
        {"size": (2, 0)},
        {"size": 2, "stride": 0},
        {"size": 2, "padding": -1},
        {"size": 2, "padding": 2},  # a window could lie in the padding alone, and have nothing to choose from
        {"size": (3, 1), "padding": ((0, 0), (0, 1))},
    ],
)
def test_what_makes_no_pooling_is_refused(kind: type[MaxPool | AveragePool], options: dict[str, Any]) -> None:
    with pytest.raises(ShapeError):
        kind(**options)


@pytest.mark.parametrize("kind", [MaxPool, AveragePool])
@pytest.mark.parametrize("name", ["size", "stride", "padding"])
def test_the_option_that_is_wrong_is_named(kind: type[MaxPool | AveragePool], name: str) -> None:
    options: dict[str, Any] = {"size": 2, name: (1, 2, 3, 4)}
    with pytest.raises(ShapeError) as caught:
        kind(**options)
    assert caught.value.where == f"{kind.__name__} {name}"


def test_ties_are_counted_window_by_window() -> None:
    x = np.array([[[[0.0, 0.0, 1.0], [0.0, 0.0, 2.0], [3.0, 3.0, 2.0]]]])
    np.testing.assert_array_equal(MaxPool(2, 1).ties(x), [[[[4, 1], [2, 1]]]])
    np.testing.assert_array_equal(MaxPool(2, 2, ceil=True).ties(x), [[[[4, 1], [2, 1]]]])
    np.testing.assert_array_equal(MaxPool(2, 2, 1).ties(x), [[[[1, 1], [1, 1]]]])
