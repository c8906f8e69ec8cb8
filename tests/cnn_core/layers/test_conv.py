"""Convolution on pictures small enough to be worked out by hand, and on large ones, where the work is cut in pieces."""

from __future__ import annotations

import threading
import tracemalloc
from typing import Any

import numpy as np
import pytest

from cnn_core import Conv, Read, ShapeError, Step
from cnn_core.layer import Array
from cnn_core.layers import im2col as columns
from tests.cnn_core.cases import CASES, DTYPES, assert_equal_by_terms, gradient_sizes, normal, positive

fast_and_loops = pytest.mark.parametrize("way", [Conv, CASES["conv"]], ids=["fast", "loops"])
Way = Any  # anything with forward(layer, x) and backward(layer, x, dy)

NINE = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
SQUARE = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])


def row(*numbers: float) -> Array:
    return np.array(numbers, float).reshape(1, 1, 1, -1)


@fast_and_loops
def test_a_window_times_the_kernel_as_it_lies_plus_the_bias(way: Way) -> None:
    out = way.forward(Conv(SQUARE, np.array([0.5])), NINE)
    # 1 x 1 + 2 x 2 + 3 x 4 + 4 x 5 = 37; with the kernel turned round it would be 23
    np.testing.assert_array_equal(out, [[[[37.5, 47.5], [67.5, 77.5]]]])


@fast_and_loops
def test_the_error_travels_back_through_the_same_windows(way: Way) -> None:
    dy = np.array([[[[1.0, 10.0], [100.0, 1000.0]]]])  # so that every digit of a sum tells its term
    found = way.backward(Conv(SQUARE, np.zeros(1)), NINE, dy)
    np.testing.assert_array_equal(found.x, [[[[1, 12, 20], [103, 1234, 2040], [300, 3400, 4000]]]])
    np.testing.assert_array_equal(found.params["weight"], [[[[5421, 6532], [8754, 9865]]]])
    np.testing.assert_array_equal(found.params["bias"], [1111])


@fast_and_loops
def test_channels_are_added_up_and_every_kernel_makes_its_own_map(way: Way) -> None:
    weight = np.array([[[[1.0]], [[10.0]]], [[[0.0]], [[-1.0]]], [[[0.5]], [[0.5]]]])
    x = np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    out = way.forward(Conv(weight, np.array([0.0, 1.0, 0.0])), x)
    np.testing.assert_array_equal(out, [[[[31, 42]], [[-2, -3]], [[2, 3]]]])


@fast_and_loops
def test_weights_and_biases_collect_from_all_pictures(way: Way) -> None:
    layer, dy = Conv(SQUARE, np.zeros(1)), np.ones((3, 1, 2, 2))
    found = way.backward(layer, np.concatenate([NINE, 2 * NINE, 3 * NINE]), dy)
    np.testing.assert_array_equal(found.params["weight"], 6 * np.array([[[[12, 16], [24, 28]]]]))
    np.testing.assert_array_equal(found.params["bias"], [12])


@fast_and_loops
def test_padding_may_differ_on_all_four_sides(way: Way) -> None:
    layer = Conv(np.full((1, 1, 1, 1), 2.0), np.array([3.0]), padding=((1, 0), (0, 2)))
    np.testing.assert_array_equal(way.forward(layer, row(5)), [[[[3, 3, 3], [13, 3, 3]]]])
    found = way.backward(layer, row(5), np.arange(1.0, 7.0).reshape(1, 1, 2, 3))
    np.testing.assert_array_equal(found.x, row(8))
    np.testing.assert_array_equal(found.params["weight"], [[[[20]]]])
    np.testing.assert_array_equal(found.params["bias"], [21])


@fast_and_loops
def test_an_even_kernel_keeps_the_size_with_padding_on_one_side(way: Way) -> None:
    layer = Conv(np.array([[[[1.0, 10.0]]]]), np.zeros(1), padding=((0, 0), (0, 1)))
    np.testing.assert_array_equal(way.forward(layer, row(1, 2, 3)), row(21, 32, 3))


@fast_and_loops
def test_dilation_spreads_the_kernel(way: Way) -> None:
    layer = Conv(np.array([[[[1.0, 10.0, 100.0]]]]), np.zeros(1), dilation=(1, 2))
    np.testing.assert_array_equal(way.forward(layer, row(1, 2, 3, 4, 5, 6)), row(531, 642))
    np.testing.assert_array_equal(way.backward(layer, row(1, 2, 3, 4, 5, 6), row(1, 2)).x, row(1, 2, 10, 20, 100, 200))


@fast_and_loops
def test_a_stride_wider_than_the_kernel_never_reads_some_pixels(way: Way) -> None:
    layer = Conv(np.array([[[[1.0, 10.0]]]]), np.zeros(1), stride=(1, 3))
    np.testing.assert_array_equal(way.forward(layer, row(1, 2, 3, 4, 5, 6)), row(21, 54))
    np.testing.assert_array_equal(way.backward(layer, row(1, 2, 3, 4, 5, 6), row(1, 2)).x, row(1, 10, 0, 2, 20, 0))


@fast_and_loops
def test_groups_keep_channels_apart(way: Way) -> None:
    x = np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    layer = Conv(np.array([2.0, 3.0, 4.0, 5.0]).reshape(4, 1, 1, 1), np.zeros(4), groups=2)
    np.testing.assert_array_equal(way.forward(layer, x), [[[[2, 4]], [[3, 6]], [[12, 16]], [[15, 20]]]])
    found = way.backward(layer, x, np.ones((1, 4, 1, 2)))
    np.testing.assert_array_equal(found.x, [[[[5, 5]], [[9, 9]]]])
    np.testing.assert_array_equal(found.params["weight"].ravel(), [3, 3, 7, 7])


def test_an_explanation_names_every_product_and_the_bias() -> None:
    layer = Conv(SQUARE, np.array([0.5]), padding=1)
    trace = layer.explain(NINE, (0, 0, 1))
    assert trace.steps == (
        Step("multiply", (Read("input", (0, -1, 0), 0.0, padded=True), Read("weight", (0, 0, 0, 0), 1.0)), 0.0),
        Step("multiply", (Read("input", (0, -1, 1), 0.0, padded=True), Read("weight", (0, 0, 0, 1), 2.0)), 0.0),
        Step("multiply", (Read("input", (0, 0, 0), 1.0), Read("weight", (0, 0, 1, 0), 3.0)), 3.0),
        Step("multiply", (Read("input", (0, 0, 1), 2.0), Read("weight", (0, 0, 1, 1), 4.0)), 8.0),
        Step("add", (Read("bias", (0,), 0.5),), 0.5),
    )
    assert trace.value == 11.5


def test_a_kernel_of_the_second_group_reads_the_channels_of_its_group() -> None:
    layer = Conv(normal((4, 2, 1, 1), 1), np.zeros(4), groups=2)
    steps = layer.explain(normal((1, 4, 1, 1), 2), (2, 0, 0)).steps
    assert [step.reads[0].at for step in steps[:-1]] == [(2, 0, 0), (3, 0, 0)]


@fast_and_loops
def test_a_kernel_larger_than_the_picture_does_not_fit(way: Way) -> None:
    layer = Conv(np.ones((1, 1, 4, 4)), np.zeros(1), stride=2)
    with pytest.raises(ValueError, match="3"):  # int((3 - 4) / 2) + 1 would be 1, where nothing fits
        way.forward(layer, NINE)


@pytest.mark.parametrize(
    ("weight", "bias", "options"),
    [
        ((2, 3, 3), (2,), {}),
        ((2, 3, 0, 3), (2,), {}),
        ((2, 3, 3, 3), (3,), {}),
        ((2, 3, 3, 3), (2, 1), {}),
        ((2, 3, 3, 3), (2,), {"groups": 0}),
        ((3, 1, 3, 3), (3,), {"groups": 2}),
        ((2, 3, 3, 3), (2,), {"stride": 0}),
        ((2, 3, 3, 3), (2,), {"stride": (1, 2, 3)}),
        ((2, 3, 3, 3), (2,), {"stride": 1.5}),
        ((2, 3, 3, 3), (2,), {"dilation": (1, 0)}),
        ((2, 3, 3, 3), (2,), {"padding": -1}),
        ((2, 3, 3, 3), (2,), {"padding": ((1, 1), (1, -1))}),
        ((2, 3, 3, 3), (2,), {"padding": ((1, 1), (1, 1), (1, 1))}),
    ],
)
def test_what_makes_no_convolution_is_refused(
    weight: tuple[int, ...], bias: tuple[int, ...], options: dict[str, Any]
) -> None:
    with pytest.raises(ShapeError):
        Conv(np.ones(weight), np.ones(bias), **options)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("shape", "weight", "options"),
    [
        ((1, 3, 90, 80), (2, 3, 3, 3), {"padding": 1}),  # one picture in bands of rows, the last one shorter
        ((1, 2, 60, 70), (4, 2, 3, 3), {"padding": 1}),
        ((1, 3, 150, 140), (2, 3, 3, 3), {"stride": 2}),
        ((1, 4, 120, 60), (2, 2, 5, 3), {"dilation": 2, "groups": 2, "padding": ((3, 0), (0, 5))}),
        ((9, 3, 26, 28), (2, 3, 3, 3), {}),  # a batch, a few pictures at a time
        ((9, 1, 26, 28), (3, 1, 3, 3), {}),
        ((5, 3, 40, 40), (2, 3, 4, 4), {"stride": (2, 1), "padding": (1, 2)}),
    ],
)
def test_work_cut_in_pieces_gives_the_same(
    shape: tuple[int, ...], weight: tuple[int, ...], options: dict[str, Any], dtype: type, monkeypatch: Any
) -> None:
    monkeypatch.setattr(columns, "COLUMN_BYTES", 10_000)
    loops = CASES["conv"]
    layer = Conv(normal(weight, 1, dtype), normal(weight[:1], 2, dtype), **options)
    x = normal(shape, 3, dtype)
    out = layer.forward(x)
    assert len(x) * out[0, 0].nbytes > columns.COLUMN_BYTES  # with but one number for each window
    dy = normal(out.shape, 4, dtype)
    found = layer.backward(x, dy)
    # The loops add thousands of numbers one by one: in float64, or they would be the less exact of the two.
    x, dy = x.astype(np.float64), dy.astype(np.float64)
    assert_equal_by_terms(out, loops.forward(layer, x), loops.forward(positive(layer), np.abs(x)))
    expected, sizes = loops.backward(layer, x, dy), gradient_sizes(loops, layer, x, dy)
    assert_equal_by_terms(found.x, expected.x, sizes.x)
    for name, value in found.params.items():
        assert_equal_by_terms(value, expected.params[name], sizes.params[name])


def test_memory_beyond_the_output_stays_within_two_mebibytes() -> None:
    layer = Conv(normal((10, 10, 3, 3), 1, np.float32), normal((10,), 2, np.float32))
    x = normal((32, 10, 62, 62), 3, np.float32)
    beyond = []

    def measure() -> None:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        out = layer.forward(x)
        beyond.append(tracemalloc.get_traced_memory()[1] - before - out.nbytes)
        tracemalloc.stop()

    thread = threading.Thread(target=measure)  # a new thread has no scratch memory yet, so that it is counted
    thread.start()
    thread.join()
    assert 0 < beyond[0] <= 2 * 2**20
