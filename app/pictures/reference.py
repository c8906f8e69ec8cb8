"""The pictures a scene can name: one that comes with the site, one that was uploaded, one that was drawn.

The name alone is enough to get the picture again, so an address shows what it showed, as long as the upload is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.pictures.decode import decode, keep, picture_key
from app.refusal import Refusal
from app.store.protocol import Store
from cnn_core.samples.patterns import SAMPLES, draw_strokes, sample

Kind = Literal["sample", "upload", "drawn"]
SampleKind = Literal["digit", "pattern", "photo"]

PHOTOS: Mapping[str, Path] = MappingProxyType(
    {file.stem: file for file in sorted((Path(__file__).parents[2] / "static" / "samples").glob("*.jpg"))}
)

SHEET = 280
"""The side of a drawn picture in pixels."""
GRID = 64
"""The side of a drawing in the steps that a point can take."""
PEN = 0.085
"""The pen's width as a share of the sheet: a digit that fills most of it has strokes like MNIST's."""
EMPTY = "0"
"""The payload of an empty sheet. A point takes two characters, so a single one cannot be a point."""
LONGEST_DRAWING = 1500
"""Characters: an address has to stay under 2,000."""
POINT_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The value of a character is its place, as in URL-safe base64."""

_NAMES: Mapping[Kind, re.Pattern[str]] = MappingProxyType(
    {
        "sample": re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII),
        "upload": re.compile(r"[0-9a-f]{32}", re.ASCII),
        "drawn": re.compile(r"[A-Za-z0-9_.-]*", re.ASCII),
    }
)
_DRAWING = re.compile(r"([A-Za-z0-9_-]{2})+(\.([A-Za-z0-9_-]{2})+)*", re.ASCII)
_SHOWN_OF_BAD_INPUT = 60


@dataclass(frozen=True)
class ImageRef:
    """A picture's name in an address: sample.<name>, upload.<id> or drawn.<strokes>.

    Strokes are points on a grid of 64 by 64, two characters a point (x, then y, from the left and the top), with a dot
    between one stroke and the next; a stroke of one point is a dot of the pen; "0" is an empty sheet.
    """

    kind: Kind
    name: str

    @classmethod
    def parse(cls, text: str) -> ImageRef:
        """Read an address's form; Refusal 400 where it cannot name a picture."""
        kind, dot, name = text.partition(".")
        if not dot or kind not in _NAMES or not _NAMES[cast(Kind, kind)].fullmatch(name):
            raise Refusal(400, "image-unreadable", got=_shortened(text))
        if kind == "drawn":
            name = name or EMPTY
            read_strokes(name)
        return cls(cast(Kind, kind), name)

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"


@dataclass(frozen=True)
class Sample:
    """A picture that comes with the site."""

    name: str
    kind: SampleKind

    @property
    def another(self) -> bool:
        """Whether it is a digit in another hand, digit-1-b beside digit-1."""
        return self.kind == "digit" and self.name.count("-") > 1


def sample_names() -> tuple[Sample, ...]:
    """List the pictures that come with the site: digits, then patterns, then photographs."""
    return tuple(Sample(name, sample_kind(name)) for name in (*SAMPLES, *PHOTOS))


def sample_kind(name: str) -> SampleKind:
    """Say what a picture that comes with the site shows."""
    return "photo" if name in PHOTOS else "digit" if name.startswith("digit-") else "pattern"


def open_picture(ref: ImageRef, store: Store) -> Image.Image:
    """Return the picture, grey (L) or in colour (RGB).

    Refusal 404 for a sample that does not exist, 410 for an upload that is no longer kept. Looking at an upload keeps
    it for its full time again.
    """
    if ref.kind == "sample":
        return open_sample(ref.name)
    if ref.kind == "drawn":
        return _drawing(ref.name)
    data = store.get(picture_key(ref.name))
    if data is None or not is_kept(ref, store):
        raise Refusal(410, "picture-forgotten")
    return decode(data)


def is_kept(ref: ImageRef, store: Store) -> bool:
    """Whether the picture is still there, without unpacking it; asking keeps an upload for its full time again."""
    return ref.kind != "upload" or keep(store, picture_key(ref.name))


def read_strokes(payload: str) -> list[list[tuple[float, float]]]:
    """Return a drawing's strokes as points (x, y) in 0..1; Refusal 400 where the payload holds none."""
    if payload == EMPTY:
        return []
    if len(payload) > LONGEST_DRAWING or not _DRAWING.fullmatch(payload):
        raise Refusal(400, "drawing-unreadable", got=_shortened(payload), length=len(payload), limit=LONGEST_DRAWING)
    at = {digit: (place + 0.5) / GRID for place, digit in enumerate(POINT_DIGITS)}
    return [[(at[x], at[y]) for x, y in zip(stroke[::2], stroke[1::2], strict=True)] for stroke in payload.split(".")]


def open_sample(name: str) -> Image.Image:
    """Return a picture that comes with the site, grey (L) or in colour (RGB); Refusal 404 where there is none."""
    if name in SAMPLES:
        return Image.fromarray(_levels(name))
    if name in PHOTOS:
        with Image.open(PHOTOS[name], formats=("JPEG",)) as photo:
            return photo.convert("RGB")
    known = tuple(each.name for each in sample_names())
    raise Refusal(404, "unknown-sample", got=_shortened(name), known=known)


@lru_cache(len(SAMPLES))
def _levels(name: str) -> NDArray[np.uint8]:
    """Draw a sample once: it is the same pixels every time, and drawing it takes longer than the network does."""
    levels = np.round(sample(name) * 255).astype(np.uint8)
    drawn = levels[0] if len(levels) == 1 else levels.transpose(1, 2, 0)
    drawn.flags.writeable = False
    return drawn


def _drawing(payload: str) -> Image.Image:
    """Draw dark ink on white paper, as whoever drew it saw it."""
    ink = draw_strokes(read_strokes(payload), SHEET, PEN)
    return Image.fromarray(np.round(255 * (1 - ink)).astype(np.uint8))


def _shortened(text: str) -> str:
    """Cut what is repeated back to the reader to a length that a sentence can hold."""
    return text if len(text) <= _SHOWN_OF_BAD_INPUT else text[:_SHOWN_OF_BAD_INPUT] + "…"
