"""ReLU: what is positive passes, going forwards and going back; zero counts as shut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnn_core import Read, ReLU, Step
from cnn_core.layer import Array
from tests.cnn_core.cases import CASES, DTYPES

fast_and_loops = pytest.mark.parametrize("way", [ReLU, CASES["relu"]], ids=["fast", "loops"])

X = np.array([[[[-2.0, 0.0, 3.0], [1e-30, -1e-30, -0.0]]]])


@fast_and_loops
def test_positive_values_pass_and_the_rest_become_zero(way: Any) -> None:
    np.testing.assert_array_equal(way.forward(ReLU(), X), [[[[0, 0, 3], [1e-30, 0, 0]]]])


@fast_and_loops
def test_the_gradient_passes_where_the_gate_is_open_and_zero_is_shut(way: Any) -> None:
    dy = np.array([[[[1.0, 2.0, -3.0], [4.0, 5.0, 6.0]]]])
    np.testing.assert_array_equal(way.backward(ReLU(), X, dy).x, [[[[0, 0, -3], [4, 0, 0]]]])


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_explanation_shows_what_came_to_the_gate(dtype: type) -> None:
    x: Array = X.astype(dtype)
    assert ReLU().explain(x, (0, 0, 0)).steps == (Step("gate", (Read("input", (0, 0, 0), -2.0),), 0.0),)
    assert ReLU().explain(x, (0, 0, 2)).steps == (Step("gate", (Read("input", (0, 0, 2), 3.0),), 3.0),)
