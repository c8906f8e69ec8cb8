"""Ink segmentation: which pixels of a grey picture are ink, how strong it is, and its bounding box.

Noise, specks and the edge of the sheet are told from strokes by contrast, size and position; no digit is recognised.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.pictures.background import (
    FAINTEST,
    Grey,
    Mask,
    Polarity,
    box_mean,
    contrast,
    estimate_background,
    find_polarity,
)

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels."""

BLOCKS = 128
"""Blocks on the longer side of the grid on which connected components are found."""
EDGE = 0.25
"""A pixel is ink from this share of the strongest contrast on."""
NOISY = 0.02
"""The standard deviation of the paper from which ink is looked for in means of 3 x 3 pixels."""
SOLID = 0.75
"""The share of its bounding box that a sheet of paper fills; handwriting fills less."""
SPECK = 0.05
"""A component with less than this share of the ink of the largest one is a speck."""


@dataclass(frozen=True, eq=False)
class Ink:
    """The ink of a picture: strength (H, W), 0 for paper and 1 for full ink, without specks; and its bounding box."""

    strength: Grey
    box: Box


def segment(grey: Grey, polarity: Polarity | None = None) -> tuple[Polarity, Ink | None]:
    """Segment a grey picture, (H, W) in 0..1: whether its ink is dark or light, and the ink; None if there is none.

    If what stands out is solid, it is a sheet lying on a table: then the ink is looked for on that sheet.
    polarity: skips the decision between dark and light, and the search on a sheet.
    """
    paper = estimate_background(grey)
    outer = polarity or find_polarity(grey, paper)
    found = find_ink(contrast(grey, paper, outer))
    if polarity is None and found is not None and _is_solid(found):
        x, y, w, h = found.box
        border = 1 + min(w, h) // 20
        sheet = grey[y + border : y + h - border, x + border : x + w - border]
        level = estimate_background(sheet)
        inner = find_polarity(sheet, level)
        written = find_ink(contrast(sheet, level, inner))
        if written is not None and _is_inside(written):
            left, top = x + border, y + border
            strength = np.zeros(grey.shape)
            strength[top : top + len(sheet), left : left + sheet.shape[1]] = written.strength
            a, b, c, d = written.box
            return inner, Ink(strength, (a + left, b + top, c, d))
    return outer, found


def _is_solid(ink: Ink) -> bool:
    """Whether the ink fills its box and a fifth of the picture, as a sheet of paper does."""
    x, y, w, h = ink.box
    part = ink.strength[y : y + h, x : x + w]
    return min(w, h) > 20 and 5 * part.size > ink.strength.size and float((part > EDGE * part.max()).mean()) > SOLID


def _is_inside(ink: Ink) -> bool:
    """Whether the bounding box touches no side of the picture."""
    x, y, w, h = ink.box
    height, width = ink.strength.shape
    return x > 0 and y > 0 and x + w < width and y + h < height


def find_ink(strength: Grey) -> Ink | None:
    """Find the ink in a contrast picture, (H, W), without noise, specks and the edge of the sheet; None without any."""
    noise = _paper_noise(strength)
    calm = strength if noise < NOISY else box_mean(strength, 1)
    full, noise = _peak_contrast(calm), _paper_noise(calm)
    if full < max(FAINTEST, 5 * noise):
        return None
    marked = calm > max(EDGE * full, 4 * noise)
    size = -(-max(strength.shape) // BLOCKS)
    kept = keep_components(_block_sums(marked, size) > 0, _block_sums(np.where(marked, calm, 0.0), size))
    if not kept.any():
        return None
    rows, columns = np.nonzero(_repeat_blocks(kept, size, strength.shape) & marked)
    left, top = int(columns.min()), int(rows.min())
    box = (left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top)
    border = -(-max(box[2:]) // (20 * size))
    near = _repeat_blocks(dilate(kept, border), size, strength.shape)
    return Ink(np.where(near, np.clip((strength - 2 * noise) / (1 - 2 * noise), 0.0, 1.0), 0.0), box)


def _paper_noise(strength: Grey) -> float:
    """The standard deviation of empty paper, estimated robustly: 1.4826 times the median absolute contrast."""
    step = -(-max(strength.shape) // 256)  # enough pixels for a median
    few = strength[::step, ::step]
    paper = np.abs(few[few < EDGE * _peak_contrast(strength)])
    return 1.4826 * float(np.median(paper)) if paper.size else 0.0


def _peak_contrast(strength: Grey) -> float:
    """The largest mean contrast over 2 x 2 pixels, so that a single odd pixel does not count."""
    if min(strength.shape) < 2:
        return float(strength.max())
    pairs = strength[1:] + strength[:-1]
    return float((pairs[:, 1:] + pairs[:, :-1]).max()) / 4


def _block_sums(values: Grey | Mask, size: int) -> Grey:
    """Sum blocks of size x size pixels, (H, W) -> (ceil(H / size), ceil(W / size)); zeros beyond the border."""
    height, width = values.shape
    padded = np.pad(values.astype(np.float64), ((0, -height % size), (0, -width % size)))
    return np.asarray(padded.reshape(padded.shape[0] // size, size, padded.shape[1] // size, size).sum(axis=(1, 3)))


def _repeat_blocks(blocks: Mask, size: int, shape: tuple[int, ...]) -> Mask:
    """Repeat each block for its size x size pixels, cut to (H, W)."""
    return np.repeat(np.repeat(blocks, size, axis=0), size, axis=1)[: shape[0], : shape[1]]


def dilate(mask: Mask, by: int) -> Mask:
    """Morphological dilation of a mask by a square of side 2 by + 1: (H, W) -> (H, W)."""
    for axis in (0, 1):
        padded = np.pad(mask, [(by, by) if axis == k else (0, 0) for k in (0, 1)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * by + 1, axis=axis)
        mask = np.asarray(windows.any(axis=-1))
    return mask


def keep_components(mask: Mask, ink: Grey) -> Mask:
    """Keep the connected components that are ink: no specks, and none along the border if there is another inside.

    mask: (H, W). ink: (H, W), the contrast by which components are weighed. Returns the mask of those kept.
    """
    label = label_components(mask)
    count = int(label.max()) + 1
    weight = np.bincount(label.ravel(), ink.ravel(), count)
    weight[0] = 0.0
    border = np.zeros(count, dtype=bool)
    for side in (label[0], label[-1], label[:, 0], label[:, -1]):
        border |= np.bincount(side, minlength=count) * 4 > len(side)
    inside = np.where(border, 0.0, weight)
    if inside.max() >= SPECK * weight.max():
        weight = inside
    return np.asarray((weight > 0) & (weight >= SPECK * weight.max()))[label]


def label_components(mask: Mask) -> NDArray[np.intp]:
    """Label the connected components of a mask, (H, W), from 1, with 8-connectivity; 0 where the mask is not set.

    Run-length encoding of the rows, then union-find over runs that touch: far fewer steps than pixels.
    """
    height, width = mask.shape
    flat = np.pad(mask, ((0, 0), (1, 1))).astype(np.int8)
    change = np.diff(flat, axis=1)
    row, first = np.nonzero(change == 1)
    _, end = np.nonzero(change == -1)
    parent = list(range(len(row)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = parent[parent[run]]
            run = parent[run]
        return run

    rows, firsts, ends = row.tolist(), first.tolist(), end.tolist()
    above = 0
    for run in range(len(rows)):
        while above < run and (
            rows[above] < rows[run] - 1 or (rows[above] == rows[run] - 1 and ends[above] < firsts[run])
        ):
            above += 1
        near = above
        while near < run and rows[near] == rows[run] - 1 and firsts[near] <= ends[run]:
            parent[root(near)] = root(run)
            near += 1
    roots = np.array([root(run) for run in range(len(rows))], dtype=np.intp)
    numbers = np.unique(roots, return_inverse=True)[1] + 1
    label = np.zeros((height, width), dtype=np.intp)
    for r, a, b, n in zip(rows, firsts, ends, numbers.tolist(), strict=True):
        label[r, a:b] = n
    return label


def pen_width(strength: Grey) -> float:
    """Estimate the stroke width in pixels: twice the area divided by the length of the outline.

    A path along pixel edges is 4 / pi times as long as the curve it follows, averaged over all directions.
    """
    marked = np.pad(strength, 1) > 0.5 * float(strength.max())
    outline = sum(np.count_nonzero(np.diff(marked, axis=axis)) for axis in (0, 1))
    return 2 * float(np.count_nonzero(marked)) / max(outline * np.pi / 4, 1.0)


def block_means(values: Grey, size: int) -> Grey:
    """Average blocks of size x size pixels, (H, W) -> (ceil(H / size), ceil(W / size)); zeros beyond the border."""
    return _block_sums(values, size) / size**2


def dilate_grey(strength: Grey, by: int) -> Grey:
    """Grey dilation: every pixel gets the strongest ink within about `by` pixels. (H, W) -> (H, W)."""
    for step in range(by):
        sides = (strength[:-2, 1:-1], strength[2:, 1:-1], strength[1:-1, :-2], strength[1:-1, 2:])
        corners = (strength[:-2, :-2], strength[:-2, 2:], strength[2:, :-2], strength[2:, 2:])
        near = (*sides, *corners) if step % 2 else sides  # diamond and square in turn are nearly a disc
        strength = strength.copy()
        strength[1:-1, 1:-1] = np.maximum.reduce([strength[1:-1, 1:-1], *near])
    return strength
