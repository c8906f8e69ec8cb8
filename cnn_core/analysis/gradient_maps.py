"""Gradient maps: which pixels mattered to a class, by the gradient of its score.

A score is a logit, or how far one logit is ahead of another. Its slope at a pixel says what a small change there would
do; three maps are made of such slopes. Each answers a question of its own, and none says why the network decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
    network: Network,
    x: Array,
    score: Score,
    steps: int = 64,
    baseline: Array | None = None,
    tolerance: float | None = None,
    most: int = MOST_STEPS,
) -> Integrated:
    """The gradient averaged on the way from a baseline to the picture, times that way (Sundararajan et al., 2017).

    x: (N, C, H, W), of which the first picture is asked about. baseline: (C, H, W), black where it is None.
    The way is straight and cut into `steps` equal parts; the gradient of each is taken in its middle (midpoint rule).
    Their sum comes close to the score's rise, the closer the more steps. With a tolerance, a share of that rise, parts
    are halved until the sum is as close, those first that miss most of their own rise: there the way crosses edges of
    ReLUs and poolings. Cost: a pass forward and back for each part ever made, at most `most` and a last round.
    """
    x = first(x)
    if not 1 <= steps <= MOST_STEPS:
        raise ShapeError("integrated gradients steps", f"1 to {MOST_STEPS}", steps)
    base = np.zeros_like(x) if baseline is None else np.asarray(baseline, x.dtype)[None]
    if base.shape != x.shape:
        raise ShapeError("integrated gradients baseline", x.shape[1:], base.shape[1:])
    way = _Way(network, base, x - base, score)
    ends = np.linspace(0, 1, steps + 1)
    levels = way.scores(ends)
    change, asked = float(levels[-1] - levels[0]), steps
    parts = way.parts(ends[:-1], ends[1:], levels[:-1], levels[1:])
    while tolerance is not None and abs(parts.gaps.sum()) > tolerance * abs(change) and asked < most:
        worst = np.argsort(-np.abs(parts.gaps), kind="stable")[: max(8, len(parts.gaps) // 3)]
        parts = way.halved(parts, worst)
        asked += 2 * len(worst)
    slopes = np.tensordot(parts.ends - parts.starts, parts.slopes, 1).astype(x.dtype, copy=False)
    return Integrated(slopes, (x - base)[0] * slopes, len(parts.gaps), float(levels[0]), float(levels[-1]))


class _Parts(NamedTuple):
    """Parts of a way, from 0 to 1: where each starts and ends, the scores there, and its gradient in the middle."""

    starts: Array
    ends: Array
    lows: Array
    highs: Array
    slopes: Array
    gaps: Array


@dataclass(frozen=True, eq=False)
class _Way:
    """The straight way from a baseline to a picture, base + t step: (1, C, H, W) each."""

    network: Network
    base: Array
    step: Array
    score: Score

    def pictures(self, places: Array) -> Iterator[Array]:
        """The pictures at some places of the way, a few at a time."""
        for start in range(0, len(places), BATCH):
            at = places[start : start + BATCH].astype(self.base.dtype)[:, None, None, None]
            yield self.base + at * self.step

    def scores(self, places: Array) -> Array:
        """(n,): the score at each place."""
        found = [self.score.of(self.network.activations(pictures)[-1]) for pictures in self.pictures(places)]
        return np.concatenate(found).astype(np.float64)

    def parts(self, starts: Array, ends: Array, lows: Array, highs: Array) -> _Parts:
        """Ask for the gradient in the middle of each part; what it misses of the part's rise is the gap."""
        middles = (starts + ends) / 2
        slopes = np.concatenate([_gradients(self.network, each, self.score) for each in self.pictures(middles)])
        rises = (ends - starts) * (slopes * self.step).sum(axis=(1, 2, 3))
        return _Parts(starts, ends, lows, highs, slopes, highs - lows - rises)

    def halved(self, parts: _Parts, chosen: NDArray[np.intp]) -> _Parts:
        """Cut some parts in two; the others stay as they are."""
        kept = np.delete(np.arange(len(parts.gaps)), chosen)
        old = _Parts(*(field[chosen] for field in parts))
        middles = (old.starts + old.ends) / 2
        levels = self.scores(middles)
        new = self.parts(
            np.concatenate([old.starts, middles]),
            np.concatenate([middles, old.ends]),
            np.concatenate([old.lows, levels]),
            np.concatenate([levels, old.highs]),
        )
        return _Parts(*(np.concatenate([each[kept], more]) for each, more in zip(parts, new, strict=True)))


def first(x: Array) -> Array:
    """(N, C, H, W) -> (1, C, H, W): the picture that is asked about."""
    batch_shape(x, "saliency")
    return x[:1]


def _gradients(network: Network, x: Array, score: Score) -> Array:
    """x: (N, C, H, W) -> the same shape: of each picture, the gradient of its own score."""
    activations = network.activations(x)
    return network.gradients(activations, score.slope(activations[-1]))[0].x
