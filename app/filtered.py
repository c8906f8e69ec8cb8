"""A filtered scene: the picture, what came out of every stage, and which of them is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.filter_scene import FilterScene
from app.filter_source import Source
from cnn_core import Array, Cell, ReLU
from cnn_core.filtering import Chain, Stage


@dataclass(frozen=True, eq=False)
class Filtered:
    """A scene, computed: its step and cell are filled in.

    outputs: the picture, then what came out of every stage. kernel: (1 or 3, kh, kw) of the kernel that the scene names
    for the stage looked at (or the first), of which a picture with one channel uses one.
    """

    scene: FilterScene
    source: Source
    chain: Chain
    outputs: tuple[Array, ...]
    kernel: Array

    @property
    def at(self) -> int:
        """The stage that is looked at, counted from 1."""
        return self.scene.looked_at

    @property
    def stage(self) -> Stage:
        """The stage that is looked at."""
        return self.chain[self.at - 1]

    @property
    def before(self) -> Array:
        """What goes into it."""
        return self.outputs[self.at - 1]

    @property
    def after(self) -> Array:
        """What comes out of it."""
        return self.outputs[self.at]

    @property
    def cell(self) -> Cell:
        """The picked cell of what comes out."""
        if self.scene.cell is None:
            raise TypeError("a filtered scene has a cell")
        return self.scene.cell

    @cached_property
    def limit(self) -> float:
        """The largest distance from zero of what comes out."""
        return float(max(self.after.max(), -self.after.min()))


def strongest(filtered: Filtered) -> Cell:
    """Where what comes out is furthest from zero, but not where the window reaches over the edge, if it can be helped."""
    after, stage = np.abs(filtered.after), filtered.stage
    rows, columns = (_whole(stage, axis, filtered) for axis in (0, 1))
    inner = after[:, rows, columns]
    c, i, j = (int(n) for n in np.unravel_index(int(inner.argmax()), inner.shape))
    return c, i + rows.start, j + columns.start


def _whole(stage: Stage, axis: int, filtered: Filtered) -> slice:
    """Along one side, the windows that lie inside the picture; all of them where none does."""
    out = filtered.after.shape[1 + axis]
    if isinstance(stage, ReLU):
        return slice(0, out)
    windows = stage.windows
    first = -(-windows.padding[axis][0] // windows.stride[axis])
    reach = (windows.size[axis] - 1) * windows.dilation[axis]
    last = (filtered.before.shape[1 + axis] - 1 - reach + windows.padding[axis][0]) // windows.stride[axis]
    return slice(first, last + 1) if first <= last else slice(0, out)
