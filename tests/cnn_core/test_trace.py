"""Where the largest value stands, and how the steps of a trace are added up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnn_core.trace import Read, Step, Trace, argmax, argmax_cell

SMALL = arrays.arrays(np.int8, arrays.array_shapes(min_dims=1, max_dims=4, max_side=4), elements=st.integers(-2, 2))


@given(SMALL)
def test_it_is_the_first_of_the_largest_in_reading_order(values: np.ndarray) -> None:
    first = next(at for at in np.ndindex(values.shape) if values[at] == values.max())
    assert argmax(values) == first
    assert argmax(values.T) == next(at for at in np.ndindex(values.T.shape) if values.T[at] == values.max())
    assert {type(index) for index in argmax(values)} == {int}


def test_a_cell_has_three_indices() -> None:
    values = np.zeros((2, 3, 4))
    values[1, 2, 0] = values[1, 2, 3] = 5
    assert argmax_cell(values) == (1, 2, 0)
    with pytest.raises(ValueError, match="unpack"):
        argmax_cell(values[0])


def test_products_are_added_up_by_channel_and_by_kernel_and_one_after_the_other() -> None:
    def product(channel: int, kernel: int, value: float) -> Step:
        return Step("multiply", (Read("input", (channel, 0, 0), value), Read("weight", (kernel, 0, 0, 0), 1.0)), value)

    steps = (product(0, 5, 1.5), product(1, 5, -2.0), product(0, 6, 0.25), Step("add", (Read("bias", (0,), 4.0),), 4.0))
    trace = Trace((0, 0, 0), steps, 3.75)
    assert trace.channel_sums() == {0: 1.75, 1: -2.0}
    assert trace.sums(1) == {5: -0.5, 6: 0.25}
    assert trace.running() == [1.5, -0.5, -0.25, 3.75]
    assert Step("mean", steps[0].reads, 1.25).total() == 2.5
