"""Training in mini-batches with Adam and a cosine schedule of the rate; accuracy and confusion matrix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi, prod

import numpy as np
from numpy.typing import NDArray

from cnn_core.layer import Array, ShapeError
from cnn_core.loss import cross_entropy
from cnn_core.network import Network
from cnn_core.training.augment import Augment
from cnn_core.training.one_picture import nothing_yet, update
from cnn_core.training.optimizers import Adam


@dataclass(frozen=True)
class Progress:
    """The state of training after a batch: batches done and in all, the smoothed loss in nats, and the network."""

    done: int
    total: int
    loss: float
    network: Network


def train(
    network: Network,
    images: Array,
    labels: NDArray[np.integer],
    *,
    epochs: int,
    rng: np.random.Generator,
    batch: int = 64,
    rate: float = 2e-3,
    augment: Augment | None = None,
) -> Iterator[Progress]:
    """Yield after every batch. images: (N, C, H, W), labels: (N,).

    Adam, its rate falling along half a cosine to zero (Loshchilov and Hutter, 2017), so that the last steps settle.
    """
    _check_labels(images, labels)
    per_epoch = -(-len(images) // batch)
    total = epochs * per_epoch
    memories = nothing_yet(network)
    smooth = 0.0
    for done in range(total):
        if done % per_epoch == 0:
            order = rng.permutation(len(images))
        picked = order[done % per_epoch * batch :][:batch]
        x = images[picked] if augment is None else augment(images[picked], rng)
        activations = network.activations(x)
        loss = cross_entropy(activations[-1], labels[picked])
        rule = Adam(rate * (1 + cos(pi * done / total)) / 2)
        gradients = network.gradients(activations, loss.dscores)
        network, memories = update(network, gradients, rule, memories, done + 1)
        smooth = loss.value if done == 0 else 0.98 * smooth + 0.02 * loss.value
        yield Progress(done + 1, total, smooth, network)


def accuracy(network: Network, images: Array, labels: NDArray[np.integer], batch: int = 500) -> float:
    """The share of pictures whose likeliest class is the right one."""
    counts = confusion(network, images, labels, batch)
    return int(counts.trace()) / int(counts.sum())


def confusion(network: Network, images: Array, labels: NDArray[np.integer], batch: int = 500) -> NDArray[np.int64]:
    """Return the confusion matrix, (K, K): a row for each true class, a column for each predicted one."""
    _check_labels(images, labels)
    channels, height, width = images.shape[1:]
    classes = prod(network.shapes((channels, height, width))[-1])
    if labels.min() < 0 or labels.max() >= classes:
        raise ShapeError("labels", f"0 to {classes - 1}", f"{labels.min()} to {labels.max()}")
    counts = np.zeros((classes, classes), np.int64)
    for start in range(0, len(images), batch):
        scores = network.activations(images[start : start + batch])[-1].reshape(-1, classes)
        np.add.at(counts, (labels[start : start + batch], scores.argmax(axis=1)), 1)
    return counts


def _check_labels(images: Array, labels: NDArray[np.integer]) -> None:
    if not len(images):
        raise ShapeError("training images", "at least one", 0)
    if len(labels) != len(images):
        raise ShapeError("training labels", f"{len(images)}, one for each picture", len(labels))
