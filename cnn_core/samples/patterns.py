"""Pictures that the project draws itself: digits that look handwritten, shapes and test patterns.

They are drawn anew from points and formulas, so the same name gives the same pixels on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import numpy as np

from cnn_core.layer import Array
from cnn_core.samples.handwriting import DIGITS, Handwriting, Point, smooth

DIGIT_SIZE = 28
INK_SIZE = 20
"""A digit's longer side, in pixels: MNIST's digits are drawn into 20x20 and centred by mass in 28x28."""


class UnknownSample(ValueError):
    """A name that no picture has."""

    def __init__(self, name: str) -> None:
        super().__init__(f"sample: expected one of {', '.join(SAMPLES)}; got {name!r}")
        self.name = name


def sample(name: str) -> Array:
    """Draw one picture, (C, H, W), float64 in 0..1, each value a whole number of 255ths."""
    if name not in DRAWERS:
        raise UnknownSample(name)
    return np.round(DRAWERS[name]() * 255) / 255


def draw_strokes(strokes: Sequence[Sequence[Point] | Array], size: int, width: float) -> Array:
    """Draw strokes with a round pen of light ink (1) on black (0): (size, size).

    Points (x, y) and the pen's width are in units of the picture's side, so 0..1 covers it. A stroke of one point is a
    dot. A pixel's ink is the share of it that the pen covers, judged by its centre's distance from the path.
    """
    ink = np.zeros((size, size))
    radius = width * size / 2
    for stroke in strokes:
        path = np.asarray(stroke, dtype=np.float64).reshape(-1, 2) * size - 0.5
        starts = path[:-1] if len(path) > 1 else path
        ends = path[1:] if len(path) > 1 else path
        for start, end in zip(starts, ends, strict=True):
            _draw_segment(ink, start, end, radius)
    return ink


def _draw_segment(ink: Array, start: Array, end: Array, radius: float) -> None:
    """Add one straight line to a picture being drawn; start and end are (x, y) in pixels."""
    size = len(ink)
    reach = radius + 1
    left, top = (int(v) for v in np.clip(np.floor(np.minimum(start, end) - reach), 0, size))
    right, bottom = (int(v) for v in np.clip(np.ceil(np.maximum(start, end) + reach) + 1, 0, size))
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right)[np.newaxis, :]
    y = np.arange(top, bottom)[:, np.newaxis]
    along = end - start
    length2 = float(along @ along)
    t = np.zeros((bottom - top, right - left))
    if length2 > 0:
        t = np.clip(((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length2, 0, 1)
    distance = np.hypot(x - (start[0] + t * along[0]), y - (start[1] + t * along[1]))
    part = ink[top:bottom, left:right]
    np.maximum(part, np.clip(radius + 0.5 - distance, 0, 1), out=part)


def _digit(writing: Handwriting) -> Array:
    """Draw one digit, (1, 28, 28), as MNIST has them: its ink 20 pixels long, its centre of mass at pixel (14, 14)."""
    paths = [smooth(stroke) for stroke in writing.strokes]
    points = np.vstack(paths)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (INK_SIZE - writing.pen) / float((high - low).max())
    inked = [(writing.pen / 2 + scale * (path - low)) / DIGIT_SIZE for path in paths]
    ink = draw_strokes(inked, DIGIT_SIZE, writing.pen / DIGIT_SIZE)
    pixels = np.arange(DIGIT_SIZE)
    down, right = (round(DIGIT_SIZE / 2 - float(ink.sum(axis=axis) @ pixels) / float(ink.sum())) for axis in (1, 0))
    return np.roll(ink, (down, right), axis=(0, 1))[np.newaxis]


def _edges() -> Array:
    """Draw a white and a grey rectangle on black, (1, 28, 28): upright and level edges, of two heights each."""
    picture = np.zeros((1, DIGIT_SIZE, DIGIT_SIZE))
    picture[0, 5:23, 4:14] = 1.0
    picture[0, 5:23, 14:24] = 0.5
    return picture


def _gradient() -> Array:
    """Draw an even slope from black at the left to white at the right, (1, 28, 28)."""
    return np.tile(np.linspace(0.0, 1.0, DIGIT_SIZE), (1, DIGIT_SIZE, 1))


def _checker() -> Array:
    """Draw a board of 7 by 7 squares, (1, 28, 28), black in the corners."""
    square = np.arange(DIGIT_SIZE) // 4
    return ((square[:, np.newaxis] + square) % 2)[np.newaxis].astype(np.float64)


def _dot() -> Array:
    """Draw one white pixel on black, (1, 28, 28): any filter answers it with its own kernel."""
    picture = np.zeros((1, DIGIT_SIZE, DIGIT_SIZE))
    picture[0, DIGIT_SIZE // 2, DIGIT_SIZE // 2] = 1.0
    return picture


def _rings() -> Array:
    """Draw rings that get narrower outwards, (1, 28, 28): edges of every direction and several spacings."""
    at = np.arange(DIGIT_SIZE) - (DIGIT_SIZE - 1) / 2
    square_distance = at[:, np.newaxis] ** 2 + at**2
    rings = 0.5 + 0.5 * np.cos(np.pi * square_distance / 27)
    return (rings * (square_distance < 13**2))[np.newaxis]


def _star() -> Array:
    """Draw four lines through one point, (1, 28, 28): level, upright and both diagonals."""
    ends = [
        ((0.14, 0.5), (0.86, 0.5)),
        ((0.5, 0.14), (0.5, 0.86)),
        ((0.24, 0.24), (0.76, 0.76)),
        ((0.76, 0.24), (0.24, 0.76)),
    ]
    return draw_strokes(ends, DIGIT_SIZE, 2 / DIGIT_SIZE)[np.newaxis]


def _shapes() -> Array:
    """Draw a red disc, a green square and a blue triangle on a light ground, (3, 64, 64)."""
    size = 64
    picture = np.full((3, size, size), 0.94)
    row, column = np.mgrid[0:size, 0:size] + 0.5
    disc = 13.5 - np.hypot(column - 19, row - 20)
    box = np.minimum(12 - np.abs(column - 46), 12 - np.abs(row - 20))
    roof = np.minimum(56 - row, (row - 34 - 1.1 * np.abs(column - 33)) / np.hypot(1, 1.1))
    for inside, colour in ((disc, (0.84, 0.18, 0.15)), (box, (0.13, 0.56, 0.29)), (roof, (0.16, 0.32, 0.75))):
        cover = np.clip(inside + 0.5, 0, 1)
        picture += cover * (np.array(colour).reshape(3, 1, 1) - picture)
    return picture


DRAWERS: Mapping[str, Callable[[], Array]] = MappingProxyType(
    {name: partial(_digit, writing) for name, writing in DIGITS.items()}
    | {
        "pattern-edges": _edges,
        "pattern-gradient": _gradient,
        "pattern-checker": _checker,
        "pattern-dot": _dot,
        "pattern-rings": _rings,
        "pattern-star": _star,
        "shapes": _shapes,
    }
)
SAMPLES: tuple[str, ...] = tuple(DRAWERS)
"""The names that `sample` knows: ten digits, more digits in another hand, then patterns."""
