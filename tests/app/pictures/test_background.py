"""The sheet behind the marks: its light is followed, its marks are not."""

from __future__ import annotations

import numpy as np
import pytest

from app.pictures.background import Grey, border_level, box_mean, contrast, estimate_background, find_polarity, resample
from cnn_core.samples.patterns import draw_strokes


def lamp(height: int, width: int) -> Grey:
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return np.asarray(0.7 + 0.15 * x - 0.1 * y - 0.05 * x * x + 0.04 * x * y)


def test_slanting_light_is_found_under_the_marks() -> None:
    paper = lamp(180, 240)
    marks = np.zeros((180, 240))
    marks[:, 30:210] = draw_strokes([[(0.3, 0.2), (0.7, 0.2), (0.4, 0.8)]], 180, 0.08)
    assert np.abs(estimate_background(paper * (1 - 0.8 * marks)) - paper).max() < 0.02


def test_a_clean_sheet_is_as_bright_as_it_is() -> None:
    sheet = np.full((90, 70), 200 / 255)
    sheet[30:50, 30:35] = 0
    assert np.abs(estimate_background(sheet) - 200 / 255).max() < 0.001, "less than half a level of a picture file"


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 3), (5, 5), (64, 1000)])
def test_any_shape_has_a_ground(shape: tuple[int, int]) -> None:
    grey = np.random.default_rng(0).random(shape)
    paper = estimate_background(grey)
    assert paper.shape == shape
    assert np.isfinite(paper).all()


def test_contrast_is_a_share_of_what_the_paper_has() -> None:
    paper = lamp(40, 50)
    for strength in (0.0, 0.3, 1.0):
        assert np.allclose(contrast(paper * (1 - strength), paper, "dark"), strength)
        assert np.allclose(contrast(1 - (1 - paper) * (1 - strength), paper, "light"), strength)


def test_dark_marks_and_light_marks() -> None:
    marks = draw_strokes([[(0.3, 0.5), (0.7, 0.5)]], 60, 0.1)
    for paper in (0.3, 0.5, 0.7):
        level = np.full((60, 60), paper)
        assert find_polarity(level - 0.25 * marks, level) == "dark"
        assert find_polarity(level + 0.25 * marks, level) == "light"
    assert find_polarity(np.full((3, 3), 0.9), np.full((3, 3), 0.9)) == "dark"
    assert find_polarity(np.full((3, 3), 0.4), np.full((3, 3), 0.4)) == "light"


def test_the_rim_says_how_bright_a_small_picture_is() -> None:
    grey = np.full((6, 6), 0.25)
    grey[2:4, 1:5] = 1.0
    grey[0, 0] = 1.0
    assert np.array_equal(border_level(grey), np.full((6, 6), 0.25))


def test_a_mean_around_is_that_of_its_window() -> None:
    values = np.random.default_rng(1).random((7, 9))
    padded = np.pad(values, 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5)).mean(axis=(2, 3))
    assert np.allclose(box_mean(values, 2), windows)


def test_resampling_to_the_same_size_changes_nothing() -> None:
    values = np.round(np.random.default_rng(2).random((20, 15)) * 255) / 255
    assert np.allclose(resample(values, 15, 20), values, atol=1e-6)
    assert np.allclose(resample(np.pad(values, 4), 15, 20, (4, 4, 19, 24)), values, atol=1e-6)
