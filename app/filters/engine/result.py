"""A filtered scene: the picture, what came out of every stage, and which of them is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.filters.engine.edges import clean_part
from app.filters.engine.source import Source
from app.scenes.chain_text import Pool
from app.scenes.filter_scene import FilterScene
from cnn_core import Array, AveragePool, Cell, MaxPool
from cnn_core.filters.filter import Chain, Stage
from cnn_core.trace import argmax


@dataclass(frozen=True, kw_only=True, eq=False)
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

    def clean(self, at: int) -> Array:
        """The part of a stage's output in which no number has read past the picture's edge; all, if there is none."""
        rows, columns = (clean_part(self.chain[:at], axis, self.outputs[0].shape[1 + axis]) for axis in (0, 1))
        part = self.outputs[at][:, rows, columns]
        return part if part.size else self.outputs[at]

    def limit_of(self, at: int) -> float:
        """How far the colours of a stage's output reach: as far as its numbers do, away from the edge of the picture.

        There zeros meet the picture, and the step between them would leave everything else pale.
        """
        part = self.clean(at)
        return float(max(part.max(), -part.min())) or float(np.abs(self.outputs[at]).max())

    @cached_property
    def limit(self) -> float:
        """How far the colours reach of what comes out."""
        return self.limit_of(self.at)


def pooling(text: Pool) -> MaxPool | AveragePool:
    """The pooling stage that an address names."""
    return (MaxPool if text.kind == "max" else AveragePool)(text.size, text.stride)


def strongest(filtered: Filtered) -> Cell:
    """Where what comes out is furthest from zero, but not where it has read past the edge, if it can be helped."""
    part, shape = filtered.clean(filtered.at), filtered.after.shape
    c, i, j = argmax(np.abs(part))
    chain, picture = filtered.chain[: filtered.at], filtered.outputs[0]
    rows, columns = (clean_part(chain, axis, picture.shape[1 + axis]) for axis in (0, 1))
    inner = part.shape != shape
    return c, i + (rows.start if inner else 0), j + (columns.start if inner else 0)
