"""References to pictures: a sample of the site, an upload, or a drawing. Each can be opened from its name alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast

import numpy as np
from PIL import Image

from app.pictures.decode import decode_png, picture_key, renew
from app.pictures.samples import open_sample
from app.refusal import Refusal, shortened
from app.store.protocol import Store
from cnn_core.samples.patterns import draw_strokes

Kind = Literal["sample", "upload", "drawn"]

SHEET = 280
"""The side of a rendered drawing, in pixels."""
GRID = 64
"""A point of a drawing lies on a grid of so many columns and rows."""
PEN = 0.085
"""The pen's width as a share of the sheet: a digit that fills most of it then has strokes as wide as in MNIST."""
EMPTY = "0"
"""The payload of an empty sheet; points take two characters, so it is none."""
LONGEST_DRAWING = 1500
"""Characters of a payload: an address has to stay under 2,000."""
POINT_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""Each character stands for its index, as in URL-safe base64."""

_NAMES: Mapping[Kind, re.Pattern[str]] = MappingProxyType(
    {
        "sample": re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII),
        "upload": re.compile(r"[0-9a-f]{32}", re.ASCII),
        "drawn": re.compile(r"[A-Za-z0-9_.-]*", re.ASCII),
    }
)
_DRAWING = re.compile(r"([A-Za-z0-9_-]{2})+(\.([A-Za-z0-9_-]{2})+)*", re.ASCII)


@dataclass(frozen=True)
class ImageRef:
    """A picture's name in an address: sample.<name>, upload.<id> or drawn.<strokes>.

    Strokes are polylines of points on a grid of 64 x 64, two characters a point (x from the left, y from the top), with
    "." between strokes; a stroke of one point is a dot; "0" is an empty sheet.
    """

    kind: Kind
    name: str

    @classmethod
    def parse(cls, text: str) -> ImageRef:
        """Parse the form used in addresses; Refusal 400 where it cannot name a picture."""
        kind, dot, name = text.partition(".")
        if not dot or kind not in _NAMES or not _NAMES[cast(Kind, kind)].fullmatch(name):
            raise Refusal(400, "image-unreadable", got=shortened(text))
        if kind == "drawn":
            name = name or EMPTY
            read_strokes(name)
        return cls(cast(Kind, kind), name)

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}"


def open_picture(ref: ImageRef, store: Store) -> Image.Image:
    """Open the picture, grey (mode L) or in colour (RGB). Opening an upload renews its lifetime.

    Raises Refusal 404 for a sample that does not exist, 410 for an upload that is no longer stored.
    """
    if ref.kind == "sample":
        return open_sample(ref.name)
    if ref.kind == "drawn":
        return _drawing(ref.name)
    data = store.get(picture_key(ref.name))
    if data is None or not is_kept(ref, store):
        raise Refusal(410, "picture-forgotten")
    return decode_png(data)


def is_kept(ref: ImageRef, store: Store) -> bool:
    """Whether the picture is still there, without decoding it. Asking renews the lifetime of an upload."""
    return ref.kind != "upload" or renew(store, picture_key(ref.name))


def read_strokes(payload: str) -> list[list[tuple[float, float]]]:
    """Parse a drawing into strokes of points (x, y) in 0..1; Refusal 400 where it cannot be parsed."""
    if payload == EMPTY:
        return []
    if len(payload) > LONGEST_DRAWING or not _DRAWING.fullmatch(payload):
        raise Refusal(400, "drawing-unreadable", got=shortened(payload), length=len(payload), limit=LONGEST_DRAWING)
    at = {digit: (place + 0.5) / GRID for place, digit in enumerate(POINT_DIGITS)}
    return [[(at[x], at[y]) for x, y in zip(stroke[::2], stroke[1::2], strict=True)] for stroke in payload.split(".")]


def _drawing(payload: str) -> Image.Image:
    """Render a drawing as dark ink on white, as its author saw it."""
    ink = draw_strokes(read_strokes(payload), SHEET, PEN)
    return Image.fromarray(np.round(255 * (1 - ink)).astype(np.uint8))
