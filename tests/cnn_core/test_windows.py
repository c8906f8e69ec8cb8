"""The index arithmetic of a sliding window, held against counting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import ShapeError
from cnn_core.windows import Windows, output_size, paddings, pair
from tests.cnn_core.cases import law

small = st.integers(1, 4)
pairs = st.tuples(small, small)
around = st.tuples(st.integers(0, 3), st.integers(0, 3))


@law
@given(n=st.integers(1, 12), size=small, stride=small, padding=around, dilation=small)
def test_the_formula_counts_the_windows_that_lie_inside(
    n: int, size: int, stride: int, padding: tuple[int, int], dilation: int
) -> None:
    reach = (size - 1) * dilation + 1
    starts = range(-padding[0], n + padding[1] + 1, stride)
    inside = [start for start in starts if start + reach <= n + padding[1]]
    assert max(0, output_size(n, size, stride, padding, dilation)) == len(inside)


@law
@given(n=st.integers(1, 12), size=small, stride=small, padding=around)
def test_ceil_adds_at_most_a_window_and_only_where_it_starts_before_the_end(
    n: int, size: int, stride: int, padding: tuple[int, int]
) -> None:
    floor, ceil = (output_size(n, size, stride, padding, ceil=ceil) for ceil in (False, True))
    next_start = max(floor, 0) * stride - padding[0]
    covered = next_start - stride + size >= n + padding[1]  # by the last window, if there is one
    if floor >= 1 and padding[1] < size:
        assert ceil == floor + (next_start < n and not covered)


@pytest.mark.parametrize(
    ("n", "size", "stride", "padding", "expected"),
    [
        (28, 3, 1, (1, 1), 28),
        (28, 2, 2, (0, 0), 14),
        (224, 7, 2, (3, 3), 112),
        (5, 2, 2, (0, 0), 2),
        (3, 4, 2, (0, 0), 0),
    ],
)
def test_sizes_worked_out_by_hand(n: int, size: int, stride: int, padding: tuple[int, int], expected: int) -> None:
    assert output_size(n, size, stride, padding) == expected


def test_sizes_are_written_in_three_ways() -> None:
    assert pair(2, "stride") == (2, 2)
    assert pair((2, 3), "stride") == (2, 3)
    assert pair(np.int64(2), "stride") == (2, 2)  # type: ignore[arg-type]
    assert paddings(1, "padding") == ((1, 1), (1, 1))
    assert paddings((1, 2), "padding") == ((1, 1), (2, 2))
    assert paddings(((1, 2), (3, 4)), "padding") == ((1, 2), (3, 4))


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", None, (1,), (1, 2, 3), (1, 0), (1, 1.5)])
def test_what_is_no_size_is_refused_by_name(wrong: Any) -> None:
    with pytest.raises(ShapeError, match="Conv stride: expected a whole number of at least 1") as caught:
        pair(wrong, "Conv stride")
    assert caught.value.got == wrong


WINDOWS = Windows((2, 3), stride=(2, 1), padding=((1, 0), (2, 1)), dilation=(3, 2))


def test_places_say_where_a_window_reads() -> None:
    assert WINDOWS.place(0, 0, (0, 0)) == (-1, -2)
    assert WINDOWS.place(1, 4, (1, 2)) == (1 * 2 + 1 * 3 - 1, 4 * 1 + 2 * 2 - 2)


def test_the_views_hold_what_the_places_name() -> None:
    x = np.arange(1.0, 43.0).reshape(6, 7)
    out = WINDOWS.output(6, 7, "test")
    assert out == (2, 6)
    padded = WINDOWS.pad(x, out)
    assert list(WINDOWS.offsets()) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    for offset in WINDOWS.offsets():
        under = WINDOWS.under(padded, offset, out)
        assert under.shape == out
        for i, j in np.ndindex(out):
            row, column = WINDOWS.place(i, j, offset)
            inside = 0 <= row < 6 and 0 <= column < 7
            assert under[i, j] == (x[row, column] if inside else 0)
    np.testing.assert_array_equal(WINDOWS.inside(padded, 6, 7), x)


def test_a_window_that_fits_nowhere_names_both_sizes() -> None:
    with pytest.raises(ShapeError, match="Conv window: expected at most the padded picture, 3 x 5, got 4 x 5"):
        WINDOWS.output(2, 2, "Conv")


@law
@given(
    n=st.integers(1, 9),
    size=small,
    stride=small,
    padding=around,
    dilation=small,
    first=st.integers(0, 4),
    data=st.data(),
)
def test_windows_and_pixels_meet_where_the_places_say(
    n: int, size: int, stride: int, padding: tuple[int, int], dilation: int, first: int, data: st.DataObject
) -> None:
    windows = Windows((size, 1), (stride, 1), (padding, (0, 0)), (dilation, 1))
    steps = range(first, first + data.draw(st.integers(1, 6)))
    offset = data.draw(st.integers(0, size - 1))
    taken, landed = windows.meet(0, offset, steps, n)
    places = {i: windows.place(i, 0, (offset, 0))[0] for i in steps}
    inside = [(i, place) for i, place in places.items() if 0 <= place < n]
    assert list(zip(list(steps)[taken], range(n)[landed], strict=True)) == inside


@pytest.mark.parametrize(
    ("size", "stride", "dilation", "apart"),
    [(2, 2, 1, True), (2, 3, 1, True), (2, 1, 1, False), (3, 2, 1, False), (2, 2, 2, False), (2, 3, 2, True)],
)
def test_windows_are_apart_where_no_pixel_lies_in_two(size: int, stride: int, dilation: int, apart: bool) -> None:
    windows = Windows((size, size), (stride, stride), dilation=(dilation, dilation))
    assert windows.disjoint is apart
    assert Windows((size, 1), (stride, 1), dilation=(dilation, 1)).disjoint is apart


def test_a_window_of_one_pixel_that_leaves_none_out() -> None:
    assert Windows((1, 1)).each_pixel
    assert Windows((1, 1), dilation=(2, 2)).each_pixel
    others = (Windows((1, 2)), Windows((1, 1), stride=(1, 2)), Windows((1, 1), padding=((0, 0), (0, 1))))
    assert not any(windows.each_pixel for windows in others)


@law
@given(
    size=pairs,
    stride=pairs,
    dilation=pairs,
    padding=around,
    i=st.integers(0, 3),
    j=st.integers(0, 3),
)
def test_a_box_holds_a_window_s_places_and_no_more(
    size: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[int, int],
    i: int,
    j: int,
) -> None:
    windows = Windows(size, stride, (padding, padding[::-1]), dilation)
    places = [windows.place(i, j, (a, b)) for a in range(size[0]) for b in range(size[1])]
    rows, columns = [row for row, _ in places], [column for _, column in places]
    x, y, width, height = windows.box(i, j)
    assert (x, x + width - 1) == (min(columns), max(columns))
    assert (y, y + height - 1) == (min(rows), max(rows))
