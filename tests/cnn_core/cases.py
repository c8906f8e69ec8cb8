"""What the laws are tried on: for every kind of layer a way to draw one, a picture that fits it, and its plain loops.

A new kind of layer needs one line in CASES; then all laws hold it to account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from cnn_core import loops
from cnn_core.layer import NO_PARAMS, Array, Gradients, Layer, Shape
from cnn_core.layers import AveragePool, Conv, Dense, MaxPool, ReLU

Drawn = st.SearchStrategy[tuple[Layer, Shape]]

law = settings(
    max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TOLERANCE = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-12}
DTYPES = [np.float32, np.float64]


@dataclass(frozen=True)
class Case:
    """How one kind of layer is drawn, with the shape (C, H, W) of a picture for it, and the loops that do the same."""

    drawn: Drawn
    forward: Callable[[Any, Array], Array]
    backward: Callable[[Any, Array, Array], Gradients]


def sizes(least: int, most: int) -> st.SearchStrategy[int | tuple[int, int]]:
    """One number for both directions, or a pair."""
    number = st.integers(least, most)
    return number | st.tuples(number, number)


@st.composite
def paddings(draw: st.DrawFn, most: tuple[int, int]) -> Any:
    """A padding in each of its three forms, at most (vertical, horizontal)."""
    high, wide = st.integers(0, most[0]), st.integers(0, most[1])
    forms = (st.integers(0, min(most)), st.tuples(high, wide), st.tuples(st.tuples(high, high), st.tuples(wide, wide)))
    return draw(st.one_of(*forms))


def both(size: int | tuple[int, int]) -> tuple[int, int]:
    """A size as (vertical, horizontal)."""
    return (size, size) if isinstance(size, int) else size


def total_padding(padding: Any) -> tuple[int, int]:
    """Rows above and below together, columns left and right together."""
    high, wide = (padding, padding) if isinstance(padding, int) else padding
    return (2 * high if isinstance(high, int) else sum(high), 2 * wide if isinstance(wide, int) else sum(wide))


def normal(shape: tuple[int, ...], seed: int, dtype: Any = np.float64) -> Array:
    """Numbers of both signs around zero."""
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


seeds = st.integers(0, 2**32 - 1)
dtypes = st.sampled_from(DTYPES)


@st.composite
def pictures(draw: st.DrawFn, shape: Shape, dtype: Any, most: int = 3) -> Array:
    """A read-only batch (N, C, H, W): random numbers, or small whole ones, among which many are equal or zero."""
    x = normal((draw(st.integers(1, most)), *shape), draw(seeds), dtype)
    if draw(st.booleans()):
        x = np.rint(x).astype(dtype)
    x.flags.writeable = False
    return x


@st.composite
def smooth_pictures(draw: st.DrawFn, shape: Shape) -> Array:
    """A batch (N, C, H, W) in float64 whose numbers all lie at least 0.1 apart and 0.05 from zero: no kink is near."""
    size = draw(st.integers(1, 2)), *shape
    count = int(np.prod(size))
    order = np.random.default_rng(draw(seeds)).permutation(count)
    x = ((order - count // 2 + 0.5) / 10).reshape(size)
    x.flags.writeable = False
    return x


def picture_sides(draw: st.DrawFn, least: tuple[int, int]) -> tuple[int, int]:
    """The height and width of a picture, from the smallest that fits."""
    smallest = [max(1, side) for side in least]
    return draw(st.integers(smallest[0], smallest[0] + 5)), draw(st.integers(smallest[1], smallest[1] + 5))


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Layer, Shape]:
    """Every option of a convolution, padding wider than the kernel and windows that leave pixels out included."""
    groups, depth, each = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(1, 2))
    kernel = draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    stride, dilation, padding = draw(sizes(1, 3)), draw(sizes(1, 3)), draw(paddings((4, 4)))
    seed, dtype = draw(seeds), draw(dtypes)
    weight, bias = normal((groups * each, depth, *kernel), seed, dtype), normal((groups * each,), seed + 1, dtype)
    reach = [(kernel[axis] - 1) * both(dilation)[axis] + 1 - total_padding(padding)[axis] for axis in (0, 1)]
    height, width = picture_sides(draw, (reach[0], reach[1]))
    return Conv(weight, bias, stride, padding, dilation, groups), (groups * depth, height, width)


@st.composite
def poolings(draw: st.DrawFn, make: Callable[..., Layer]) -> tuple[Layer, Shape]:
    """Side by side, overlapping or with gaps; padded; with a last window that overhangs."""
    size, stride, ceil = draw(sizes(1, 4)), draw(st.none() | sizes(1, 4)), draw(st.booleans())
    high, wide = both(size)
    padding = draw(paddings((high - 1, wide - 1)))
    step = both(size if stride is None else stride) if ceil else (1, 1)
    around = total_padding(padding)
    sides = picture_sides(draw, (high - around[0] - step[0] + 1, wide - around[1] - step[1] + 1))
    return make(size, stride, padding, ceil), (draw(st.integers(1, 3)), *sides)


shapes = st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 6))


@st.composite
def dense_layers(draw: st.DrawFn) -> tuple[Layer, Shape]:
    """From a picture of any shape to one to five outputs."""
    shape, out, seed, dtype = draw(shapes), draw(st.integers(1, 5)), draw(seeds), draw(dtypes)
    return Dense(normal((out, int(np.prod(shape))), seed, dtype), normal((out,), seed + 1, dtype)), shape


def _cast(layer: Conv | Dense, x: Array) -> tuple[Array, Array]:
    return layer.weight.astype(x.dtype), layer.bias.astype(x.dtype)


def _conv_options(layer: Conv) -> tuple[Any, ...]:
    return layer.stride, layer.padding, layer.dilation, layer.groups


def _conv_backward(layer: Conv, x: Array, dy: Array) -> Gradients:
    dx, weight, bias = loops.conv_backward(x, _cast(layer, x)[0], dy, *_conv_options(layer))
    return Gradients(dx, {"weight": weight, "bias": bias})


def _pool_options(layer: MaxPool | AveragePool) -> tuple[Any, ...]:
    common = layer.size, layer.stride, layer.padding, layer.ceil
    return (*common, layer.count_padding) if isinstance(layer, AveragePool) else common


def _dense_backward(layer: Dense, x: Array, dy: Array) -> Gradients:
    dx, weight, bias = loops.dense_backward(x, _cast(layer, x)[0], dy)
    return Gradients(dx, {"weight": weight, "bias": bias})


CASES: dict[str, Case] = {
    "conv": Case(
        convolutions(),
        lambda layer, x: loops.conv_forward(x, *_cast(layer, x), *_conv_options(layer)),
        _conv_backward,
    ),
    "max-pool": Case(
        poolings(MaxPool),
        lambda layer, x: loops.max_pool_forward(x, *_pool_options(layer)),
        lambda layer, x, dy: Gradients(loops.max_pool_backward(x, dy, *_pool_options(layer)), NO_PARAMS),
    ),
    "average-pool": Case(
        poolings(AveragePool)
        | poolings(lambda size, stride, padding, ceil: AveragePool(size, stride, padding, ceil, count_padding=True)),
        lambda layer, x: loops.average_pool_forward(x, *_pool_options(layer)),
        lambda layer, x, dy: Gradients(loops.average_pool_backward(x, dy, *_pool_options(layer)), NO_PARAMS),
    ),
    "relu": Case(
        st.tuples(st.just(ReLU()), shapes),
        lambda layer, x: loops.relu_forward(x),
        lambda layer, x, dy: Gradients(loops.relu_backward(x, dy), NO_PARAMS),
    ),
    "dense": Case(
        dense_layers(),
        lambda layer, x: loops.dense_forward(x, *_cast(layer, x)),
        _dense_backward,
    ),
}


def positive(layer: Layer) -> Layer:
    """The layer with the absolute values of its parameters: it adds up the sizes of the terms."""
    return layer.with_params({name: np.abs(value) for name, value in layer.params.items()})


def gradient_sizes(case: Case, layer: Layer, x: Array, dy: Array) -> Gradients:
    """The sum of the absolute terms of every gradient; where a gate or a winner decides, x has to stay what it is."""
    return case.backward(positive(layer), np.abs(x) if layer.params else x, np.abs(dy))


def assert_equal_by_terms(found: Array, expected: Array, terms: Array) -> None:
    """Equal within the tolerance of the found dtype, times the sum of the absolute terms."""
    assert found.shape == expected.shape
    worst = np.abs(found - expected) - TOLERANCE[found.dtype] * terms
    assert worst.max(initial=0) <= 0, f"off by {np.abs(found - expected).max()}"
