"""Training: it learns, it can be repeated, and the pictures it bends are bent as told."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_core import Conv, Dense, Network, ReLU, ShapeError
from cnn_core.layer import Array
from cnn_core.loss import Loss, cross_entropy
from cnn_core.training.optimizers import Adam
from cnn_core.training.train import Progress, accuracy, confusion, train
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


def test_what_is_taken_for_what_is_counted_a_row_for_each_class() -> None:
    network = Network([Dense(np.eye(3), np.zeros(3))], ["dense"])
    x = np.eye(3)[[0, 1, 2, 1, 0]].reshape(5, 3, 1, 1)
    counts = confusion(network, x, np.array([0, 1, 2, 2, 2]), batch=2)
    np.testing.assert_array_equal(counts, [[1, 0, 0], [0, 1, 0], [1, 1, 1]])
    with pytest.raises(ShapeError, match="0 to 2"):
        confusion(network, x, np.array([0, 1, 2, 2, 3]))


@pytest.mark.parametrize(("pictures", "labels"), [(0, 0), (3, 2)])
def test_every_picture_has_a_label_and_there_is_one(pictures: int, labels: int) -> None:
    x, answers = bars(pictures, 1)[0], np.zeros(labels, np.int64)
    with pytest.raises(ShapeError):
        accuracy(untrained(), x, answers)
    with pytest.raises(ShapeError):
        next(train(untrained(), x, answers, epochs=1, rng=np.random.default_rng(0)))


def test_the_rate_falls_along_half_a_cosine(monkeypatch: pytest.MonkeyPatch) -> None:
    rates = []

    def recorded(rate: float) -> Adam:
        rates.append(rate)
        return Adam(rate)

    monkeypatch.setattr("cnn_core.training.train.Adam", recorded)
    list(train(untrained(), *bars(8, 1), epochs=2, rng=np.random.default_rng(0), batch=4, rate=0.5))
    # half of (1 + cos of 0, 45, 90 and 135 degrees)
    assert rates == pytest.approx([0.5, 0.42677669529663687, 0.25, 0.07322330470336313])


def test_every_epoch_shows_each_picture_once_with_its_label_in_a_new_order(monkeypatch: pytest.MonkeyPatch) -> None:
    images, labels = bars(10, 1)[0], np.arange(10)
    batches: list[list[int]] = []
    shown: list[Array] = []

    def seen(x: Array, rng: np.random.Generator) -> Array:
        shown.append(x)
        return x

    def recorded(scores: Array, labels: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Loss:
        batches.append(labels.tolist())
        return cross_entropy(scores, labels)

    monkeypatch.setattr("cnn_core.training.train.cross_entropy", recorded)
    network = Network([Dense(normal((10, 36), 2) / 8, np.zeros(10))], ["dense"])
    list(train(network, images, labels, epochs=3, rng=np.random.default_rng(0), batch=4, augment=seen))
    assert [len(batch) for batch in batches] == [4, 4, 2] * 3
    for x, batch in zip(shown, batches, strict=True):
        np.testing.assert_array_equal(x, images[batch])
    orders = [[label for batch in batches[at : at + 3] for label in batch] for at in (0, 3, 6)]
    assert [sorted(order) for order in orders] == [list(range(10))] * 3
    assert len({tuple(order) for order in [*orders, list(range(10))]}) == 4


def test_the_loss_is_smoothed_from_the_first_one_on(monkeypatch: pytest.MonkeyPatch) -> None:
    values = iter((1.0, 2.0, 0.0))

    def told(scores: Array, labels: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Loss:
        return cross_entropy(scores, labels)._replace(value=next(values))

    monkeypatch.setattr("cnn_core.training.train.cross_entropy", told)
    found = [p.loss for p in train(untrained(), *bars(6, 1), epochs=1, rng=np.random.default_rng(0), batch=2)]
    assert found == pytest.approx([1.0, 1.02, 0.9996])  # 0.98 of what was, 0.02 of what is new
