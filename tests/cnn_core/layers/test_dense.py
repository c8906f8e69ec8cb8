"""The fully connected layer: the order of flattening, and one long sum for every output."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnn_core import Dense, Read, ShapeError, Step
from tests.cnn_core.cases import CASES, normal

fast_and_loops = pytest.mark.parametrize("way", [Dense, CASES["dense"]], ids=["fast", "loops"])

# Two channels of 1 x 2: read channel by channel, row by row, so that digit k of the first output is number k.
X = np.array([[[[1.0, 2.0]], [[3.0, 4.0]]]])
LAYER = Dense(np.array([[1000.0, 100.0, 10.0, 1.0], [0.0, -1.0, 0.0, 1.0]]), np.array([0.5, 10.0]))


@fast_and_loops
def test_every_output_is_one_sum_over_the_flattened_picture(way: Any) -> None:
    out = way.forward(LAYER, X)
    assert out.shape == (1, 2, 1, 1)
    np.testing.assert_array_equal(out.ravel(), [1234.5, 12])


@fast_and_loops
def test_the_gradient_takes_the_shape_of_the_picture_again(way: Any) -> None:
    dy = np.array([2.0, 3.0]).reshape(1, 2, 1, 1)
    found = way.backward(LAYER, X, dy)
    np.testing.assert_array_equal(found.x, [[[[2000, 197]], [[20, 5]]]])
    np.testing.assert_array_equal(found.params["weight"], [[2, 4, 6, 8], [3, 6, 9, 12]])
    np.testing.assert_array_equal(found.params["bias"], [2, 3])


def test_an_explanation_says_which_pixel_met_which_weight() -> None:
    steps = LAYER.explain(X, (0, 0, 0)).steps
    assert steps[2] == Step("multiply", (Read("input", (1, 0, 0), 3.0), Read("weight", (0, 2), 10.0)), 30.0)
    assert steps[-1] == Step("add", (Read("bias", (0,), 0.5),), 0.5)
    assert len(steps) == 5


def test_a_thousand_terms_stay_exact_enough_in_float32() -> None:
    layer, x = Dense(normal((3, 2000), 1, np.float32), np.zeros(3)), normal((2, 5, 20, 20), 2, np.float32)
    sizes = np.abs(layer.weight) @ np.abs(x[0].ravel())
    for k, value in enumerate(layer.forward(x)[0].ravel()):
        assert layer.explain(x, (k, 0, 0)).value == pytest.approx(float(value), rel=0, abs=1e-5 * float(sizes[k]))


@pytest.mark.parametrize(("weight", "bias"), [((2, 3, 1), (2,)), ((6,), (1,)), ((2, 3), (3,)), ((2, 3), (2, 1))])
def test_what_makes_no_dense_layer_is_refused(weight: tuple[int, ...], bias: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError):
        Dense(np.ones(weight), np.ones(bias))


def test_a_picture_of_another_size_is_refused_with_both_numbers() -> None:
    with pytest.raises(ShapeError, match=r"expected 4 numbers, got \(2, 1, 3\), which is 6"):
        LAYER.forward(np.zeros((1, 2, 1, 3)))
