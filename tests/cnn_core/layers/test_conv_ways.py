"""Each way to compute a convolution, on several pictures at once, against the plain loops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnn_core import Conv
from cnn_core.layers.conv_ways import ConvWay, backward_way
from tests.cnn_core.cases import CASES, DTYPES, assert_equal_by_terms, gradient_sizes, normal, positive


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("shape", "weight", "options", "forward", "backward"),
    [
        ((3, 4, 5, 6), (3, 4, 1, 1), {}, "pixels", "pixels"),
        ((3, 4, 5, 6), (2, 2, 1, 1), {"groups": 2}, "pixels", "pixels"),
        ((3, 4, 5, 6), (3, 4, 1, 1), {"padding": 1}, "columns", "rows"),
        ((3, 4, 5, 6), (3, 4, 1, 1), {"stride": 2}, "columns", "columns"),
        ((3, 4, 5, 6), (2, 4, 3, 2), {}, "rows", "rows"),
        ((3, 4, 5, 6), (4, 2, 3, 2), {"groups": 2, "padding": 1, "dilation": (1, 2)}, "rows", "rows"),
        ((3, 2, 5, 6), (5, 2, 3, 2), {"padding": ((1, 0), (0, 2))}, "columns", "rows"),
        ((3, 2, 5, 6), (2, 2, 1, 3), {}, "columns", "rows"),
        ((3, 4, 7, 6), (2, 4, 3, 3), {"stride": (2, 1)}, "columns", "columns"),
        ((3, 4, 7, 6), (4, 2, 3, 3), {"stride": 2, "groups": 2, "padding": 1}, "columns", "columns"),
    ],
)
def test_every_way_does_what_the_loops_do(
    shape: tuple[int, ...],
    weight: tuple[int, ...],
    options: dict[str, Any],
    forward: ConvWay,
    backward: ConvWay,
    dtype: type,
) -> None:
    layer, loops = Conv(normal(weight, 1, dtype), normal(weight[:1], 2, dtype), **options), CASES["conv"]
    assert (layer.way, backward_way(layer.windows)) == (forward, backward)
    x = normal(shape, 3, dtype)
    out = layer.forward(x)
    assert_equal_by_terms(out, loops.forward(layer, x), loops.forward(positive(layer), np.abs(x)))
    dy = normal(out.shape, 4, dtype)
    found, expected, sizes = layer.backward(x, dy), loops.backward(layer, x, dy), gradient_sizes(loops, layer, x, dy)
    assert_equal_by_terms(found.x, expected.x, sizes.x)
    for name, value in found.params.items():
        assert_equal_by_terms(value, expected.params[name], sizes.params[name])
