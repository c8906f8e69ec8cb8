"""Fitting a picture to a network: what a learner brings is made into what the network was trained on, step by step.

Each step is kept as a picture, because the fitting is the first thing that the walk shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.pictures.background import Grey, Polarity, ground, polarity_of, resized, rim_level
from app.pictures.ink import Box, means, pen_width, read_ink, widened
from app.refusal import Refusal

Crop = Literal["auto", "whole"] | tuple[int, int, int, int]
Ink = Literal["auto", "dark", "light"]
How = Literal["pass", "whole", "ink"]
StageName = Literal["original", "crop", "grey", "ink", "box", "scaled", "centred", "whole", "middle"]

Shape = tuple[int, int, int]
"""Channels, height, width."""

INK_SHARE = 20 / 28
"""A digit's longer side takes 20 of MNIST's 28 pixels."""
FINE = 3
"""A part that is more than so many times larger than it will be is made smaller before anything else."""
THIN = 1.4
"""Strokes that would be thinner, in pixels of the network's input, are gone over with a pen of PEN pixels."""
PEN = 2.0
SHOWN = 280
"""The longest side of a stage's picture: enough to look at, and a drawing's own, which need not be scaled then."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One step of the fitting as a picture; `box` is the part that the next step takes, in this picture's pixels."""

    name: StageName
    picture: Image.Image
    box: Box | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """A picture as a network sees it, x: (C, H, W) in whole 255ths, and how it came to be so.

    The last stage's picture is x itself. `box` is where the ink was, in pixels of the original picture; None where the
    whole picture was taken. `ink_found` is False where ink was looked for and nothing stood out from the ground.
    """

    x: NDArray[np.float64]
    stages: tuple[Stage, ...]
    ink: Polarity
    ink_found: bool
    box: Box | None
    passed_through: bool


def fit(picture: Image.Image, input_shape: Shape, crop: Crop = "auto", ink: Ink = "auto") -> Fitted:
    """Make a picture of any size into (C, H, W) of numbers in 0..1, without distorting it.

    For a network that sees grey (C = 1): the marks are found on their ground, turned to light on dark, scaled until the
    longer side of their box is 20 of 28 pixels, and moved until their centre of mass is in the middle. `crop` "whole"
    skips the search; (x, y, w, h) restricts it to that part. A picture that has the network's size already keeps its
    pixels. For colours (C = 3): the largest part in the middle with the right proportions, or the whole on black.
    """
    stages = [Stage("original", _shown(picture))]
    corner = (0, 0)
    if isinstance(crop, tuple):
        x, y, w, h = _checked(crop, picture.size)
        stages = [Stage("original", *_shown_with(picture, crop))]
        picture, corner = picture.crop((x, y, x + w, y + h)), (x, y)
        stages.append(Stage("crop", _shown(picture)))
    passes = picture.size == (input_shape[2], input_shape[1]) and not isinstance(crop, tuple)
    if input_shape[0] == 3:
        return _fit_colours(picture, input_shape, crop == "whole", passes, stages)
    return _fit_grey(
        picture, input_shape, "pass" if passes else "whole" if crop == "whole" else "ink", ink, corner, stages
    )


def _fit_grey(
    picture: Image.Image,
    input_shape: Shape,
    how: How,
    ink: Ink,
    corner: tuple[int, int],
    stages: list[Stage],
) -> Fitted:
    """Fit a picture to a network that sees grey; `corner` is where it was cut out of the original."""
    levels = picture.convert("L")
    grey = np.asarray(levels, dtype=np.float64) / 255
    wanted = None if ink == "auto" else ink
    if how == "ink":
        polarity, found = read_ink(grey, wanted)
    else:
        paper = rim_level(grey) if how == "pass" else ground(grey)
        polarity, found = wanted or polarity_of(grey, paper), None
    turned = grey if polarity == "light" else 1.0 - grey
    stages = [*stages, Stage("grey", _shown(levels)), Stage("ink", _shown(_picture(turned)))]
    box = None
    if how == "pass":
        x = turned
    elif how == "whole" or found is None:
        x = _whole(turned, input_shape)
        stages.append(Stage("whole", _picture(x)))
    else:
        scaled = _scaled(found.strength, found.box, input_shape)
        x = _placed(scaled, input_shape, _middle(scaled, input_shape))
        stages.append(Stage("box", *_shown_with(_picture(found.strength), found.box)))
        stages += [Stage("scaled", _picture(scaled)), Stage("centred", _picture(x))]
        box = (found.box[0] + corner[0], found.box[1] + corner[1], found.box[2], found.box[3])
    return Fitted(
        _whole_255ths(x)[np.newaxis], tuple(stages), polarity, how != "ink" or found is not None, box, how == "pass"
    )


def _checked(crop: tuple[int, int, int, int], size: tuple[int, int]) -> Box:
    """Return the crop if it lies inside a picture of this size."""
    x, y, w, h = crop
    if w < 1 or h < 1 or x < 0 or y < 0 or x + w > size[0] or y + h > size[1]:
        raise Refusal(422, "crop-outside", x=x, y=y, w=w, h=h, width=size[0], height=size[1])
    return crop


def _scaled(strength: Grey, box: Box, input_shape: Shape) -> Grey:
    """Scale the ink in its box until the longer side has its 20 of 28 pixels, the strongest ink made white.

    Ink much finer than the network has ever seen, a ballpoint's on a large sheet, is gone over with a wider pen first.
    """
    longer = round(INK_SHARE * min(input_shape[1:]))
    x, y, w, h = box
    rim = max(w, h) // longer + 2
    part = np.pad(strength, rim)[y : y + h + 2 * rim, x : x + w + 2 * rim]
    size = max(1, max(w, h) // (FINE * longer))
    part = means(part / max(float(part.max()), 1e-9), size)
    factor = longer * size / max(w, h)
    finer = round((PEN - pen_width(part) * factor) / 2 / factor)
    by = max(0, finer) if pen_width(part) * factor < THIN else 0
    part = widened(np.pad(part, by), by)
    ink = _cut(part, rim / size, rim / size, w / size + 2 * by, h / size + 2 * by, longer)
    return ink / max(float(ink.max()), 1e-9)


def _cut(ink: Grey, left: float, top: float, w: float, h: float, longer: int) -> Grey:
    """Scale a part of a picture until its longer side has so many pixels.

    The shorter side rarely comes to whole pixels; then a little more of the picture is taken at both ends, so that both
    sides are scaled by exactly the same factor.
    """
    factor = longer / max(w, h)
    columns, rows = (max(1, int(np.ceil(side * factor - 1e-6))) for side in (w, h))
    left, top = left - (columns / factor - w) / 2, top - (rows / factor - h) / 2
    return np.clip(resized(ink, columns, rows, (left, top, left + columns / factor, top + rows / factor)), 0.0, 1.0)


def _whole(grey: Grey, input_shape: Shape) -> Grey:
    """Scale a whole picture until it just fits into the network's input, and lay it in the middle of it."""
    height, width = grey.shape
    factor = min(input_shape[1] / height, input_shape[2] / width)
    scaled = np.clip(resized(grey, max(1, round(width * factor)), max(1, round(height * factor))), 0.0, 1.0)
    return _placed(scaled, input_shape, ((input_shape[1] - len(scaled)) // 2, (input_shape[2] - scaled.shape[1]) // 2))


def _middle(scaled: Grey, input_shape: Shape) -> tuple[int, int]:
    """Return the row and column where the ink has to begin so that its centre of mass comes to the middle pixel."""
    corner = []
    for axis in (0, 1):
        mass = scaled.sum(axis=1 - axis)
        centre = float(mass @ np.arange(len(mass))) / max(float(mass.sum()), 1e-9)
        room = input_shape[1 + axis] - len(mass)
        # A bar of even width is as near to the middle at either of two places: always take the first.
        corner.append(min(max(int(np.ceil(input_shape[1 + axis] / 2 - centre - 0.501)), 0), room))
    return corner[0], corner[1]


def _placed(scaled: Grey, input_shape: Shape, corner: tuple[int, int]) -> Grey:
    """Lay a small picture on black, its first row and column at `corner`: (H, W)."""
    x = np.zeros(input_shape[1:])
    x[corner[0] : corner[0] + len(scaled), corner[1] : corner[1] + scaled.shape[1]] = scaled
    return x


def _fit_colours(picture: Image.Image, input_shape: Shape, whole: bool, passes: bool, stages: list[Stage]) -> Fitted:
    """Fit a picture to a network that sees colours: cut to its proportions, or laid whole on black."""
    height, width = input_shape[1:]
    colours = picture.convert("RGB")
    if not passes:
        within = min if whole else max
        factor = within(width / colours.width, height / colours.height)
        size = (max(1, round(colours.width * factor)), max(1, round(colours.height * factor)))
        scaled = colours.resize(size, Image.Resampling.BICUBIC)
        colours = Image.new("RGB", (width, height))
        colours.paste(scaled, ((width - size[0]) // 2, (height - size[1]) // 2))
        if not whole:
            stages[-1:] = _middle_shown(stages[-1], picture, (round(width / factor), round(height / factor)))
        stages = [*stages, Stage("whole" if whole else "middle", colours)]
    x = np.asarray(colours, dtype=np.float64).transpose(2, 0, 1) / 255
    return Fitted(x, tuple(stages), "light", False, None, passes)


def _middle_shown(stage: Stage, picture: Image.Image, used: tuple[int, int]) -> list[Stage]:
    """Mark the middle of a picture, `used` pixels wide and high, where that is not all of it."""
    if used == picture.size:
        return [stage]
    left, top = (picture.width - used[0]) // 2, (picture.height - used[1]) // 2
    return [Stage(stage.name, *_shown_with(picture, (left, top, *used)))]


def _whole_255ths(x: Grey) -> Grey:
    """Round to the values that a picture file can hold, so that the picture shown is the numbers computed with."""
    return np.round(x * 255) / 255


def _picture(values: Grey) -> Image.Image:
    """Turn (H, W) in 0..1 into a grey picture."""
    return Image.fromarray(np.round(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8))


def _shown(picture: Image.Image) -> Image.Image:
    """Make a picture small enough to show, without distorting it."""
    factor = min(1.0, SHOWN / max(picture.size))
    if factor == 1.0:
        return picture
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _shown_with(picture: Image.Image, box: Box) -> tuple[Image.Image, Box]:
    """Make a picture small enough to show, and move a box on it along."""
    small = _shown(picture)
    x, y, w, h = box
    across, down = small.width / picture.width, small.height / picture.height
    left, top = int(x * across), int(y * down)
    right, bottom = int(np.ceil((x + w) * across)), int(np.ceil((y + h) * down))
    return small, (left, top, max(1, right - left), max(1, bottom - top))
