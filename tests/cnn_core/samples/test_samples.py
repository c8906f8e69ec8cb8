"""The pictures that the project draws itself: the digits are like MNIST's, and the networks read them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cnn_core import Array, load_network, softmax
from cnn_core.samples.handwriting import smooth
from cnn_core.samples.patterns import SAMPLES, UnknownSample, draw_strokes, sample

BRIGHTNESS: dict[str, list[float]] = json.loads(Path(__file__).with_name("brightness.json").read_text())
"""The mean of each ninth of every sample's channels, times 255: an address with a sample's name means that picture."""
DIGITS = [name for name in SAMPLES if name.startswith("digit-")]


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_a_picture_in_whole_255ths(name: str) -> None:
    picture = sample(name)
    assert picture.ndim == 3
    assert len(picture) in (1, 3)
    assert picture.dtype == np.float64
    assert picture.min() >= 0
    assert picture.max() <= 1
    assert picture.max() > picture.min()
    assert np.array_equal(np.round(picture * 255) / 255, picture)
    assert np.array_equal(sample(name), picture)


def ninths(picture: Array) -> list[float]:
    """The mean of each ninth of every channel (C, H, W), times 255."""
    return [
        round(255 * float(part.mean()), 2)
        for channel in picture
        for band in np.array_split(channel, 3)
        for part in np.array_split(band, 3, axis=1)
    ]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_stays_the_picture_that_addresses_name(name: str) -> None:
    # Processors round differently: a pixel of a ninth may differ by one step.
    np.testing.assert_allclose(ninths(sample(name)), BRIGHTNESS[name], atol=0.03)


@pytest.mark.parametrize("name", DIGITS)
def test_a_digit_lies_as_mnist_lays_them(name: str) -> None:
    (ink,) = sample(name)
    assert ink.shape == (28, 28)
    rows, columns = (np.flatnonzero(ink.max(axis=axis)) for axis in (1, 0))
    assert max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1 == 20
    for axis in (0, 1):
        centre = ink.sum(axis=1 - axis) @ np.arange(28) / ink.sum()
        assert abs(centre - 14) <= 0.5


@pytest.mark.parametrize("network", ["digits", "digits-average"])
def test_the_networks_read_every_digit(network: str) -> None:
    scores = load_network(network).activations(np.stack([sample(name) for name in DIGITS]))[-1]
    probabilities = softmax(scores)[:, :, 0, 0]
    for name, probability in zip(DIGITS, probabilities, strict=True):
        assert probability[int(name.split("-")[1])] > 0.99, name


def test_all_ten_digits_are_there() -> None:
    assert set(SAMPLES) >= {f"digit-{digit}" for digit in range(10)}


def test_an_unknown_name_is_told_which_there_are() -> None:
    with pytest.raises(UnknownSample, match=r"digit-0, .*shapes; got 'digit-10'"):
        sample("digit-10")
    with pytest.raises(ValueError, match="expected one of"):
        sample("")


def test_a_pen_covers_what_it_should() -> None:
    level = draw_strokes([[(0.25, 0.5), (0.75, 0.5)]], 40, 0.2)
    assert level.shape == (40, 40)
    assert np.array_equal(level, level[::-1])
    assert np.array_equal(level, level[:, ::-1])
    # A line of 20 by 8 pixels with a round end of radius 4 at each side.
    assert level.sum() == pytest.approx(20 * 8 + np.pi * 4**2, rel=0.02)
    assert level[16:24, 10:30].min() == 1
    assert level[:15].max() == 0
    assert np.allclose(draw_strokes([[(0.5, 0.25), (0.5, 0.75)]], 40, 0.2), level.T, atol=1e-12)


def test_a_dot_is_round_and_nothing_is_empty() -> None:
    dot = draw_strokes([[(0.5, 0.5)]], 41, 0.3)
    assert np.array_equal(dot, dot.T)
    assert dot.sum() == pytest.approx(np.pi * (0.15 * 41) ** 2, rel=0.02)
    assert np.array_equal(dot, draw_strokes([[(0.5, 0.5), (0.5, 0.5)]], 41, 0.3))
    assert draw_strokes([], 8, 0.1).sum() == 0
    assert draw_strokes([[]], 8, 0.1).sum() == 0


def test_ink_that_runs_off_the_picture_is_cut() -> None:
    beyond = draw_strokes([[(-1.0, 0.5), (2.0, 0.5)], [(5.0, 5.0), (6.0, 5.0)]], 20, 0.2)
    assert np.array_equal(beyond[8:12], np.ones((4, 20)))
    assert beyond[:7].sum() == 0


def test_the_curve_runs_through_its_points() -> None:
    points = [(0.0, 0.0), (10.0, 5.0), (3.0, 9.0), (20.0, 20.0)]
    curve = smooth(points, steps=7)
    assert curve.shape == (3 * 7 + 1, 2)
    assert np.allclose(curve[::7], points)
    assert np.allclose(smooth([(0.0, 0.0), (4.0, 2.0)], steps=4), np.linspace((0, 0), (4, 2), 5))
    assert smooth([(3.0, 4.0)]).tolist() == [[3.0, 4.0]]
