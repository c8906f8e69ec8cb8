"""The result of a filter as a picture, in three honest ways: with signs, by size alone, or cut off as editors do."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Literal

import numpy as np
from PIL import Image

from app.filters.engine.result import Filtered
from app.render.colours import map_image
from cnn_core import Array
from cnn_core.filters.filter import Filter, Stage

Shown = Literal["signed", "absolute", "clipped"]
SHOWN: tuple[Shown, ...] = ("signed", "absolute", "clipped")
DIMMEST, BRIGHTEST = 0.5, 2.0
"""Where the kernels' sums multiply to something between, a picture keeps its brightness, more or less."""


def shown(filtered: Filtered, at: int | None = None) -> Shown:
    """How a stage's output becomes a picture: what the scene says, or else what suits its kernels."""
    for way in SHOWN:
        if filtered.scene.show == way:
            return way
    return suiting(filtered.chain[: filtered.at if at is None else at])


def suiting(chain: Sequence[Stage]) -> Shown:
    """How the output of these stages is shown where nobody has chosen."""
    return "clipped" if keeps_brightness(chain) else "signed"


def keeps_brightness(chain: Sequence[Stage]) -> bool:
    """Whether a plain surface comes through about as bright as it was."""
    gain = prod(float(stage.kernels.sum()) / len(stage.kernels) for stage in chain if isinstance(stage, Filter))
    return DIMMEST <= gain <= BRIGHTEST


def picture(values: Array, how: Shown, channel: int, limit: float) -> Image.Image:
    """(C, H, W) -> a picture of as many pixels; with signs, one channel of it, on the scale -limit..limit."""
    if how == "signed":
        return map_image(values[channel], limit)
    if how == "absolute":
        return _levels(np.abs(values) * np.float32(1 / limit if limit else 0))
    return _levels(values)


def source_picture(filtered: Filtered) -> Image.Image:
    """What the chain is laid on."""
    return _levels(filtered.source.x)


def result_picture(filtered: Filtered, channel: int) -> Image.Image:
    """What comes out of the stage that is looked at; with signs, one channel of it."""
    last = len(filtered.after) - 1
    return picture(filtered.after, shown(filtered), min(channel, last), filtered.limit)


def _levels(values: Array) -> Image.Image:
    """(C, H, W) in 0..1 -> grey or RGB; what lies outside is cut off."""
    levels = np.multiply(values, np.float32(255))
    np.rint(levels, out=levels)
    np.clip(levels, 0, 255, out=levels)
    planes = [Image.fromarray(plane) for plane in levels.astype(np.uint8)]
    return planes[0] if len(planes) == 1 else Image.merge("RGB", planes)
