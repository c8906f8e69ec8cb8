"""The formulas of the filter explorer give the numbers of the filter, turned kernels too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.filters.formulas import formula
from cnn_core import AveragePool, MaxPool, ReLU
from cnn_core.filters.filter import Filter
from tests.app.explain.latex import read

X = np.random.default_rng(1).normal(size=(2, 9, 11))
KERNEL = np.random.default_rng(2).normal(size=(1, 3, 4))


def pixel(c: int, row: int, column: int) -> float:
    inside = 0 <= row < X.shape[1] and 0 <= column < X.shape[2]
    return float(X[c, row, column]) if inside else 0.0


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize(
    "more",
    [{}, {"stride": 2}, {"dilation": 2}, {"border": "zero", "padding": 2}, {"border": "none", "stride": 3}],
    ids=str,
)
def test_a_filter_is_what_its_formula_says(more: dict[str, object], flip: bool) -> None:
    made = Filter(KERNEL, flip=flip, **more)  # type: ignore[arg-type]
    result, found = made.apply(X), read(formula(made))
    kernel: dict[str, Callable[..., float]] = {"x": pixel, "k": lambda a, b: float(KERNEL[0, a, b])}
    for at in np.ndindex(result.shape):
        value = found(at, kernel, {"a": range(3), "b": range(4)})
        assert value == pytest.approx(float(result[at]), abs=1e-9)


def test_stages_that_are_layers_have_the_formulas_of_their_layers() -> None:
    assert formula(ReLU()) == r"y_{c,i,j} = \max(0,\; x_{c,i,j})"
    assert formula(MaxPool(2)).startswith(r"y_{c,i,j} = \max_{a,b}")
    assert r"\frac{1}{n}" in formula(AveragePool(2))
