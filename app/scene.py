"""A scene is what the reader looks at: which picture, which network, which layer, which cell.

It is all in the address, so a reload, Back, a bookmark and a link to a colleague show the same thing.
PARAMS is the one table that reads it from a query and writes it back; the description of the API is made from it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

from app.fitting import Crop, Ink
from app.images import ImageRef
from app.refusal import Refusal
from cnn_core import Cell

FIRST_IMAGE = ImageRef("sample", "digit-8")
PRECISIONS = ("2", "3", "4", "5", "6", "exact")
Scope = Literal["map", "layer", "network"]
"""What shares one scale of colours."""
SCOPES: tuple[Scope, ...] = ("map", "layer", "network")
INKS: tuple[Ink, ...] = ("auto", "dark", "light")
NUMBERS = re.compile(r"\d{1,5}(\.\d{1,5})*", re.ASCII)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)


@dataclass(frozen=True)
class Scene:
    """What is looked at; None and the defaults mean: what the room shows when nobody has chosen.

    layer: None is the network's first convolution. cell: None is the most active cell of the layer.
    On a tour, both are those of its stop. pixel: a pixel of the input, of which is asked who sees it.
    precision belongs to the reader and not to the scene: links keep it, a teacher's scene leaves it out.
    """

    network: str = "digits"
    image: ImageRef = FIRST_IMAGE
    crop: Crop = "auto"
    ink: Ink = "auto"
    layer: str | None = None
    cell: Cell | None = None
    pixel: Cell | None = None
    scope: Scope = "layer"
    tour: int | None = None
    play: bool = False
    precision: str = "3"

    def but(self, **changes: Any) -> Self:
        """Return the same scene with something changed; another layer forgets the cell, unless one is given."""
        if changes.get("layer", self.layer) != self.layer:
            changes.setdefault("cell", None)
        if "play" not in changes:
            changes["play"] = False
        return replace(self, **changes)

    def with_picture(self, image: ImageRef = FIRST_IMAGE) -> Self:
        """Return the same place with another picture: what was said of the old one is left out.

        The most active cell is another one then, and on a tour the stop chooses its layer anew.
        """
        layer = self.layer if self.tour is None else None
        return self.but(image=image, crop="auto", ink="auto", layer=layer, cell=None)

    def to_args(self) -> dict[str, str]:
        """Write the scene as query parameters, in the table's order, defaults left out."""
        return {
            param.name: param.write(value) for param in PARAMS if (value := getattr(self, param.name)) != param.default
        }

    def query(self) -> str:
        """Write the scene as a query string with its question mark, or nothing at all."""
        # Every value is made of letters, digits, dots, hyphens and underscores, as its parameter's pattern says;
        # none of them needs to be encoded, and a page writes hundreds of these.
        query = "&".join(f"{name}={text}" for name, text in self.to_args().items())
        return "?" + query if query else ""


@dataclass(frozen=True)
class Param:
    """One parameter: how its text is read, how it is written, and what it means (for the API's description).

    read raises ValueError where the text cannot be read.
    """

    name: str
    default: Any
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    meaning: str
    schema: Mapping[str, Any]


def read_scene(args: Mapping[str, str]) -> Scene:
    """Read a scene from a query; names that are not in the table are ignored.

    Raises Refusal 400 where a value cannot be read. Whether the network has such a layer and cell is for walk.py.
    """
    found: dict[str, Any] = {}
    for param in PARAMS:
        text = args.get(param.name)
        if text is None:
            continue
        try:
            found[param.name] = param.read(text)
        except ValueError:
            raise Refusal(400, f"{param.name}-unreadable", got=text[:80]) from None
    return Scene(**found)


def _read_cell(text: str) -> Cell:
    c, i, j = _numbers(text, 3)
    return c, i, j


def _read_crop(text: str) -> Crop:
    if text == "auto":
        return "auto"
    if text == "whole":
        return "whole"
    x, y, w, h = _numbers(text, 4)
    return x, y, w, h


def _read_ink(text: str) -> Ink:
    for ink in INKS:
        if text == ink:
            return ink
    raise ValueError(text)


def _numbers(text: str, count: int) -> list[int]:
    if not NUMBERS.fullmatch(text) or text.count(".") != count - 1:
        raise ValueError(text)
    return [int(part) for part in text.split(".")]


def _read_name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(text)
    return text


def _read_scope(text: str) -> Scope:
    for scope in SCOPES:
        if text == scope:
            return scope
    raise ValueError(text)


def _read_stop(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d?", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return read


def _dotted(value: str | tuple[int, ...]) -> str:
    return value if isinstance(value, str) else ".".join(map(str, value))


_NAMED: dict[str, Any] = {"type": "string", "pattern": f"^{NAME.pattern}$"}

PARAMS: tuple[Param, ...] = (
    Param(
        "network", "digits", _read_name, str, "A network's name, see /api/v1/networks.", _NAMED | {"default": "digits"}
    ),
    Param(
        "image",
        FIRST_IMAGE,
        ImageRef.parse,
        str,
        "The picture: sample.<name>, upload.<id> or drawn.<strokes>.",
        {"type": "string", "default": str(FIRST_IMAGE), "maxLength": 1600},
    ),
    Param(
        "crop",
        "auto",
        _read_crop,
        _dotted,
        "What part of the picture is used: the ink's box, the whole of it, or x.y.width.height in its pixels.",
        {"type": "string", "default": "auto", "pattern": r"^(auto|whole|\d{1,5}(\.\d{1,5}){3})$"},
    ),
    Param(
        "ink",
        "auto",
        _read_ink,
        str,
        "Whether the ink is darker or lighter than its ground; auto finds out.",
        {"type": "string", "default": "auto", "enum": list(INKS)},
    ),
    Param(
        "layer", None, _read_name, str, "input, a layer's name, or softmax; the first convolution by default.", _NAMED
    ),
    Param(
        "cell",
        None,
        _read_cell,
        _dotted,
        "channel.row.column, counted from 0; the layer's most active cell by default.",
        {"type": "string", "pattern": r"^\d{1,5}\.\d{1,5}\.\d{1,5}$"},
    ),
    Param(
        "pixel",
        None,
        _read_cell,
        _dotted,
        "A pixel of the input as channel.row.column: which cells see it.",
        {"type": "string", "pattern": r"^\d{1,5}\.\d{1,5}\.\d{1,5}$"},
    ),
    Param(
        "scope",
        "layer",
        _read_scope,
        str,
        "What shares one scale of colours: each map, each layer, or the whole network.",
        {"type": "string", "default": "layer", "enum": list(SCOPES)},
    ),
    Param(
        "tour",
        None,
        _read_stop,
        str,
        "The stop of the guided tour, counted from 1; it chooses layer and cell unless they are named.",
        {"type": "string", "pattern": r"^[1-9]\d?$"},
    ),
    Param(
        "play",
        False,
        lambda text: _one_of("on")(text) == "on",
        lambda value: "on",
        "Whether the page goes on by itself, cell after cell.",
        {"type": "string", "enum": ["on"]},
    ),
    Param(
        "precision",
        "3",
        _one_of(*PRECISIONS),
        str,
        "Decimals that a page shows: 2 to 6, or exact.",
        {"type": "string", "default": "3", "enum": list(PRECISIONS)},
    ),
)

if tuple(param.name for param in PARAMS) != tuple(field.name for field in fields(Scene)):
    raise TypeError("PARAMS and Scene must name the same parameters in the same order")
