"""Training: it learns, it can be repeated, and the pictures it bends are bent as told."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_core import Conv, Dense, Network, ReLU, ShapeError
from cnn_core.layer import Array
from cnn_core.train import Progress, accuracy, nudged, train
from tests.cnn_core.cases import normal


def bars(count: int, seed: int) -> tuple[Array, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Noisy pictures of one bar, (count, 1, 6, 6): lying (0) or standing (1)."""
    rng = np.random.default_rng(seed)
    x, labels = rng.normal(0, 0.3, (count, 1, 6, 6)).astype(np.float32), rng.integers(0, 2, count)
    for picture, standing, at in zip(x, labels, rng.integers(0, 6, count), strict=True):
        picture[(0, slice(None), at) if standing else (0, at)] += 2
    return x, labels


def untrained() -> Network:
    return Network(
        [
            Conv(normal((4, 1, 3, 3), 1, np.float32) / 3, np.zeros(4)),
            ReLU(),
            Dense(normal((2, 64), 2) / 8, np.zeros(2)),
        ],
        ["conv", "relu", "dense"],
    )


def last(seed: int = 0, epochs: int = 10) -> Progress:
    *_, progress = train(
        untrained(), *bars(300, 1), epochs=epochs, rng=np.random.default_rng(seed), batch=32, rate=1e-2
    )
    return progress


def test_training_learns_what_it_has_not_seen() -> None:
    held_back = bars(200, 2)
    assert accuracy(untrained(), *held_back) < 0.8
    found = last()
    assert accuracy(found.network, *held_back) > 0.97
    assert found.loss < 0.3


def test_it_tells_how_far_it_is_after_every_batch() -> None:
    rng = np.random.default_rng(0)
    told = [(p.done, p.total) for p in train(untrained(), *bars(70, 1), epochs=2, rng=rng, batch=32)]
    assert told == [(done, 6) for done in range(1, 7)]


def test_the_same_seed_gives_the_same_weights() -> None:
    one, same, other = last(0, 1), last(0, 1), last(1, 1)
    weights = [progress.network.layers[0].params["weight"] for progress in (one, same, other)]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_the_network_that_was_given_stays_as_it_was() -> None:
    network = untrained()
    before = [value.copy() for layer in network.layers for value in layer.params.values()]
    list(train(network, *bars(64, 1), epochs=1, rng=np.random.default_rng(0)))
    for value, copy in zip((v for layer in network.layers for v in layer.params.values()), before, strict=True):
        np.testing.assert_array_equal(value, copy)


def test_accuracy_counts_over_batches_of_any_size() -> None:
    network = Network([Dense(np.eye(3), np.zeros(3))], ["dense"])
    x = np.eye(3)[[0, 1, 2, 1, 0]].reshape(5, 3, 1, 1)
    labels = np.array([0, 1, 2, 2, 2])
    assert [accuracy(network, x, labels, batch=size) for size in (1, 2, 5, 500)] == [0.6] * 4


@pytest.mark.parametrize(("pictures", "labels"), [(0, 0), (3, 2)])
def test_every_picture_has_a_label_and_there_is_one(pictures: int, labels: int) -> None:
    x, answers = bars(pictures, 1)[0], np.zeros(labels, np.int64)
    with pytest.raises(ShapeError):
        accuracy(untrained(), x, answers)
    with pytest.raises(ShapeError):
        next(train(untrained(), x, answers, epochs=1, rng=np.random.default_rng(0)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_nudge_of_nothing_changes_nothing(dtype: type) -> None:
    x = normal((3, 2, 5, 7), 1, dtype)
    found = nudged(0, 0, 0)(x, np.random.default_rng(0))
    assert found.dtype == x.dtype
    np.testing.assert_allclose(found, x, rtol=1e-5, atol=1e-6)


def test_a_nudge_moves_a_spot_by_no_more_than_it_may() -> None:
    x = np.zeros((50, 1, 15, 15))
    x[:, :, 7, 7] = 1
    found = nudged(2, 0, 0)(x, np.random.default_rng(0))
    np.testing.assert_allclose(found.sum(axis=(1, 2, 3)), 1)
    rows = (found.sum(axis=(1, 3)) * np.arange(15)).sum(axis=1) - 7
    assert np.abs(rows).max() <= 2
    assert rows.std() > 0.5


def test_a_turn_keeps_the_middle_and_what_comes_from_outside_is_zero() -> None:
    x = np.ones((20, 1, 9, 9))
    found = nudged(0, 45, 0)(x, np.random.default_rng(0))
    np.testing.assert_allclose(found[:, :, 4, 4], 1)
    assert found[:, :, 0, 0].min() < 0.5
    assert 0 <= found.min() <= found.max() <= 1 + 1e-12
