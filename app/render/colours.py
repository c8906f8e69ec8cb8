"""Diverging colour scales: a hue for each sign, more opaque the further from zero, transparent at zero.

The hues depend on the role of a number: values orange and purple, weights green and pink, gradients red and blue.
Because zero is transparent, one image serves light and dark pages.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cnn_core import Array

Role = Literal["value", "weight", "gradient"]
Colour = tuple[int, int, int]

ZERO = 128
"""The level of zero; 1 is the most negative and 255 the most positive."""
# For each role: negative, positive. The hues stand out from a white and from a dark page.
HUES: dict[Role, tuple[Colour, Colour]] = {
    "value": ((116, 83, 192), (205, 104, 8)),
    "weight": ((209, 46, 140), (74, 148, 30)),
    "gradient": ((44, 118, 190), (212, 62, 44)),
}
GROUNDS = ((255, 255, 255), (30, 33, 38))
INKS = ((0, 0, 0), (255, 255, 255))
SHADE = 128, 140
"""Grey level and highest opacity, of 255, of a picture under a heatmap: the colours above must stand out."""


def level(value: float, limit: float) -> int:
    """Map a number in -limit..limit to the levels 1..255; beyond the limit it is clipped."""
    if limit <= 0:
        return ZERO
    return ZERO + round(127 * max(-1.0, min(1.0, value / limit)))


def levels(values: Array, limit: float) -> NDArray[np.uint8]:
    """Map an array to levels, as `level` does: same shape, uint8."""
    if limit <= 0:
        return np.full(values.shape, ZERO, np.uint8)
    placed: NDArray[np.uint8] = (ZERO + np.rint(127 * np.clip(values / limit, -1, 1))).astype(np.uint8)
    return placed


def limit(values: Array) -> float:
    """The largest absolute value, 0 for an empty array: both signs share one scale."""
    return float(np.abs(values).max()) if values.size else 0.0


def map_picture(values: Array, scale: float, role: Role = "value") -> str:
    """(H, W) -> a PNG of W x H pixels, as a data: URI."""
    return data_uri(map_image(values, scale, role))


def map_image(values: Array, scale: float, role: Role = "value") -> Image.Image:
    """(H, W) -> an image of W x H pixels in the colours of its role, on the scale -scale..scale, zero transparent."""
    return _painted(levels(values, scale), role)


class Sheet(NamedTuple):
    """Several maps in one image: its data: URI, and its width and height in cells."""

    uri: str
    width: int
    height: int


def sheet_picture(maps: Array, scales: Sequence[float], columns: int, gap: int, role: Role = "value") -> Sheet:
    """(C, H, W) -> one image of all maps, `columns` in a row, each on its own scale. gap: free cells between two.

    One image instead of dozens: each has a palette of its own, and a browser decodes each one separately.
    """
    count, height, width = maps.shape
    rows = -(-count // columns)
    sheet = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), ZERO, np.uint8)
    for at, (values, scale) in enumerate(zip(maps, scales, strict=True)):
        row, column = at // columns * (height + gap), at % columns * (width + gap)
        sheet[row : row + height, column : column + width] = levels(values, scale)
    # As WebP without loss it takes two thirds of the bytes of a PNG; a single small map does not.
    file = BytesIO()
    _painted(sheet, role).convert("RGBA").save(file, "WEBP", lossless=True, method=1, quality=20)
    return Sheet(_uri("webp", file), sheet.shape[1], sheet.shape[0])


def _painted(placed: NDArray[np.uint8], role: Role) -> Image.Image:
    """Levels (H, W) -> an image with a palette."""
    # Only the colours that occur: the full palette is larger than a small map.
    used = np.flatnonzero(np.bincount(placed.ravel(), minlength=256))
    entry = np.zeros(256, np.uint8)
    entry[used] = np.arange(len(used))
    image = Image.fromarray(entry[placed])
    image.putpalette(_PALETTES[role][used].tobytes(), "RGBA")
    return image


def shade_picture(values: Array) -> str:
    """(H, W) in 0..1 -> a PNG as a data: URI: a grey whose opacity grows with the value, for any background."""
    share = np.rint(SHADE[1] * np.clip(values, 0, 1)).astype(np.uint8)
    image = Image.fromarray(np.stack([np.full_like(share, SHADE[0]), share], axis=2))
    return data_uri(image)


def data_uri(image: Image.Image) -> str:
    """Encode an image as a data: URI of a PNG."""
    file = BytesIO()
    image.save(file, "PNG", compress_level=1)
    return _uri("png", file)


def _uri(form: str, file: BytesIO) -> str:
    return f"data:image/{form};base64," + base64.b64encode(file.getvalue()).decode("ascii")


def thumbnail(image: Image.Image, side: int = 96) -> Image.Image:
    """A copy of an image whose longer side is at most `side` pixels."""
    copy = image.copy()
    copy.thumbnail((side, side))
    return copy


def colour(at: int, role: Role) -> tuple[Colour, float]:
    """The hue of a level, and its opacity in 0..1."""
    strength = max(-1.0, (at - ZERO) / 127)
    # Steeper near zero than a straight line, so that weak values can be told from zero.
    return HUES[role][strength > 0], abs(strength) ** 0.75


def stylesheet() -> str:
    """The style sheet with the classes c1..c255 inside each role, stored as static/css/shared/scale.css.

    A role gives the two hues, a level its opacity, and a sign chooses the hue. Text is black on a light page and white
    on a dark one, except where the colour under it is too strong for that.
    """
    rules = ["/* Made by `python -m app.render.colours`: the colours of cells, by role and level. */", "@layer scale {"]
    for role, hues in HUES.items():
        negative, positive = (" ".join(map(str, hue)) for hue in hues)
        rules.append(f".{role}{{--negative:{negative};--positive:{positive}}}")
    for at in range(1, ZERO + 1):
        opacity = f"{round(255 * colour(at, 'value')[1]) / 255:.4f}".rstrip("0").rstrip(".").removeprefix("0") or "0"
        rules.append(f"{_classes(sorted({at, 2 * ZERO - at}))}{{--a:{opacity}}}")
    for sign, levels_of_it in (("negative", range(1, ZERO + 1)), ("positive", range(ZERO + 1, 256))):
        paint = f"background:rgb(var(--{sign})/var(--a));color:light-dark(#000,#fff)"
        rules.append(f"{_classes(levels_of_it)}{{{paint}}}")
    for role in HUES:
        strong = {ink: [at for at in range(1, 256) if _inks(at, role) == (ink, ink)] for ink in INKS}
        rules += [f".{role} :is({_classes(found)}){{color:{_hex(ink)}}}" for ink, found in strong.items() if found]
    return "\n".join([*rules, "}", ""])


def _classes(levels_of_it: Iterable[int]) -> str:
    return ",".join(f".c{at}" for at in levels_of_it)


def _inks(at: int, role: Role) -> tuple[Colour, Colour]:
    """The colour of text on a level, on a light page and on a dark one."""
    hue, share = colour(at, role)
    light, dark = (_legible(_over(hue, share, ground)) for ground in GROUNDS)
    return light, dark


def _over(paint: Colour, share: float, ground: Colour) -> Colour:
    red, green, blue = (round(share * a + (1 - share) * b) for a, b in zip(paint, ground, strict=True))
    return red, green, blue


def _legible(ground: Colour) -> Colour:
    """Black or white, whichever has more contrast (WCAG 2.2, contrast ratio)."""
    return max(INKS, key=lambda ink: _contrast(ink, ground))


def _contrast(a: Colour, b: Colour) -> float:
    lighter, darker = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{part:02x}" for part in colour)


def _palette(role: Role) -> NDArray[np.uint8]:
    entries = [colour(at, role) for at in range(256)]
    return np.array([(*hue, round(255 * share)) for hue, share in entries], np.uint8)


_PALETTES: dict[Role, NDArray[np.uint8]] = {role: _palette(role) for role in HUES}

if __name__ == "__main__":
    print(stylesheet(), end="")
