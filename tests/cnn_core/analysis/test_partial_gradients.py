"""A gradient half way: before a window, what it adds, and after it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import ReLU, ShapeError
from cnn_core.analysis.partial_gradients import so_far
from tests.cnn_core.cases import CASES, Case, law, normal, pictures, seeds

cases = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])


@cases
@law
@given(data=st.data())
def test_each_window_adds_its_share_until_the_whole_gradient_is_there(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, np.float64))
    dy = normal((len(x), *layer.output_shape(shape)), data.draw(seeds))
    whole = layer.backward(x[:1], dy[:1])
    reached = {"input": np.zeros_like(whole.x), **{name: np.zeros_like(value) for name, value in whole.params.items()}}
    for cell in np.ndindex(dy.shape[1:]):
        found = so_far(layer, x, dy, cell)
        for name, sums in reached.items():
            before, added, after = (part.x if name == "input" else part.params[name] for part in found)
            np.testing.assert_allclose(before, sums, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(after, before + added, rtol=1e-12, atol=1e-12)
            reached[name] = after
        assert np.count_nonzero(found.added.x) <= x[0].size
    np.testing.assert_allclose(reached["input"], whole.x, rtol=1e-12, atol=1e-12)
    for name, value in whole.params.items():
        np.testing.assert_allclose(reached[name], value, rtol=1e-12, atol=1e-12)


@cases
@law
@given(data=st.data())
def test_a_window_adds_what_its_terms_say(case: Case, data: st.DataObject) -> None:
    layer, shape = data.draw(case.drawn)
    x = data.draw(pictures(shape, np.float64, most=1))
    dy = normal((1, *layer.output_shape(shape)), data.draw(seeds))
    cell = data.draw(st.tuples(*(st.integers(0, side - 1) for side in dy.shape[1:])))
    added = so_far(layer, x, dy, cell).added.x[0]
    for at in np.ndindex(shape):
        steps = layer.explain_gradient(x, dy, "input", at).steps
        mine = [step.value for step in steps for read in step.reads if read == _gradient(read, cell)]
        assert added[at] == pytest.approx(sum(mine), rel=1e-12, abs=1e-12)


def _gradient(read: object, cell: tuple[int, ...]) -> object:
    """The read itself where it is the gradient of that window, else nothing."""
    return read if getattr(read, "array", "") == "output_gradient" and getattr(read, "at", ()) == cell else None


def test_a_window_that_is_not_there_is_refused() -> None:
    x = np.ones((1, 1, 2, 2))
    with pytest.raises(ShapeError, match="ReLU cell"):
        so_far(ReLU(), x, x, (0, 2, 0))
