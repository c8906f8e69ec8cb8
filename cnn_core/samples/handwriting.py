"""Handwriting as the path of a pen: a digit is a few strokes, a stroke a few points with a smooth curve through them.

The points are (x, y), x to the right and y downwards, in a unit of one hundredth of the digit's height.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from cnn_core.layer import Array

Point = tuple[float, float]
Stroke = tuple[Point, ...]


class Handwriting(NamedTuple):
    """One way to write a digit: its strokes and the width of the pen, in pixels of a 28x28 picture."""

    pen: float
    strokes: tuple[Stroke, ...]


def smooth(points: Sequence[Point], steps: int = 12) -> Array:
    """Sample the Catmull-Rom curve through K points, `steps` samples from each to the next: (steps (K - 1) + 1, 2).

    The curve leaves each point in the direction from the point before it to the point after it.
    """
    path = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if len(path) < 2:
        return path
    ends = np.vstack([2 * path[0] - path[1], path, 2 * path[-1] - path[-2]])
    before, here, there, after = (ends[k : k + len(path) - 1, np.newaxis, :] for k in range(4))
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[np.newaxis, :, np.newaxis]
    curve = here + 0.5 * t * (
        (there - before)
        + t * (2 * before - 5 * here + 4 * there - after)
        + t * t * (3 * here - before - 3 * there + after)
    )
    return np.vstack([curve.reshape(-1, 2), path[-1:]])


# fmt: off
DIGITS: Mapping[str, Handwriting] = MappingProxyType(
    {
        "digit-0": Handwriting(
            2.5,
            (
                (
                    (62, 5), (45, 2), (24, 16), (9, 45), (8, 76), (24, 97), (46, 95), (67, 72), (78, 40), (73, 14),
                    (58, 4), (43, 8),
                ),
            ),
        ),
        "digit-1": Handwriting(
            2.6,
            (
                ((46, 0), (40, 28), (33, 62), (25, 100)),
            ),
        ),
        "digit-2": Handwriting(
            2.4,
            (
                ((12, 22), (24, 6), (46, 0), (64, 10), (66, 30), (52, 54), (28, 78), (4, 96)),
                ((4, 96), (14, 86), (28, 87), (46, 97), (62, 100), (82, 91)),
            ),
        ),
        "digit-3": Handwriting(
            2.5,
            (
                ((18, 12), (36, 1), (58, 3), (66, 17), (54, 34), (30, 46)),
                ((30, 46), (54, 46), (69, 60), (65, 82), (44, 97), (20, 98), (2, 86)),
            ),
        ),
        "digit-4": Handwriting(
            2.4,
            (
                ((26, 4), (20, 24), (10, 46), (6, 57), (18, 60), (46, 55), (80, 50)),
                ((68, 0), (60, 34), (51, 68), (45, 100)),
            ),
        ),
        "digit-5": Handwriting(
            2.4,
            (
                ((33, 6), (28, 24), (21, 44)),
                ((21, 44), (40, 37), (58, 46), (62, 66), (50, 88), (28, 99), (2, 92)),
                ((32, 7), (54, 7), (82, 0)),
            ),
        ),
        "digit-6": Handwriting(
            2.5,
            (
                (
                    (58, 0), (36, 16), (16, 44), (8, 72), (18, 94), (38, 99), (57, 86), (60, 66), (48, 54), (30, 60),
                    (13, 80),
                ),
            ),
        ),
        "digit-7": Handwriting(
            2.5,
            (
                ((4, 12), (12, 15), (36, 11), (70, 5)),
                ((70, 5), (60, 26), (46, 50), (34, 76), (27, 100)),
            ),
        ),
        "digit-8": Handwriting(
            2.3,
            (
                (
                    (72, 15), (58, 2), (36, 4), (25, 20), (36, 38), (52, 54), (55, 76), (40, 96), (20, 98), (8, 82),
                    (18, 64), (40, 46), (64, 24), (80, -4),
                ),
            ),
        ),
        "digit-9": Handwriting(
            2.5,
            (
                ((66, 12), (48, 2), (28, 10), (16, 30), (22, 46), (40, 47), (58, 32), (68, 10)),
                ((68, 10), (62, 38), (54, 68), (44, 100)),
            ),
        ),
        "digit-1-serif": Handwriting(
            2.4,
            (
                ((14, 26), (30, 14), (44, 0)),
                ((44, 0), (40, 34), (36, 66), (34, 97)),
                ((6, 98), (24, 96), (44, 97), (64, 94)),
            ),
        ),
        "digit-2-looped": Handwriting(
            2.3,
            (
                (
                    (14, 18), (30, 3), (52, 4), (62, 22), (54, 48), (36, 76), (18, 95), (6, 94), (8, 82), (22, 80),
                    (42, 92), (60, 97), (78, 84),
                ),
            ),
        ),
        "digit-4-closed": Handwriting(
            2.3,
            (
                ((54, 100), (58, 66), (64, 30), (68, 0), (44, 30), (20, 54), (4, 68), (30, 68), (58, 65), (84, 62)),
            ),
        ),
        "digit-7-crossed": Handwriting(
            2.3,
            (
                ((8, 16), (12, 8), (36, 9), (76, 3)),
                ((76, 3), (62, 26), (46, 54), (32, 100)),
                ((24, 54), (44, 50), (70, 46)),
            ),
        ),
    }
)
# fmt: on
"""The digits by name, each in one ordinary hand, and a few in another."""
