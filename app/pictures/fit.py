"""Fit a picture to the input of a network, as the network's training pictures were made.

Each step is kept as a picture, because the walk shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.pictures.background import Grey, Polarity, border_level, estimate_background, find_polarity, resample
from app.pictures.ink import Box, block_means, dilate_grey, pen_width, segment
from app.refusal import Refusal

Crop = Literal["auto", "whole"] | tuple[int, int, int, int]
Ink = Literal["auto", "dark", "light"]
How = Literal["pass", "whole", "ink"]
StageName = Literal["original", "crop", "grey", "ink", "box", "scaled", "centred", "whole", "middle"]

Shape = tuple[int, int, int]
"""Channels, height, width."""

INK_SHARE = 20 / 28
"""The longer side of a digit takes 20 of the 28 pixels in MNIST (LeCun et al., 1998)."""
FINE = 3
"""Ink that is more than so many times larger than its target is reduced by block means first."""
THIN = 1.4
"""Strokes that would be thinner, in pixels of the network's input, are dilated to PEN pixels."""
PEN = 2.0
STAGE_SIDE = 280
"""The longest side of a stage's picture, in pixels; that of a drawing, so that drawings are not resampled."""


@dataclass(frozen=True, eq=False)
class Stage:
    """One step of the fitting as a picture. box: the part that the next step takes, in pixels of this picture."""

    name: StageName
    picture: Image.Image
    box: Box | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """A picture as the network's input, and the steps that led there.

    x: (C, H, W) in 0..1, multiples of 1/255. stages: the steps; the picture of the last one is x itself.
    ink: whether the ink is darker or lighter than the background. ink_found: False if ink was looked for in vain.
    box: the bounding box of the ink in pixels of the original picture; None where the whole picture was taken.
    passed_through: whether the picture had the network's size, so that its pixels are the input.
    """

    x: NDArray[np.float64]
    stages: tuple[Stage, ...]
    ink: Polarity
    ink_found: bool
    box: Box | None
    passed_through: bool


def fit(picture: Image.Image, input_shape: Shape, crop: Crop = "auto", ink: Ink = "auto") -> Fitted:
    """Fit a picture of any size to input_shape, (C, H, W), keeping its proportions.

    Grey (C = 1): the ink is segmented, made light on dark, scaled until the longer side of its box takes 20 of 28
    pixels, and shifted until its centre of mass is in the middle, as in MNIST. Colour (C = 3): the largest centred part
    with the right proportions is scaled to the input.
    crop: "auto"; "whole" takes the whole picture instead, on black; (x, y, w, h) in pixels restricts it to that part.
    ink: "dark" or "light" skips the decision between them. A picture of the network's own size keeps its pixels.
    Raises Refusal 422 where the crop does not lie inside the picture.
    """
    stages = [Stage("original", _reduced(picture))]
    corner = (0, 0)
    if isinstance(crop, tuple):
        x, y, w, h = _checked(crop, picture.size)
        stages = [Stage("original", *_reduced_with(picture, crop))]
        picture, corner = picture.crop((x, y, x + w, y + h)), (x, y)
        stages.append(Stage("crop", _reduced(picture)))
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
    """Fit a picture to an input of one channel. corner: (x, y) of the picture in the original."""
    levels = picture.convert("L")
    grey = np.asarray(levels, dtype=np.float64) / 255
    wanted = None if ink == "auto" else ink
    if how == "ink":
        polarity, found = segment(grey, wanted)
    else:
        paper = border_level(grey) if how == "pass" else estimate_background(grey)
        polarity, found = wanted or find_polarity(grey, paper), None
    turned = grey if polarity == "light" else 1.0 - grey
    stages = [*stages, Stage("grey", _reduced(levels)), Stage("ink", _reduced(_picture(turned)))]
    box = None
    if how == "pass":
        x = turned
    elif how == "whole" or found is None:
        x = _whole_on_black(turned, input_shape)
        stages.append(Stage("whole", _picture(x)))
    else:
        scaled = _scaled(found.strength, found.box, input_shape)
        x = _placed(scaled, input_shape, _centring_corner(scaled, input_shape))
        stages.append(Stage("box", *_reduced_with(_picture(found.strength), found.box)))
        stages += [Stage("scaled", _picture(scaled)), Stage("centred", _picture(x))]
        box = (found.box[0] + corner[0], found.box[1] + corner[1], found.box[2], found.box[3])
    return Fitted(
        _rounded(x)[np.newaxis], tuple(stages), polarity, how != "ink" or found is not None, box, how == "pass"
    )


def _checked(crop: tuple[int, int, int, int], size: tuple[int, int]) -> Box:
    """Return the crop; Refusal 422 where it does not lie inside a picture of (width, height)."""
    x, y, w, h = crop
    if w < 1 or h < 1 or x < 0 or y < 0 or x + w > size[0] or y + h > size[1]:
        raise Refusal(422, "crop-outside", x=x, y=y, w=w, h=h, width=size[0], height=size[1])
    return crop


def _scaled(strength: Grey, box: Box, input_shape: Shape) -> Grey:
    """Scale the ink in its box until the longer side has 20 of 28 pixels, and its strongest value is 1.

    Strokes finer than any in the training data, such as a ballpoint's on a large sheet, are dilated first.
    """
    longer = round(INK_SHARE * min(input_shape[1:]))
    x, y, w, h = box
    rim = max(w, h) // longer + 2
    part = np.pad(strength, rim)[y : y + h + 2 * rim, x : x + w + 2 * rim]
    size = max(1, max(w, h) // (FINE * longer))
    part = block_means(part / max(float(part.max()), 1e-9), size)
    factor = longer * size / max(w, h)
    finer = round((PEN - pen_width(part) * factor) / 2 / factor)
    by = max(0, finer) if pen_width(part) * factor < THIN else 0
    part = dilate_grey(np.pad(part, by), by)
    ink = _cut(part, rim / size, rim / size, w / size + 2 * by, h / size + 2 * by, longer)
    return ink / max(float(ink.max()), 1e-9)


def _cut(ink: Grey, left: float, top: float, w: float, h: float, longer: int) -> Grey:
    """Scale a part of a picture until its longer side has `longer` pixels.

    The shorter side is rounded up to whole pixels by taking a little more of the picture at both ends, so that both
    sides are scaled by exactly the same factor.
    """
    factor = longer / max(w, h)
    columns, rows = (max(1, int(np.ceil(side * factor - 1e-6))) for side in (w, h))
    left, top = left - (columns / factor - w) / 2, top - (rows / factor - h) / 2
    return np.clip(resample(ink, columns, rows, (left, top, left + columns / factor, top + rows / factor)), 0.0, 1.0)


def _whole_on_black(grey: Grey, input_shape: Shape) -> Grey:
    """Scale a whole picture (H, W) to fit into the network's input, centred on black."""
    height, width = grey.shape
    factor = min(input_shape[1] / height, input_shape[2] / width)
    scaled = np.clip(resample(grey, max(1, round(width * factor)), max(1, round(height * factor))), 0.0, 1.0)
    return _placed(scaled, input_shape, ((input_shape[1] - len(scaled)) // 2, (input_shape[2] - scaled.shape[1]) // 2))


def _centring_corner(scaled: Grey, input_shape: Shape) -> tuple[int, int]:
    """The row and column at which to place the ink so that its centre of mass falls on the middle pixel."""
    corner = []
    for axis in (0, 1):
        mass = scaled.sum(axis=1 - axis)
        centre = float(mass @ np.arange(len(mass))) / max(float(mass.sum()), 1e-9)
        room = input_shape[1 + axis] - len(mass)
        # A bar of even width is equally near at two places: 0.501 instead of 0.5 takes the first.
        corner.append(min(max(int(np.ceil(input_shape[1 + axis] / 2 - centre - 0.501)), 0), room))
    return corner[0], corner[1]


def _placed(scaled: Grey, input_shape: Shape, corner: tuple[int, int]) -> Grey:
    """Place a small picture on black, its first row and column at `corner`: (h, w) -> (H, W)."""
    x = np.zeros(input_shape[1:])
    x[corner[0] : corner[0] + len(scaled), corner[1] : corner[1] + scaled.shape[1]] = scaled
    return x


def _fit_colours(picture: Image.Image, input_shape: Shape, whole: bool, passes: bool, stages: list[Stage]) -> Fitted:
    """Fit a picture to an input of three channels: cut to its proportions, or whole on black."""
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
            stages[-1:] = _with_centre_marked(stages[-1], picture, (round(width / factor), round(height / factor)))
        stages = [*stages, Stage("whole" if whole else "middle", colours)]
    x = np.asarray(colours, dtype=np.float64).transpose(2, 0, 1) / 255
    return Fitted(x, tuple(stages), "light", False, None, passes)


def _with_centre_marked(stage: Stage, picture: Image.Image, used: tuple[int, int]) -> list[Stage]:
    """Mark the centred part that is used, (width, height) in pixels, unless it is the whole picture."""
    if used == picture.size:
        return [stage]
    left, top = (picture.width - used[0]) // 2, (picture.height - used[1]) // 2
    return [Stage(stage.name, *_reduced_with(picture, (left, top, *used)))]


def _rounded(x: Grey) -> Grey:
    """Round to multiples of 1/255, so that the picture shown has exactly the numbers that are computed with."""
    return np.round(x * 255) / 255


def _picture(values: Grey) -> Image.Image:
    """Convert (H, W) in 0..1 to a grey picture."""
    return Image.fromarray(np.round(np.clip(values, 0.0, 1.0) * 255).astype(np.uint8))


def _reduced(picture: Image.Image) -> Image.Image:
    """Reduce a picture until its longest side is at most STAGE_SIDE pixels."""
    factor = min(1.0, STAGE_SIDE / max(picture.size))
    if factor == 1.0:
        return picture
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _reduced_with(picture: Image.Image, box: Box) -> tuple[Image.Image, Box]:
    """Reduce a picture as `_reduced` does, and scale a box on it along."""
    small = _reduced(picture)
    x, y, w, h = box
    across, down = small.width / picture.width, small.height / picture.height
    left, top = int(x * across), int(y * down)
    right, bottom = int(np.ceil((x + w) * across)), int(np.ceil((y + h) * down))
    return small, (left, top, max(1, right - left), max(1, bottom - top))
