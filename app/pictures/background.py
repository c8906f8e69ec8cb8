"""Background estimation: how bright the empty paper is at every pixel, and whether the ink is darker or lighter.

Photographs of paper are never evenly lit, so ink is measured by its contrast with the paper around it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float64]
Mask = NDArray[np.bool_]
Polarity = Literal["dark", "light"]

BACKGROUND_SIZE = 64
"""Pixels on the longer side of the copy on which the background is estimated: light changes slowly over a sheet."""
FAINTEST = 0.06
"""The least contrast of ink, as a share of the way from paper to black."""
AGREES = 0.05
"""A pixel agrees with a fit from which it differs by at most this much, in 0..1."""
GOOD_FIT = 0.85
"""The share of agreeing pixels from which a fit is accepted as it is."""
BETTER_FIT = 0.75
"""A fit without one side of the border replaces the first, if that agrees with fewer than this share of its pixels."""
SHADOW_STEPS = 6
"""Iterations in which the background spreads from agreeing pixels to their neighbours."""


def resample(grey: Grey, width: int, height: int, part: tuple[float, float, float, float] | None = None) -> Grey:
    """Resample (H, W) to (height, width), bicubic. part: left, top, right, bottom of the source region, in pixels."""
    picture = Image.fromarray(grey.astype(np.float32))
    filtered = picture.resize((width, height), Image.Resampling.BICUBIC, box=part, reducing_gap=3.0)
    return np.asarray(filtered, dtype=np.float64)


def estimate_background(grey: Grey) -> Grey:
    """Estimate the brightness of the empty paper, (H, W) in 0..1 -> (H, W) in 0..1.

    A polynomial of second degree in x and y is fitted by least squares to the border of a small copy, then repeatedly
    to all pixels that agree with it, so that the ink drops out. If few pixels agree, the border may show a table beside
    the sheet: each of the four sides is left out in turn, and the fit with the most agreement is taken. If still few
    agree, there are shadows: the estimate is spread from the agreeing pixels to their neighbours.
    """
    height, width = grey.shape
    scale = min(1.0, BACKGROUND_SIZE / max(height, width))
    small = resample(grey, max(1, round(width * scale)), max(1, round(height * scale)))
    y, x = np.mgrid[-1 : 1 : small.shape[0] * 1j, -1 : 1 : small.shape[1] * 1j]
    sides = [(x < -0.9), (x > 0.9), (y < -0.9), (y > 0.9)]
    border = np.logical_or.reduce(sides) if min(small.shape) > 4 else np.ones(small.shape, dtype=bool)
    fit = _fit_polynomial(small, x, y, border)
    if fit.agreeing < GOOD_FIT * small.size and min(small.shape) > 4:
        others = [np.logical_or.reduce(sides[:k] + sides[k + 1 :]) for k in range(4)]
        best = max((_fit_polynomial(small, x, y, other) for other in others), key=lambda other: other.agreeing)
        if best.agreeing * BETTER_FIT > fit.agreeing:
            fit = best
    level = fit.level if fit.agreeing >= GOOD_FIT * small.size else _spread_level(small, fit)
    return np.clip(resample(level, width, height), 0.0, 1.0)


class Fit(NamedTuple):
    """A fitted background: level (H, W); the tolerance within which a pixel belongs to it; how many pixels agree."""

    level: Grey
    tolerance: float
    agreeing: int


def _fit_polynomial(small: Grey, x: Grey, y: Grey, start: Mask) -> Fit:
    """Fit the polynomial to the pixels in `start`, then to those that agree, until the set no longer changes."""
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6)
    values, paper = small.ravel(), start.ravel()
    near = paper & (np.abs(values - np.median(values[paper])) <= 0.3)
    paper = near if near.any() else paper
    for _ in range(8):
        before, some = paper, terms[paper]
        level = terms @ np.linalg.lstsq(some.T @ some, some.T @ values[paper], rcond=None)[0]
        off = np.abs(values - level)
        tolerance = max(2.5 * 1.4826 * float(np.median(off[paper])), 1.5 / 255)
        paper = off <= max(tolerance, float(off.min()))
        if np.array_equal(paper, before):
            break
    return Fit(level.reshape(small.shape), tolerance, int((off <= AGREES).sum()))


def _spread_level(small: Grey, fit: Fit) -> Grey:
    """Move the level towards the local mean of the pixels that agree with it, near ones first."""
    level = fit.level
    tolerance = min(fit.tolerance, AGREES)
    for _ in range(SHADOW_STEPS):
        paper = (np.abs(small - level) <= tolerance).astype(np.float64)
        seen, weight = fit.level * 1e-4, np.full(small.shape, 1e-4)
        for reach, trust in ((3, 1.0), (9, 0.01)):
            seen = seen + trust * box_mean(paper * small, reach)
            weight = weight + trust * box_mean(paper, reach)
        level = seen / weight
    return level


def box_mean(values: Grey, reach: int) -> Grey:
    """Mean over (2 reach + 1) x (2 reach + 1) pixels, zeros beyond the border: (H, W) -> (H, W). By cumulative sums."""
    for axis in (0, 1):
        padding = [(reach + 1, reach) if axis == k else (0, 0) for k in (0, 1)]
        sums = np.cumsum(np.pad(values, padding), axis=axis)
        size = values.shape[axis]
        far, near = (np.take(sums, np.arange(at, at + size), axis=axis) for at in (2 * reach + 1, 0))
        values = (far - near) / (2 * reach + 1)
    return values


def border_level(grey: Grey) -> Grey:
    """The background of a small clean picture: the median of its border pixels, everywhere. (H, W) -> (H, W)."""
    return np.full(grey.shape, np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def find_polarity(grey: Grey, paper: Grey) -> Polarity:
    """Whether the ink is darker or lighter than the paper. On a near tie, ink on a bright picture is dark."""
    off = grey - paper
    off[np.abs(off) < FAINTEST] = 0.0
    dark, light = -float(off[off < 0].sum()), float(off[off > 0].sum())
    if abs(dark - light) <= 0.05 * (dark + light):
        return "dark" if float(grey.mean()) > 0.6 else "light"
    return "dark" if dark > light else "light"


def contrast(grey: Grey, paper: Grey, polarity: Polarity) -> Grey:
    """The contrast of each pixel with its background, (H, W): 0 is paper, 1 is black (or white, for light ink).

    It is relative to the brightness of the paper, so a stroke keeps its strength in a shadow.
    """
    if polarity == "light":
        grey, paper = 1.0 - grey, 1.0 - paper
    return np.asarray((paper - grey) / np.maximum(paper, 0.1))
