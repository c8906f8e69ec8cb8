"""The sheet behind the marks: how bright it is at every place, and whether what stands on it is darker or lighter.

Photographs of paper are never evenly lit; what counts for a stroke is how far it is from the paper around it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.float64]
Mask = NDArray[np.bool_]
Polarity = Literal["dark", "light"]

GROUND_SIZE = 64
"""Paper is judged on a copy whose longer side has this many pixels: light changes slowly over a sheet."""
FAINTEST = 0.06
"""Marks weaker than this share of the way from paper to black are not taken for ink."""
AGREES = 0.05
"""A pixel this near to the fitted paper speaks for it."""
WELL = 0.85
"""With this share of the pixels agreeing, a fit is taken as it is."""
TABLE = 0.75
"""Otherwise a fit that leaves out a side of the rim has to be better by this factor."""
SHADOW_STEPS = 6
"""How often the paper is followed to its neighbours."""


def resized(grey: Grey, width: int, height: int, part: tuple[float, float, float, float] | None = None) -> Grey:
    """Resample (H, W) to (height, width); `part` is what to take of it, as left, top, right, bottom."""
    picture = Image.fromarray(grey.astype(np.float32))
    filtered = picture.resize((width, height), Image.Resampling.BICUBIC, box=part, reducing_gap=3.0)
    return np.asarray(filtered, dtype=np.float64)


def ground(grey: Grey) -> Grey:
    """Estimate the empty paper behind the marks, (H, W) -> (H, W), on a small copy, for light changes slowly.

    First its level, with the slope and the bow of the light on it: a polynomial of second degree is fitted to the
    picture's rim, then again and again to all pixels that agree with it, so that the marks drop out. Where few agree,
    the rim may show a table beside the sheet: each side is left out in turn, and the fit with most agreement taken.
    Then softly edged shadows: from the pixels that agree, the paper is followed to its neighbours.
    """
    height, width = grey.shape
    scale = min(1.0, GROUND_SIZE / max(height, width))
    small = resized(grey, max(1, round(width * scale)), max(1, round(height * scale)))
    y, x = np.mgrid[-1 : 1 : small.shape[0] * 1j, -1 : 1 : small.shape[1] * 1j]
    sides = [(x < -0.9), (x > 0.9), (y < -0.9), (y > 0.9)]
    rim = np.logical_or.reduce(sides) if min(small.shape) > 4 else np.ones(small.shape, dtype=bool)
    fit = _fit_paper(small, x, y, rim)
    if fit.agreeing < WELL * small.size and min(small.shape) > 4:
        others = [np.logical_or.reduce(sides[:k] + sides[k + 1 :]) for k in range(4)]
        best = max((_fit_paper(small, x, y, other) for other in others), key=lambda other: other.agreeing)
        if best.agreeing * TABLE > fit.agreeing:
            fit = best
    level = fit.level if fit.agreeing >= WELL * small.size else _follow_shadows(small, fit)
    return np.clip(resized(level, width, height), 0.0, 1.0)


class PaperFit(NamedTuple):
    """A fitted paper (H, W), how near a pixel has to be to belong to it, and how many are roughly right."""

    level: Grey
    tolerance: float
    agreeing: int


def _fit_paper(small: Grey, x: Grey, y: Grey, start: Mask) -> PaperFit:
    """Fit the polynomial to the pixels in `start`, then to those that agree, until the marks have dropped out."""
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
    return PaperFit(level.reshape(small.shape), tolerance, int((off <= AGREES).sum()))


def _follow_shadows(small: Grey, fit: PaperFit) -> Grey:
    """Let the paper's level follow the pixels that nearly agree with their neighbourhood's paper."""
    level = fit.level
    tolerance = min(fit.tolerance, AGREES)
    for _ in range(SHADOW_STEPS):
        paper = (np.abs(small - level) <= tolerance).astype(np.float64)
        seen, weight = fit.level * 1e-4, np.full(small.shape, 1e-4)
        for reach, trust in ((3, 1.0), (9, 0.01)):
            seen = seen + trust * mean_around(paper * small, reach)
            weight = weight + trust * mean_around(paper, reach)
        level = seen / weight
    return level


def mean_around(values: Grey, reach: int) -> Grey:
    """Average over (2 reach + 1) x (2 reach + 1) pixels, zeros beyond the rim: (H, W) -> (H, W)."""
    for axis in (0, 1):
        padding = [(reach + 1, reach) if axis == k else (0, 0) for k in (0, 1)]
        sums = np.cumsum(np.pad(values, padding), axis=axis)
        size = values.shape[axis]
        far, near = (np.take(sums, np.arange(at, at + size), axis=axis) for at in (2 * reach + 1, 0))
        values = (far - near) / (2 * reach + 1)
    return values


def rim_level(grey: Grey) -> Grey:
    """Take the paper of a small clean picture to be as bright as the middle one of its rim's pixels, everywhere."""
    return np.full(grey.shape, np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))


def polarity_of(grey: Grey, paper: Grey) -> Polarity:
    """Tell whether the marks are darker or lighter than the paper; where both are as likely, bright paper decides."""
    off = grey - paper
    off[np.abs(off) < FAINTEST] = 0.0
    dark, light = -float(off[off < 0].sum()), float(off[off > 0].sum())
    if abs(dark - light) <= 0.05 * (dark + light):
        return "dark" if float(grey.mean()) > 0.6 else "light"
    return "dark" if dark > light else "light"


def contrast(grey: Grey, paper: Grey, polarity: Polarity) -> Grey:
    """Measure how far each pixel is from its paper: 0 is paper, 1 is black (or white, for light ink).

    It is a share of what the paper has, so a stroke that runs into a shadow keeps its strength.
    """
    if polarity == "light":
        grey, paper = 1.0 - grey, 1.0 - paper
    return np.asarray((paper - grey) / np.maximum(paper, 0.1))
