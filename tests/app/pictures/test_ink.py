"""Marks on a sheet: which belong together, which are specks, how wide the pen was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.pictures.ink import block_means, dilate_grey, find_ink, keep_components, label_components, pen_width, segment
from cnn_core.samples.patterns import draw_strokes

MASKS = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: st.lists(
        st.lists(st.booleans(), min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
    )
)


def spread_out(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Number the parts the slow way: the lowest number of each cell's neighbourhood, until nothing changes."""
    label = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(np.where(mask, label, mask.size + 1), 1, constant_values=mask.size + 1)
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).min(axis=(2, 3))
        lowest = np.where(mask, windows, 0)
        if np.array_equal(lowest, label):
            return label
        label = lowest


@given(MASKS)
def test_parts_are_those_that_touch(rows: list[list[bool]]) -> None:
    mask = np.array(rows, dtype=bool)
    label, slow = label_components(mask), spread_out(mask)
    assert np.array_equal(label > 0, mask)
    pairs = set(zip(label.ravel().tolist(), slow.ravel().tolist(), strict=True))
    assert len(pairs) == len({fast for fast, _ in pairs}) == len({low for _, low in pairs})
    assert set(np.unique(label[mask])) == set(range(1, int(label.max()) + 1))


def test_what_runs_along_the_rim_goes_only_if_something_is_inside() -> None:
    mask = np.zeros((20, 20), dtype=bool)
    mask[:, 0] = True
    alone = keep_components(mask, mask.astype(float))
    assert alone.sum() == 20
    mask[8:12, 8:12] = True
    both = keep_components(mask, mask.astype(float))
    assert both.sum() == 16
    assert not both[:, 0].any()


def test_noise_alone_is_no_ink() -> None:
    noise = 0.05 * np.random.default_rng(3).standard_normal((200, 300))
    assert find_ink(noise) is None
    assert find_ink(np.zeros((5, 5))) is None


@pytest.mark.parametrize("light", [False, True])
def test_a_line_in_a_shadow_is_found_whole(light: bool) -> None:
    rng = np.random.default_rng(4)
    line = draw_strokes([[(0.3, 0.2), (0.6, 0.5), (0.35, 0.8)]], 240, 0.04)
    x = np.linspace(-1, 1, 240)
    lamp = 0.85 - 0.4 / (1 + np.exp(-6 * x))
    paper = lamp[np.newaxis, :] * (1 - 0.7 * line) + 0.015 * rng.standard_normal((240, 240))
    polarity, ink = segment(np.clip(1 - paper if light else paper, 0, 1))
    assert polarity == ("light" if light else "dark")
    assert ink is not None
    rows, columns = np.nonzero(line > 0.5)
    expected = (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert np.abs(np.subtract(ink.box, expected)).max() <= 3
    assert ink.strength[:, :50].max() == 0


def test_the_pen_is_measured() -> None:
    for width in (4, 9, 15):
        line = draw_strokes([[(0.2, 0.5), (0.8, 0.5)]], 200, width / 200)
        assert pen_width(np.asarray(line, dtype=np.float64)) == pytest.approx(width, rel=0.25)


def test_a_wider_pen_covers_its_reach() -> None:
    dot = np.zeros((15, 15))
    dot[7, 7] = 0.8
    wide = dilate_grey(dot, 3)
    assert np.array_equal(wide, wide.T)
    assert wide[7, 4:11].min() == 0.8
    assert wide[7, :4].max() == 0
    assert np.array_equal(dot[7, 7:8], [0.8]), "what it was given stays as it is"
    assert np.array_equal(dilate_grey(dot, 0), dot)


def test_means_keep_the_sum() -> None:
    values = np.random.default_rng(5).random((7, 10))
    assert block_means(values, 3).shape == (3, 4)
    assert block_means(values, 3).sum() * 9 == pytest.approx(values.sum())
    assert np.array_equal(block_means(values, 1), values)
