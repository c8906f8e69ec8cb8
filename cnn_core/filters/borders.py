"""What a window reads where it reaches past the edge of a picture: zeros, or pixels of the picture once more."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cnn_core.layer import Array, ShapeError
from cnn_core.windows import Padding, Pair, paddings

Border = Literal["zero", "none", "same", "reflect", "edge"]
"""zero: zeros, as far as `padding` says. none: windows stay inside. same: zeros, as far as keeps the size at stride 1.
reflect, edge: as far as same, but the picture mirrored at its outermost pixels, or its outermost pixels repeated."""

BORDERS: tuple[Border, ...] = get_args(Border)


def border_padding(border: Border, padding: int | Pair | Padding, size: Pair, dilation: Pair) -> Padding:
    """How far the windows may reach past each edge. Of an odd number of rows or columns, the extra one comes after."""
    if border not in BORDERS:
        raise ShapeError("Filter border", " or ".join(BORDERS), border)
    if border == "none":
        return (0, 0), (0, 0)
    if border == "zero":
        return paddings(padding, "Filter padding")
    reach = [(size[axis] - 1) * dilation[axis] for axis in (0, 1)]
    return (reach[0] // 2, reach[0] - reach[0] // 2), (reach[1] // 2, reach[1] - reach[1] // 2)


def source_index(border: Border, places: NDArray[np.integer], n: int) -> NDArray[np.intp]:
    """Which pixel of a side n long is read at each of these places, -1 where it is a zero of the padding."""
    if border == "edge":
        return np.asarray(np.clip(places, 0, n - 1), np.intp)
    if border == "reflect":
        period = max(2 * (n - 1), 1)  # there and back again; a single pixel is its own mirror image
        folded = np.mod(places, period)
        return np.asarray(np.minimum(folded, period - folded), np.intp)
    return np.asarray(np.where((places >= 0) & (places < n), places, -1), np.intp)


def surround(plane: Array, x: Array, first: Pair, step: Pair, border: Border) -> None:
    """Write into plane: (h, w) what lies at place `first` of the picture x: (H, W) and every `step` from there.

    Places outside the picture are filled as the border says.
    """
    (rows, i), (columns, j) = (_inside(first[axis], step[axis], plane.shape[axis], x.shape[axis]) for axis in (0, 1))
    plane[rows, columns] = x[i, j]
    sides, ends = _beside(columns, plane.shape[1]), _beside(rows, plane.shape[0])
    if not (sides or ends):
        return
    if border not in ("reflect", "edge"):
        for side in sides:
            plane[rows, side] = 0
        for end in ends:
            plane[end] = 0
        return
    down, across = (
        source_index(border, first[axis] + step[axis] * np.arange(plane.shape[axis]), x.shape[axis]) for axis in (0, 1)
    )
    for side in sides:
        plane[rows, side] = x[i, across[side]]
    for end in ends:
        plane[end] = x[down[end, None], across]


def _inside(first: int, step: int, length: int, n: int) -> tuple[slice, slice]:
    """Which of `length` places, each a step after the last, lie in a side n long, and which pixels these are."""
    start = min(max(-(first // step), 0), length)
    stop = max(start, min(-((first - n) // step), length))
    return slice(start, stop), slice(first + start * step, first + stop * step, step)


def _beside(inside: slice, length: int) -> list[slice]:
    """What of `length` places comes before and after those inside."""
    return [part for part in (slice(0, inside.start), slice(inside.stop, length)) if part.start < part.stop]
