"""Training: show pictures a few at a time, ask every weight for its gradient, and move it a little downhill."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, pi

import numpy as np
from numpy.typing import NDArray

from cnn_core.layer import Array, ShapeError
from cnn_core.learn import nothing_yet, update
from cnn_core.loss import cross_entropy
from cnn_core.network import Network
from cnn_core.optimizer import Adam

Augment = Callable[[Array, np.random.Generator], Array]
"""(N, C, H, W) -> the same shape: the same pictures, seen a little differently."""


@dataclass(frozen=True)
class Progress:
    """Where training stands: batches done of how many, the smoothed loss, and the network as it is now."""

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
    _check_labels(images, labels)
    right = 0
    for start in range(0, len(images), batch):
        scores = network.activations(images[start : start + batch])[-1]
        found = scores.reshape(len(scores), -1).argmax(axis=1)
        right += int((found == labels[start : start + batch]).sum())
    return right / len(images)


def _check_labels(images: Array, labels: NDArray[np.integer]) -> None:
    if not len(images):
        raise ShapeError("training images", "at least one", 0)
    if len(labels) != len(images):
        raise ShapeError("training labels", f"{len(images)}, one for each picture", len(labels))


def nudged(shift: float, degrees: float, scale: float) -> Augment:
    """Make an augmentation that moves (pixels), turns and scales each picture by a random amount up to these.

    Bilinear sampling; what comes from outside the picture is 0.
    """

    def augment(x: Array, rng: np.random.Generator) -> Array:
        n, _, height, width = x.shape
        angle = rng.uniform(-degrees, degrees, n) * pi / 180
        size, slant = np.exp(rng.uniform(-scale, scale, (2, n)))
        i, j = np.mgrid[:height, :width].reshape(2, 1, -1) - np.array([[height - 1], [width - 1]])[:, :, None] / 2
        sine, cosine = np.sin(angle)[:, None], np.cos(angle)[:, None]
        row = size[:, None] * (cosine * i - sine * j) + (height - 1) / 2 + rng.uniform(-shift, shift, (n, 1))
        column = slant[:, None] * (sine * i + cosine * j) + (width - 1) / 2 + rng.uniform(-shift, shift, (n, 1))
        return _sampled(x, row, column)

    return augment


def _sampled(x: Array, row: Array, column: Array) -> Array:
    """x: (N, C, H, W) read at fractional places, row and column: (N, H W)."""
    n, channels, height, width = x.shape
    around = np.zeros((n, channels, height + 2, width + 2), x.dtype)  # a rim of zeros to fall into
    around[:, :, 1:-1, 1:-1] = x
    flat = around.reshape(n, channels, -1)
    row, column = np.clip(row + 1, 0, height + 0.999), np.clip(column + 1, 0, width + 0.999)
    top, left = row.astype(np.intp), column.astype(np.intp)
    down, right = (row - top).astype(x.dtype)[:, None], (column - left).astype(x.dtype)[:, None]
    corner = top * (width + 2) + left

    def at(offset: int) -> Array:
        return np.take_along_axis(flat, (corner + offset)[:, None], axis=2)

    upper = at(0) * (1 - right) + at(1) * right
    lower = at(width + 2) * (1 - right) + at(width + 3) * right
    out: Array = (upper * (1 - down) + lower * down).reshape(x.shape)
    return out
