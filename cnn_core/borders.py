"""What a window reads where it reaches past the edge of a picture: zeros, or pixels of the picture once more."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cnn_core.layer import Array, ShapeError
from cnn_core.windows import Padding, Pair, Windows, paddings

Border = Literal["zero", "none", "same", "reflect", "edge"]
"""zero: zeros, as far as `padding` says. none: windows stay inside. same: zeros, as far as keeps the size at stride 1.
reflect, edge: as far as same, but the picture mirrored at its outermost pixels, or its outermost pixels repeated."""

BORDERS: tuple[Border, ...] = get_args(Border)


def around(border: Border, padding: int | Pair | Padding, size: Pair, dilation: Pair) -> Padding:
    """How far the windows may reach past each edge. Of an odd number of rows or columns, the extra one comes after."""
    if border not in BORDERS:
        raise ShapeError("Filter border", " or ".join(BORDERS), border)
    if border == "none":
        return (0, 0), (0, 0)
    if border == "zero":
        return paddings(padding, "Filter padding")
    reach = [(size[axis] - 1) * dilation[axis] for axis in (0, 1)]
    return (reach[0] // 2, reach[0] - reach[0] // 2), (reach[1] // 2, reach[1] - reach[1] // 2)


def met(border: Border, places: NDArray[np.integer], n: int) -> NDArray[np.intp]:
    """Which pixel of a side n long is read at each of these places, -1 where it is a zero of the padding."""
    if border == "edge":
        return np.asarray(np.clip(places, 0, n - 1), np.intp)
    if border == "reflect":
        period = max(2 * (n - 1), 1)  # there and back again; a single pixel is its own mirror image
        folded = np.mod(places, period)
        return np.asarray(np.minimum(folded, period - folded), np.intp)
    return np.asarray(np.where((places >= 0) & (places < n), places, -1), np.intp)


def surrounded(x: Array, border: Border, windows: Windows, out: Pair) -> Array:
    """x: (C, H, W) -> (C, H + .., W + ..), with its border as far as the windows of an (H', W') output reach."""
    if border not in ("reflect", "edge"):
        return windows.pad(x, out)
    (top, bottom), (left, right) = windows.padding
    rows = met(border, np.arange(-top, x.shape[1] + bottom), x.shape[1])
    columns = met(border, np.arange(-left, x.shape[2] + right), x.shape[2])
    return x[:, rows[:, None], columns]
