"""The marks on a sheet: which of them were written, how strong they are, and the box around them.

Nothing here knows digits; noise, specks and the edge of the sheet are told from strokes by their strength and place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.pictures.background import FAINTEST, Grey, Mask, Polarity, contrast, ground, mean_around, polarity_of

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels."""

BLOCKS = 128
"""Marks are told apart on a grid with this many blocks on its longer side."""
EDGE = 0.25
"""A pixel belongs to a mark from this share of the strongest ink on."""
NOISY = 0.02
"""Where paper differs from itself by so much, marks are looked for in averages of nine pixels."""
SOLID = 0.75
"""The share of its box that a sheet of paper fills, and the writing of no pen."""
SPECK = 0.05
"""A mark with less than this share of the largest mark's ink is a speck."""


@dataclass(frozen=True, eq=False)
class Ink:
    """What was written: `strength` (H, W), 0 for paper and 1 for the fullest ink, with specks left out; and its box."""

    strength: Grey
    box: Box


def read_ink(grey: Grey, polarity: Polarity | None = None) -> tuple[Polarity, Ink | None]:
    """Find what was written in a grey picture, (H, W) in 0..1, and whether it is darker or lighter than its ground.

    A sheet that lies on a table is itself the mark that stands out most; then what is written on it is looked for.
    """
    paper = ground(grey)
    outer = polarity or polarity_of(grey, paper)
    found = find_ink(contrast(grey, paper, outer))
    if polarity is None and found is not None and _is_solid(found):
        x, y, w, h = found.box
        rim = 1 + min(w, h) // 20
        sheet = grey[y + rim : y + h - rim, x + rim : x + w - rim]
        level = ground(sheet)
        inner = polarity_of(sheet, level)
        written = find_ink(contrast(sheet, level, inner))
        if written is not None and _is_inside(written):
            left, top = x + rim, y + rim
            strength = np.zeros(grey.shape)
            strength[top : top + len(sheet), left : left + sheet.shape[1]] = written.strength
            a, b, c, d = written.box
            return inner, Ink(strength, (a + left, b + top, c, d))
    return outer, found


def _is_solid(ink: Ink) -> bool:
    """Say whether the marks fill their box, and much of the picture, as a sheet does and writing does not."""
    x, y, w, h = ink.box
    part = ink.strength[y : y + h, x : x + w]
    return min(w, h) > 20 and 5 * part.size > ink.strength.size and float((part > EDGE * part.max()).mean()) > SOLID


def _is_inside(ink: Ink) -> bool:
    """Say whether the marks stay clear of the picture's rim."""
    x, y, w, h = ink.box
    height, width = ink.strength.shape
    return x > 0 and y > 0 and x + w < width and y + h < height


def find_ink(strength: Grey) -> Ink | None:
    """Pick the marks out of a contrast picture, (H, W): not noise, not specks, not the edge of the sheet."""
    noise = _noise(strength)
    calm = strength if noise < NOISY else mean_around(strength, 1)
    full, noise = _strongest(calm), _noise(calm)
    if full < max(FAINTEST, 5 * noise):
        return None
    marked = calm > max(EDGE * full, 4 * noise)
    size = -(-max(strength.shape) // BLOCKS)
    kept = keep_marks(_joined(marked, size) > 0, _joined(np.where(marked, calm, 0.0), size))
    if not kept.any():
        return None
    rows, columns = np.nonzero(_spread(kept, size, strength.shape) & marked)
    left, top = int(columns.min()), int(rows.min())
    box = (left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top)
    rim = -(-max(box[2:]) // (20 * size))
    near = _spread(grown(kept, rim), size, strength.shape)
    return Ink(np.where(near, np.clip((strength - 2 * noise) / (1 - 2 * noise), 0.0, 1.0), 0.0), box)


def _noise(strength: Grey) -> float:
    """Return how much empty paper differs from itself: the standard deviation, judged by the median."""
    step = -(-max(strength.shape) // 256)  # Enough pixels to judge by, in a large picture too.
    few = strength[::step, ::step]
    paper = np.abs(few[few < EDGE * _strongest(strength)])
    return 1.4826 * float(np.median(paper)) if paper.size else 0.0


def _strongest(strength: Grey) -> float:
    """Return the strongest contrast over two by two pixels, which a single odd pixel cannot be."""
    if min(strength.shape) < 2:
        return float(strength.max())
    pairs = strength[1:] + strength[:-1]
    return float((pairs[:, 1:] + pairs[:, :-1]).max()) / 4


def _joined(values: Grey | Mask, size: int) -> Grey:
    """Add size x size pixels up to one block, (H, W) -> (H / size, W / size), rounded up; beyond the rim lie zeros."""
    height, width = values.shape
    padded = np.pad(values.astype(np.float64), ((0, -height % size), (0, -width % size)))
    return np.asarray(padded.reshape(padded.shape[0] // size, size, padded.shape[1] // size, size).sum(axis=(1, 3)))


def _spread(blocks: Mask, size: int, shape: tuple[int, ...]) -> Mask:
    """Turn blocks back into pixels."""
    return np.repeat(np.repeat(blocks, size, axis=0), size, axis=1)[: shape[0], : shape[1]]


def grown(mask: Mask, by: int) -> Mask:
    """Widen a mask by so many cells to every side."""
    for axis in (0, 1):
        padded = np.pad(mask, [(by, by) if axis == k else (0, 0) for k in (0, 1)])
        windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * by + 1, axis=axis)
        mask = np.asarray(windows.any(axis=-1))
    return mask


def keep_marks(mask: Mask, ink: Grey) -> Mask:
    """Leave out the specks, and what runs along the picture's rim while there is something inside."""
    label = labels(mask)
    count = int(label.max()) + 1
    weight = np.bincount(label.ravel(), ink.ravel(), count)
    weight[0] = 0.0
    rim = np.zeros(count, dtype=bool)
    for side in (label[0], label[-1], label[:, 0], label[:, -1]):
        rim |= np.bincount(side, minlength=count) * 4 > len(side)
    inside = np.where(rim, 0.0, weight)
    if inside.max() >= SPECK * weight.max():
        weight = inside
    return np.asarray((weight > 0) & (weight >= SPECK * weight.max()))[label]


def labels(mask: Mask) -> NDArray[np.intp]:
    """Number the connected parts of a mask from 1, diagonal neighbours included; 0 where the mask is not set.

    Each row is cut into runs, and runs that touch are joined in a forest (union-find): far fewer steps than pixels.
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
    """Measure how wide the strokes are, in pixels: twice their area for each pixel of their outline."""
    marked = np.pad(strength, 1) > 0.5 * float(strength.max())
    outline = sum(np.count_nonzero(np.diff(marked, axis=axis)) for axis in (0, 1))
    return 2 * float(np.count_nonzero(marked)) / max(outline * np.pi / 4, 1.0)


def means(values: Grey, size: int) -> Grey:
    """Average size x size pixels to one, (H, W) -> (H / size, W / size), rounded up; beyond the rim lie zeros."""
    return _joined(values, size) / size**2


def widened(strength: Grey, by: int) -> Grey:
    """Go over the strokes with a wider pen: every pixel gets the strongest ink within about `by` pixels."""
    for step in range(by):
        sides = (strength[:-2, 1:-1], strength[2:, 1:-1], strength[1:-1, :-2], strength[1:-1, 2:])
        corners = (strength[:-2, :-2], strength[:-2, 2:], strength[2:, :-2], strength[2:, 2:])
        near = (*sides, *corners) if step % 2 else sides  # In turns a diamond and a square: nearly a round pen.
        strength = strength.copy()
        strength[1:-1, 1:-1] = np.maximum.reduce([strength[1:-1, 1:-1], *near])
    return strength
