"""The textbook loops where they leave the course's text: rounding, and the sizes they take."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_core import loops
from cnn_core.loops.sizes import new_length, pair, sides


@pytest.mark.parametrize(
    ("length", "around", "reach", "stride", "floor", "ceil"),
    [
        (5, (0, 0), 3, 1, 3, 3),
        (5, (1, 1), 3, 2, 3, 3),
        (6, (0, 0), 3, 2, 2, 3),
        (6, (0, 1), 3, 3, 2, 2),  # a third window would start in the padding after the picture
        (6, (1, 0), 3, 3, 2, 3),
    ],
)
def test_windows_along_a_side(
    length: int, around: tuple[int, int], reach: int, stride: int, floor: int, ceil: int
) -> None:
    assert new_length(length, around, reach, stride) == floor
    assert new_length(length, around, reach, stride, ceil=True) == ceil


def test_where_nothing_fits_the_loops_say_so_and_do_not_cut_towards_zero() -> None:
    assert int((3 - 4) / 2) + 1 == 1  # what the course's line gives
    with pytest.raises(ValueError, match="expected a window of at most 3 along this side, padding included, got 4"):
        new_length(3, (0, 0), 4, 2)


def test_sizes_and_paddings_are_written_out() -> None:
    assert pair(2) == (2, 2)
    assert pair((2, 3)) == (2, 3)
    assert sides(1) == ((1, 1), (1, 1))
    assert sides((1, 2)) == ((1, 1), (2, 2))
    assert sides(((1, 2), (3, 4))) == ((1, 2), (3, 4))


def test_every_operation_of_the_course_is_there_both_ways() -> None:
    ways = {"forward", "backward"}
    both_ways = {f"{name}_{way}" for name in ("conv", "max_pool", "average_pool", "relu", "dense") for way in ways}
    assert set(loops.__all__) == both_ways | {"softmax", "cross_entropy"}


def test_padding_is_cut_off_the_gradient() -> None:
    x, weight = np.ones((1, 1, 2, 2)), np.ones((1, 1, 3, 3))
    dx, _, _ = loops.conv_backward(x, weight, np.ones((1, 1, 2, 2)), padding=1)
    np.testing.assert_array_equal(dx, np.full((1, 1, 2, 2), 4))
