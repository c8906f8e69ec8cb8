"""Layers never change, change nothing, and remember nothing: any number of threads may share one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, ReLU, ShapeError
from cnn_core.layer import Array
from tests.cnn_core.cases import CASES, DTYPES, Case, law, normal, pictures, seeds

cases = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
dtypes = pytest.mark.parametrize("dtype", DTYPES)


UNFIT = (np.int64, np.bool_, np.float16, np.longdouble, np.complex128)


def read_only(array: Array) -> Array:
    array.flags.writeable = False
    return array


def answers(layer: Layer, x: Array, dy: Array) -> list[Array]:
    """Everything a layer gives: the output, and the gradients of the input and of each parameter."""
    gradients = layer.backward(x, dy)
    return [layer.forward(x), gradients.x, *(gradients.params[name] for name in sorted(gradients.params))]


@cases
@dtypes
@law
@given(data=st.data())
def test_nothing_is_written_in_place(case: Case, dtype: type, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, dtype))
    dy = read_only(normal((len(x), *layer.output_shape(shape)), data.draw(seeds), dtype))
    before = x.copy(), dy.copy(), {name: value.copy() for name, value in layer.params.items()}
    writeable = x.copy(), dy.copy()
    answers(layer, x, dy)
    answers(layer, *writeable)
    layer.explain(writeable[0], (0, 0, 0))
    for now in ((x, dy), writeable):
        np.testing.assert_array_equal(now[0], before[0])
        np.testing.assert_array_equal(now[1], before[1])
    for name, value in layer.params.items():
        assert not value.flags.writeable
        np.testing.assert_array_equal(value, before[2][name])


@cases
@dtypes
@law
@given(data=st.data())
def test_answers_are_fresh_arrays(case: Case, dtype: type, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x, other = (normal((2, *shape), data.draw(seeds), dtype) for _ in range(2))
    dy = normal((2, *layer.output_shape(shape)), data.draw(seeds), dtype)
    first = answers(layer, x, dy)
    kept = [answer.copy() for answer in first]
    second = answers(layer, other, dy)
    for answer, copy in zip(first, kept, strict=True):
        np.testing.assert_array_equal(answer, copy)
        assert answer.flags.writeable
    for one, two in combinations([*first, *second, x, other, dy, *layer.params.values()], 2):
        assert not np.shares_memory(one, two)


@cases
@law
@given(data=st.data())
def test_how_an_array_lies_in_memory_does_not_matter(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, np.float64))
    dy = normal((len(x), *layer.output_shape(shape)), data.draw(seeds))
    plain = answers(layer, x, dy)
    every_second = np.repeat(np.repeat(x, 2, axis=3), 2, axis=0)[::2, :, :, ::2]
    turned = np.ascontiguousarray(dy.transpose(3, 1, 0, 2)).transpose(2, 1, 3, 0)
    for lying in ((np.asfortranarray(x), turned), (every_second, np.flip(np.flip(dy, 2).copy(), 2))):
        for found, expected in zip(answers(layer, *lying), plain, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@cases
@law
@given(data=st.data())
def test_pictures_of_a_batch_do_not_meet(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, np.float64))
    dy = normal((len(x), *layer.output_shape(shape)), data.draw(seeds))
    together = answers(layer, x, dy)
    alone = [answers(layer, x[n : n + 1], dy[n : n + 1]) for n in range(len(x))]
    for index, found in enumerate(together):
        parts = [answer[index] for answer in alone]
        expected = np.concatenate(parts) if index < 2 else np.sum(parts, axis=0)  # parameters collect from all pictures
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


@cases
@law
@given(data=st.data())
def test_with_params_changes_the_numbers_and_nothing_else(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, np.float64))
    again = layer.with_params(layer.params)
    assert type(again) is type(layer)
    np.testing.assert_array_equal(again.forward(x), layer.forward(x))
    doubled = layer.with_params({name: 2 * value for name, value in layer.params.items()})
    np.testing.assert_array_equal(doubled.forward(x), (2 if layer.params else 1) * layer.forward(x))
    with pytest.raises(ShapeError):
        layer.with_params({**layer.params, "slope": np.zeros(1)})
    for name, value in layer.params.items():
        with pytest.raises(ShapeError):
            layer.with_params({other: array for other, array in layer.params.items() if other != name})
        with pytest.raises(ShapeError):
            layer.with_params({**layer.params, name: value[..., None]})


def test_a_layer_keeps_its_own_copy_of_its_parameters() -> None:
    weight, bias = np.ones((1, 1, 1, 1)), np.zeros(1)
    layer, dense = Conv(weight, bias), Dense(weight[0, 0], bias)
    weight[...], bias[...] = 5, 7
    x = np.ones((1, 1, 1, 1))
    assert layer.forward(x).item() == 1
    assert dense.forward(x).item() == 1
    with pytest.raises(ValueError, match="read-only"):
        layer.params["weight"][...] = 2


@cases
@law
@given(data=st.data())
def test_what_does_not_fit_is_refused(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, np.float64))
    out = layer.output_shape(shape)
    dy = np.zeros((len(x), *out))
    one_more = np.zeros((len(x) + 1, *out)), np.zeros((len(x), out[0], out[1] + 1, out[2]))
    for wrong in (dy[0], dy[..., None], *one_more):
        with pytest.raises(ShapeError) as caught:
            layer.backward(x, wrong)
        assert caught.value.got == wrong.shape
        assert str(dy.shape) in str(caught.value)
    with pytest.raises(ShapeError, match="an array"):
        layer.backward(x, dy.tolist())
    for picture in (x[0], x[..., None], x[:0], x[:, :0], x.tolist(), None, *(x.astype(kind) for kind in UNFIT)):
        for ask in (
            layer.forward,
            lambda wrong: layer.backward(wrong, dy),
            lambda wrong: layer.explain(wrong, (0, 0, 0)),
        ):
            with pytest.raises(ShapeError):
                ask(picture)
    outside = [(out[0], 0, 0), (0, out[1], 0), (0, 0, out[2]), (-1, 0, 0), (0, -1, 0), (0, 0, -1)]
    no_cells: list[Any] = [(0.0, 0, 0), (0, 0)]
    for cell in outside + no_cells:
        with pytest.raises(ShapeError) as caught:
            layer.explain(x, cell)
        assert caught.value.got == cell


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Conv(np.ones((4, 2, 3, 3)), np.zeros(4)), (3, 8, 8)),
        (Conv(np.ones((4, 2, 3, 3)), np.zeros(4), groups=2), (2, 8, 8)),
        (Conv(np.ones((1, 1, 3, 3)), np.zeros(1)), (1, 2, 8)),
        (Conv(np.ones((1, 1, 1, 3)), np.zeros(1), dilation=4), (1, 8, 8)),
        (MaxPool(3), (1, 2, 3)),
        (AveragePool((2, 4), padding=((0, 0), (1, 0))), (1, 2, 2)),
        (Dense(np.ones((2, 12)), np.zeros(2)), (1, 3, 5)),
    ],
)
def test_shapes_that_do_not_fit_say_so_before_anything_is_computed(layer: Layer, shape: tuple[int, int, int]) -> None:
    x = np.zeros((1, *shape))
    for ask in (lambda: layer.output_shape(shape), lambda: layer.forward(x), lambda: layer.explain(x, (0, 0, 0))):
        with pytest.raises(ShapeError) as caught:
            ask()
        problem = caught.value
        assert isinstance(problem, ValueError)
        assert type(layer).__name__ in problem.where
        assert str(problem) == f"{problem.where}: expected {problem.expected}, got {problem.got}"


@pytest.mark.parametrize("shape", [(), (1,), (4, 4), (1, 1, 4, 4), (1, 0, 4), (1, 4.0, 4), (-1, -4, 4)])
@pytest.mark.parametrize("layer", [MaxPool(2), AveragePool(2), ReLU(), Dense(np.ones((1, 16)), np.zeros(1))])
def test_a_shape_is_three_sizes(layer: Layer, shape: Any) -> None:
    with pytest.raises(ShapeError, match=r"\(C, H, W\)"):
        layer.output_shape(shape)


@pytest.fixture
def eager_switching() -> Iterator[None]:
    """Let threads interrupt each other as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


SHARED = [
    Conv(normal((6, 3, 3, 3), 1), normal((6,), 2), padding=1),
    Conv(normal((2, 3, 3, 3), 1), normal((2,), 2), padding=1),
    Conv(normal((6, 3, 3, 3), 1), normal((6,), 2), stride=2, dilation=2),
    MaxPool(3, stride=2, padding=1),
    AveragePool(3, stride=2, padding=1),
    ReLU(),
    Dense(normal((7, 3 * 16 * 16), 1), normal((7,), 2)),
]


@pytest.mark.usefixtures("eager_switching")
@pytest.mark.parametrize("layer", SHARED, ids=lambda layer: type(layer).__name__)
def test_threads_may_share_a_layer(layer: Layer) -> None:
    inputs = [normal((n % 3 + 1, 3, 16, 16), n, DTYPES[n % 2]) for n in range(12)]
    errors = [normal(layer.forward(x).shape, n, x.dtype) for n, x in enumerate(inputs)]
    alone = [answers(layer, x, dy) for x, dy in zip(inputs, errors, strict=True)]
    turns = [n % len(inputs) for n in range(240)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda n: answers(layer, inputs[n], errors[n]), turns))
    for n, found in zip(turns, together, strict=True):
        for one, other in zip(found, alone[n], strict=True):
            np.testing.assert_array_equal(one, other)
