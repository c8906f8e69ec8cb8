"""Values of scene parameters: their choices, and how each is read from text and written."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from app.pictures.fit import Crop, Ink
from app.pictures.reference import ImageRef
from cnn_core import Cell
from cnn_core.zoo import ZOO

T = TypeVar("T")

FIRST_IMAGE = ImageRef("sample", "digit-8")
FIRST_PHOTO = ImageRef("sample", "cat")
PRECISIONS = ("2", "3", "4", "5", "6", "exact")
INKS: tuple[Ink, ...] = ("auto", "dark", "light")
Way = Literal["forward", "backward"]
"""From the picture to the answer, or from the loss back to every number that it depends on."""
WAYS: tuple[Way, ...] = ("forward", "backward")
Of = Literal["output", "input", "weight", "bias"]
"""Whose gradient is asked for, at a layer."""
OFS: tuple[Of, ...] = ("output", "input", "weight", "bias")
RULES = ("sgd", "momentum", "adam")
HEATS = ("gradient", "gradient-input", "cam", "occlusion", "integrated")
"""The maps of what mattered to a class."""
NUMBERS = re.compile(r"\d{1,5}(\.\d{1,5})*", re.ASCII)
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
DECIMALS = 9
DECIMAL = re.compile(rf"-?\d{{1,3}}(\.\d{{1,{DECIMALS}}})?", re.ASCII)


def first_image(network: str) -> ImageRef:
    """The picture that a network begins with: a photograph where it sees colours, else a digit."""
    made = ZOO.get(network)
    return FIRST_PHOTO if made is not None and made.input_shape[0] == 3 else FIRST_IMAGE


def read_cell(text: str) -> Cell:
    """Read channel.row.column."""
    c, i, j = _numbers(text, 3)
    return c, i, j


def read_crop(text: str) -> Crop:
    """Read auto, whole, or x.y.width.height."""
    if text == "auto":
        return "auto"
    if text == "whole":
        return "whole"
    x, y, w, h = _numbers(text, 4)
    return x, y, w, h


def _numbers(text: str, count: int) -> list[int]:
    if not NUMBERS.fullmatch(text) or text.count(".") != count - 1:
        raise ValueError(text)
    return [int(part) for part in text.split(".")]


def read_name(text: str) -> str:
    """Read a name of small letters, digits and hyphens."""
    if not NAME.fullmatch(text):
        raise ValueError(text)
    return text


def read_stop(text: str) -> int:
    """Read the number of a stop, from 1."""
    if not re.fullmatch(r"[1-9]\d?", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def read_index(text: str) -> tuple[int, ...]:
    """Read a place in an array of one to four sides."""
    return tuple(_numbers(text, text.count(".") + 1 if text.count(".") < 4 else 0))


def read_count(text: str) -> int:
    """Read a whole number."""
    return _numbers(text, 1)[0]


def read_decimal(text: str) -> float:
    """Read a number without an exponent."""
    if not DECIMAL.fullmatch(text):
        raise ValueError(text)
    return float(text)


def write_decimal(value: float) -> str:
    """Write a number without an exponent; what DECIMAL reads comes back as it was, to its last decimal."""
    text = f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def literal(choices: Sequence[T]) -> Callable[[str], T]:
    """Make a reader of one of these words; it raises ValueError for any other."""
    known = {str(choice): choice for choice in choices}

    def read(text: str) -> T:
        if text not in known:
            raise ValueError(text)
        return known[text]

    return read


def dotted(value: str | tuple[int, ...]) -> str:
    """Write a word as it is, and numbers with dots between."""
    return value if isinstance(value, str) else ".".join(map(str, value))
