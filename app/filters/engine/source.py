"""What the filters are laid on: a picture, cut and made small, in the channels that the scene asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from PIL import Image

from app.passes.kernel_arrays import COLOURS
from app.refusal import Refusal
from app.scenes.filter_scene import FilterScene
from cnn_core import Array

LONGEST_SIDE = 512


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """What a chain is laid on: x (C, H, W) in float32, 0..1; the names of its channels; the whole picture's size.

    colours: whether the picture has any; of a grey one there is only grey to be chosen.
    """

    x: Array
    names: tuple[str, ...]
    size: tuple[int, int]
    colours: bool


def opened(picture: Image.Image, scene: FilterScene) -> Source:
    """Cut, make small and split a picture into the channels that the scene asks for."""
    size = picture.size
    if scene.crop not in ("auto", "whole"):
        picture = picture.crop(_box(scene, size))
    if max(picture.size) > LONGEST_SIDE:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    names: tuple[str, ...] = COLOURS
    colours = picture.mode != "L"
    if picture.mode == "L" or scene.channels == "grey":
        picture, names = picture.convert("L"), ("grey",)
    levels = np.asarray(picture, np.float32) / np.float32(255)
    x = levels[None] if levels.ndim == 2 else np.ascontiguousarray(levels.transpose(2, 0, 1))
    if scene.channels in COLOURS and len(x) == len(COLOURS):
        at = COLOURS.index(scene.channels)
        x, names = np.ascontiguousarray(x[at : at + 1]), (scene.channels,)
    return Source(x=shut(x), names=names, size=size, colours=colours)


def _box(scene: FilterScene, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of the picture that is used: left, upper, right, lower; Refusal 422 where it is not inside."""
    x, y, w, h = cast(tuple[int, int, int, int], scene.crop)
    if w < 1 or h < 1 or x + w > size[0] or y + h > size[1]:
        nearest = scene.but(crop="auto")
        raise Refusal(422, "crop-outside", x=x, y=y, w=w, h=h, width=size[0], height=size[1], nearest=nearest)
    return x, y, x + w, y + h


def shut(array: Array) -> Array:
    """Let nobody write into what is remembered."""
    array.flags.writeable = False
    return array
