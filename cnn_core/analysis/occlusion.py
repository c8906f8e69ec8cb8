"""Occlusion: the change of a class's probability when a patch covers a part of the picture (Zeiler and Fergus, 2014).

It needs no gradient: whatever can be shown a picture can be asked in this way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.analysis.gradient_maps import BATCH, Score, first
from cnn_core.layer import Array, ShapeError
from cnn_core.loss import softmax
from cnn_core.network import Network

MOST_PATCHES = 1024


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What became of the probability with the patch at each place.

    size: the patch's side. rows, columns: where the patches begin. before: the probability with nothing covered;
    after: (rows, columns), with the patch there. Asked against another class, both are p[target] - p[against].
    map: (H, W), the mean of `drop` over the patches that cover a pixel.
    """

    size: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    before: float
    after: Array
    map: Array

    @property
    def drop(self) -> Array:
        """(rows, columns): before - after, positive where the class loses by what is covered."""
        return self.before - self.after


def occlusion(
    network: Network,
    x: Array,
    score: Score,
    size: int = 4,
    stride: int = 2,
    fill: float | Sequence[float] | Array = 0.0,
) -> Occlusion:
    """Cover size x size pixels, everywhere in turn, and watch the probability of the target.

    x: (N, C, H, W), of which the first picture is asked about. fill: what the patch is made of, one value or C.
    Patches begin at every `stride`-th row and column; a last one ends with the picture, so that no pixel is left out
    unless the stride is larger than the patch. Cost: one pass forward for each patch, MOST_PATCHES at most, BATCH of
    them at a time.
    """
    x = first(x)
    channels, height, width = x.shape[1:]
    _check(size, stride, (height, width))
    paint = np.asarray(fill, x.dtype).reshape(-1, 1, 1)
    if len(paint) not in (1, channels):
        raise ShapeError("occlusion fill", f"one number, or {channels}, one for each channel", fill)
    rows, columns = _starts(height, size, stride), _starts(width, size, stride)
    places = [(row, column) for row in rows for column in columns]
    if len(places) > MOST_PATCHES:
        raise ShapeError("occlusion", f"at most {MOST_PATCHES} patches (a larger stride makes fewer)", len(places))
    before = float(_watched(network, x, score)[0])
    batches = (places[start : start + BATCH] for start in range(0, len(places), BATCH))
    after = np.concatenate([_watched(network, _covered(x, batch, size, paint), score) for batch in batches])
    total, times = np.zeros((height, width)), np.zeros((height, width))
    for (row, column), value in zip(places, after, strict=True):
        total[row : row + size, column : column + size] += before - value
        times[row : row + size, column : column + size] += 1
    spread = (total / np.maximum(times, 1)).astype(x.dtype)
    return Occlusion(size, rows, columns, before, after.reshape(len(rows), len(columns)), spread)


def _watched(network: Network, x: Array, score: Score) -> Array:
    return score.of(softmax(network.activations(x)[-1]))


def _covered(x: Array, places: Sequence[tuple[int, int]], size: int, paint: Array) -> Array:
    """(1, C, H, W) -> (places, C, H, W), each with its patch."""
    pictures = np.repeat(x, len(places), axis=0)
    for picture, (row, column) in zip(pictures, places, strict=True):
        picture[:, row : row + size, column : column + size] = paint
    return pictures


def _starts(side: int, size: int, stride: int) -> tuple[int, ...]:
    """Every stride-th place where the patch fits, and the last one where it fits."""
    last = side - size
    return (*range(0, last, stride), last)


def _check(size: int, stride: int, sides: tuple[int, int]) -> None:
    if not 1 <= size <= min(sides):
        raise ShapeError("occlusion size", f"1 to {min(sides)}, the picture's shorter side", size)
    if stride < 1:
        raise ShapeError("occlusion stride", "at least 1", stride)
