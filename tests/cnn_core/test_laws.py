"""What every kind of layer keeps, whatever its size, stride or padding: tried on drawn layers and pictures."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import KINDS, Read, ShapeError, Step, Trace
from cnn_core.layer import Array, Layer
from tests.cnn_core.cases import (
    CASES,
    DTYPES,
    TOLERANCE,
    Case,
    assert_equal_by_terms,
    gradient_sizes,
    law,
    normal,
    pictures,
    positive,
    seeds,
    smooth_pictures,
)

cases = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
dtypes = pytest.mark.parametrize("dtype", DTYPES)


def test_every_kind_is_held_to_the_laws() -> None:
    assert set(CASES) == set(KINDS)


@pytest.mark.parametrize("name", CASES)
@law
@given(data=st.data())
def test_what_is_drawn_is_of_its_kind(name: str, data: st.DataObject) -> None:
    layer, _ = data.draw(CASES[name].drawn)
    assert type(layer) is KINDS[name]


@cases
@dtypes
@law
@given(data=st.data())
def test_fast_forward_agrees_with_the_loops(case: Case, dtype: type, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, dtype))
    assert_equal_by_terms(layer.forward(x), case.forward(layer, x), case.forward(positive(layer), np.abs(x)))


@cases
@dtypes
@law
@given(data=st.data())
def test_fast_backward_agrees_with_the_loops(case: Case, dtype: type, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, dtype))
    dy = normal((len(x), *layer.output_shape(shape)), data.draw(seeds), dtype)
    found, expected, sizes = layer.backward(x, dy), case.backward(layer, x, dy), gradient_sizes(case, layer, x, dy)
    assert_equal_by_terms(found.x, expected.x, sizes.x)
    assert set(found.params) == set(layer.params)
    for name, value in found.params.items():
        assert_equal_by_terms(value, expected.params[name], sizes.params[name])


@cases
@law
@given(data=st.data())
def test_backward_agrees_with_finite_differences(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    layer = layer.with_params({name: value.astype(np.float64) for name, value in layer.params.items()})
    x = data.draw(smooth_pictures(shape))
    dy = normal((len(x), *layer.output_shape(shape)), data.draw(seeds))
    found = layer.backward(x, dy)
    assert_slope(found.x, x, layer.forward, dy)
    for name, value in layer.params.items():
        assert_slope(found.params[name], value, partial(forward_with, layer, x, name), dy)


def forward_with(layer: Layer, x: Array, name: str, value: Array) -> Array:
    """The output of the layer with one of its parameters changed."""
    return layer.with_params({**layer.params, name: value}).forward(x)


def assert_slope(gradient: Array, at: Array, forward: Callable[[Array], Array], dy: Array, h: float = 1e-5) -> None:
    """Move every number a little up and down, and see how the sum of dy times the output follows."""
    moved = at.copy()
    for place in np.ndindex(at.shape):
        moved[place] = at[place] + h
        up = np.sum(forward(moved) * dy)
        moved[place] = at[place] - h
        down = np.sum(forward(moved) * dy)
        moved[place] = at[place]
        assert gradient[place] == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-6), place


def absolute(trace: Trace) -> float:
    """The sum of the absolute terms of a trace; the terms of a mean are its reads over their number."""
    return math.fsum(
        math.fsum(abs(read.value) for read in step.reads) / len(step.reads) if step.op == "mean" else abs(step.value)
        for step in trace.steps
    )


@cases
@dtypes
@law
@given(data=st.data())
def test_every_cell_is_explained_by_steps_that_add_up_to_it(case: Case, dtype: type, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, dtype))
    out = layer.forward(x)
    for c, i, j in np.ndindex(out.shape[1:]):
        trace = layer.explain(x, (c, i, j))
        allowed = TOLERANCE[out.dtype] * absolute(trace)
        assert trace.cell == (c, i, j)
        assert type(trace.value) is float
        assert trace.value == pytest.approx(float(out[0, c, i, j]), rel=0, abs=allowed)
        assert math.fsum(step.value for step in trace.steps) == pytest.approx(trace.value, rel=0, abs=allowed)


def redone(step: Step) -> float:
    """What a step must give, worked out from what it read."""
    numbers = [read.value for read in step.reads]
    if step.op == "multiply":
        first, second = numbers
        return first * second
    if step.op in ("add", "gate"):
        (only,) = numbers
        return only if step.op == "add" else max(0.0, only)
    assert step.op in ("max", "mean")
    return max(numbers) if step.op == "max" else math.fsum(numbers) / len(numbers)


def assert_true(read: Read, arrays: dict[str, Array]) -> None:
    """What was read stands there; what was padded stands nowhere, and is zero."""
    array = arrays[read.array]
    inside = len(read.at) == array.ndim and all(0 <= at < side for at, side in zip(read.at, array.shape, strict=True))
    assert inside is not read.padded
    assert read.value == (array[read.at] if inside else 0.0)
    assert all(type(at) is int for at in read.at)
    assert type(read.value) is float


@cases
@dtypes
@law
@given(data=st.data())
def test_every_step_names_what_it_read_and_follows_from_it(case: Case, dtype: type, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, dtype))
    arrays = {"input": x[0], **layer.params}
    for cell in np.ndindex(layer.output_shape(shape)):
        for step in layer.explain(x, cell).steps:
            for read in step.reads:
                assert_true(read, arrays)
            assert step.value == pytest.approx(redone(step), rel=1e-12, abs=0)


@cases
@law
@given(data=st.data())
def test_a_cell_hands_its_gradient_only_to_what_it_read(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, np.float64))
    out = layer.output_shape(shape)
    cell = data.draw(st.tuples(*(st.integers(0, side - 1) for side in out)))
    dy = np.zeros((len(x), *out))
    dy[(0, *cell)] = 1
    reads = [read for step in layer.explain(x, cell).steps for read in step.reads]
    places = {read.at for read in reads if read.array == "input" and not read.padded}
    reached = {tuple(at) for at in np.argwhere(layer.backward(x, dy).x[0]).tolist()}
    chosen = any(step.op in ("max", "gate") for step in layer.explain(x, cell).steps)
    assert reached <= places if chosen else reached == places  # no weight of a drawn layer is zero


@cases
@dtypes
@law
@given(data=st.data())
def test_output_shape_and_dtype_are_what_forward_gives(case: Case, dtype: type, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, dtype))
    out = layer.forward(x)
    assert out.shape == (len(x), *layer.output_shape(shape))
    assert out.dtype == x.dtype
    gradients = layer.backward(x, normal(out.shape, data.draw(seeds)))
    assert gradients.x.shape == x.shape
    assert {name: value.shape for name, value in gradients.params.items()} == {
        name: value.shape for name, value in layer.params.items()
    }
    assert {array.dtype for array in (gradients.x, *gradients.params.values())} == {x.dtype}


def first_gradients(case: Case, data: st.DataObject, dtype: type) -> tuple[Layer, Array, Array, dict[str, Array]]:
    """A drawn layer with one picture of few cells and a gradient; what `backward` says of its input and parameters."""
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, dtype, most=1))
    dy = normal((1, *layer.output_shape(shape)), data.draw(seeds), dtype)
    found = layer.backward(x, dy)
    return layer, x, dy, {"input": found.x[0], **found.params}


@cases
@dtypes
@law
@given(data=st.data())
def test_every_gradient_is_explained_by_steps_that_add_up_to_it(
    case: Case, dtype: type, data: st.DataObject
) -> None:
    layer, x, dy, gradients = first_gradients(case, data, dtype)
    assert set(gradients) == {"input", *layer.params}
    for of, gradient in gradients.items():
        for at in np.ndindex(gradient.shape):
            trace = layer.explain_gradient(x, dy, of, at)  # type: ignore[arg-type]
            allowed = TOLERANCE[np.dtype(dtype)] * absolute(trace)
            assert trace.cell == at
            assert type(trace.value) is float
            assert trace.value == pytest.approx(float(gradient[at]), rel=0, abs=allowed)
            assert math.fsum(step.value for step in trace.steps) == pytest.approx(trace.value, rel=0, abs=allowed)


def redone_gradient(step: Step, at: tuple[int, ...]) -> float:
    """What a step of a gradient must give, worked out from what it read."""
    first, last = step.reads[0], step.reads[-1]
    if step.op == "multiply":
        return first.value * last.value
    if step.op == "add":
        (only,) = step.reads
        return only.value
    if step.op == "route":
        return last.value if first.at == at else 0.0
    if step.op == "pass":
        return last.value if first.value > 0 else 0.0
    assert step.op == "share"
    return first.value / last.value


@cases
@dtypes
@law
@given(data=st.data())
def test_every_term_of_a_gradient_names_what_it_read_and_follows_from_it(
    case: Case, dtype: type, data: st.DataObject
) -> None:
    layer, x, dy, gradients = first_gradients(case, data, dtype)
    arrays = {"input": x[0], "output_gradient": dy[0], **layer.params}
    for of, gradient in gradients.items():
        at = data.draw(st.tuples(*(st.integers(0, side - 1) for side in gradient.shape)))
        windows = []
        for step in layer.explain_gradient(x, dy, of, at).steps:  # type: ignore[arg-type]
            for read in step.reads:
                if read.array != "count":
                    assert_true(read, arrays)
                if read.array == "output_gradient":
                    windows.append(read.at)
            assert step.value == pytest.approx(redone_gradient(step, at), rel=1e-12, abs=0)
        assert windows == sorted(set(windows)), "each window once, in the order of the loops"


@cases
@law
@given(data=st.data())
def test_a_gradient_of_what_is_not_there_is_refused(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x, dy = np.ones((1, *shape)), np.ones((1, *layer.output_shape(shape)))
    with pytest.raises(ShapeError, match="gradient: expected of input"):
        layer.explain_gradient(x, dy, "kernel", (0, 0, 0))  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="inside"):
        layer.explain_gradient(x, dy, "input", shape)
    with pytest.raises(ShapeError, match="output gradient"):
        layer.explain_gradient(x, dy[..., :0], "input", (0, 0, 0))
    if not layer.params:
        with pytest.raises(ShapeError, match="expected of input, got weight"):
            layer.explain_gradient(x, dy, "weight", (0, 0, 0, 0))


@cases
@law
@given(data=st.data())
def test_what_does_not_fit_is_refused_in_the_name_of_the_kind(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    out = layer.output_shape(shape)
    wrong: tuple[Callable[[], object], ...] = (
        lambda: layer.output_shape((0, *shape[1:])),
        lambda: layer.forward(np.ones(shape)),
        lambda: layer.backward(np.ones((1, *shape)), np.ones((2, *out))),
        lambda: layer.explain(np.ones((1, *shape)), out),
    )
    for ask in wrong:
        with pytest.raises(ShapeError) as caught:
            ask()
        assert caught.value.where.split()[0] == type(layer).__name__
