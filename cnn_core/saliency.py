"""Which pixels mattered to a class: follow its score back to the picture, pixel by pixel.

A score is a logit, or how far one logit is ahead of another. Its slope at a pixel says what a small change there would
do; three maps are made of such slopes. Each answers a question of its own, and none says why the network decided.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnn_core.layer import Array, ShapeError, batch_shape
from cnn_core.network import Network

BATCH = 32
"""So many pictures go through the network at once; more would only take more memory."""
MOST_STEPS = 1024


@dataclass(frozen=True)
class Score:
    """What is asked about: the logit of `target`, or with `against` the difference logit[target] - logit[against].

    The logit and not the probability: a probability near 1 hardly moves, whatever the picture does.
    """

    target: int
    against: int | None = None

    def of(self, logits: Array) -> Array:
        """(N, K, 1, 1) -> (N,): the score of every picture; of probabilities, their difference."""
        self.check(logits)
        flat = logits.reshape(len(logits), -1)
        found: Array = flat[:, self.target] if self.against is None else flat[:, self.target] - flat[:, self.against]
        return found

    def slope(self, logits: Array) -> Array:
        """(N, K, 1, 1) -> the same shape: the gradient of the score by the logits, 1 and -1 where they count."""
        self.check(logits)
        slope = np.zeros_like(logits)
        slope[:, self.target] = 1
        if self.against is not None:
            slope[:, self.against] = -1
        return slope

    def check(self, logits: Array) -> None:
        """Raise ShapeError where there is no such class, or a class is asked about against itself."""
        if logits.shape[2:] != (1, 1):
            raise ShapeError("score", "a network that ends in (K, 1, 1), one number for each class", logits.shape[1:])
        for where, index in (("score target", self.target), ("score against", self.against)):
            if index is not None and not 0 <= index < logits.shape[1]:
                raise ShapeError(where, f"0 to {logits.shape[1] - 1}", index)
        if self.target == self.against:
            raise ShapeError("score against", f"another class than the target, {self.target}", self.against)


def gradient(network: Network, x: Array, score: Score) -> Array:
    """The plain gradient of the score by the picture (Simonyan, Vedaldi and Zisserman, 2014).

    x: (N, C, H, W), of which the first picture is asked about -> (C, H, W), signed: how fast the score grows with each
    pixel. It holds for small changes only, and is as large on empty ground as on what is drawn.
    """
    slope: Array = _gradients(network, first(x), score)[0]
    return slope


def gradient_times_input(network: Network, x: Array, score: Score) -> Array:
    """Each pixel times its gradient (Shrikumar et al., 2016).

    x: (N, C, H, W), of which the first picture is asked about -> (C, H, W). Were the network one weighted sum, these
    would be its terms; as it is, they would be if no gate and no winner changed. A black pixel, 0, never counts.
    """
    product: Array = gradient(network, x, score) * x[0]
    return product


@dataclass(frozen=True, eq=False)
class Integrated:
    """Integrated gradients, and whether they are complete.

    slopes: (C, H, W), the mean of the gradients on the way. map: (C, H, W), these times the way, which is what each
    pixel has contributed. steps: how many gradients were averaged. start, end: the score of the baseline and of the
    picture.
    """

    slopes: Array
    map: Array
    steps: int
    start: float
    end: float

    @property
    def total(self) -> float:
        """The sum of the map."""
        return float(self.map.sum())

    @property
    def change(self) -> float:
        """How far the score has risen from the baseline to the picture: what `total` would be with endless steps."""
        return self.end - self.start

    @property
    def gap(self) -> float:
        """What the sum lacks or has too much: total - change."""
        return self.total - self.change


def integrated_gradients(
    network: Network, x: Array, score: Score, steps: int = 64, baseline: Array | None = None
) -> Integrated:
    """The gradient averaged on the way from a baseline to the picture, times that way (Sundararajan et al., 2017).

    x: (N, C, H, W), of which the first picture is asked about. baseline: (C, H, W), black where it is None.
    The way is straight and cut into `steps` equal parts; the gradient of each is taken in its middle (midpoint rule).
    Their sum comes close to the score's rise, the closer the more steps. Cost: `steps` passes forward and back.
    """
    x = first(x)
    if not 1 <= steps <= MOST_STEPS:
        raise ShapeError("integrated gradients steps", f"1 to {MOST_STEPS}", steps)
    base = np.zeros_like(x) if baseline is None else np.asarray(baseline, x.dtype)[None]
    if base.shape != x.shape:
        raise ShapeError("integrated gradients baseline", x.shape[1:], base.shape[1:])
    ways = ((np.arange(steps) + 0.5) / steps).astype(x.dtype)[:, None, None, None]
    total = np.zeros_like(x[0])
    for start in range(0, steps, BATCH):
        total += _gradients(network, base + ways[start : start + BATCH] * (x - base), score).sum(axis=0)
    low, high = (float(score.of(network.activations(picture)[-1])[0]) for picture in (base, x))
    slopes = total / steps
    return Integrated(slopes, (x - base)[0] * slopes, steps, low, high)


def first(x: Array) -> Array:
    """(N, C, H, W) -> (1, C, H, W): the picture that is asked about."""
    batch_shape(x, "saliency")
    return x[:1]


def _gradients(network: Network, x: Array, score: Score) -> Array:
    """x: (N, C, H, W) -> the same shape: of each picture, the gradient of its own score."""
    activations = network.activations(x)
    return network.gradients(activations, score.slope(activations[-1]))[0].x
