"""Augmentation: every training picture is shifted, rotated, scaled or mirrored at random.

So the network learns what stays the same. Only training does this; a picture that is judged is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi

import numpy as np

from cnn_core.layer import Array

Augment = Callable[[Array, np.random.Generator], Array]
"""(N, C, H, W) -> the same shape: randomly changed copies of the pictures."""


def mirrored(shift: int) -> Augment:
    """Make an augmentation that mirrors every other picture, left for right, and moves each by up to `shift` pixels.

    Chance decides which, and how far down and across; what comes from outside the picture is 0.
    """

    def augment(x: Array, rng: np.random.Generator) -> Array:
        n, channels, height, width = x.shape
        around = np.zeros((n, channels, height + 2 * shift, width + 2 * shift), x.dtype)
        around[:, :, shift : shift + height, shift : shift + width] = x
        row = rng.integers(0, 2 * shift + 1, (n, 1)) + np.arange(height)
        column = rng.integers(0, 2 * shift + 1, (n, 1)) + np.arange(width)
        turned = rng.random(n) < 0.5
        column[turned] = column[turned, ::-1]
        picture, channel = np.arange(n)[:, None, None, None], np.arange(channels)[:, None, None]
        moved: Array = around[picture, channel, row[:, None, :, None], column[:, None, None, :]]
        return moved

    return augment


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
