"""Parameters that several rooms have, and the schemas of common forms of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.scenes.parameter_table import Param
from app.scenes.values import PRECISIONS, literal, read_count

COUNT: dict[str, Any] = {"type": "string", "pattern": r"^\d{1,5}$"}
CELL: dict[str, Any] = {"type": "string", "pattern": r"^\d{1,5}\.\d{1,5}\.\d{1,5}$"}


def word(name: str, choices: Sequence[str], meaning: str, default: str | None = None) -> Param:
    """Return a parameter that is one of these words; the first of them by default, where no other is named."""
    default = default or choices[0]
    schema = {"type": "string", "default": default, "enum": list(choices)}
    return Param(name, default, literal(choices), str, meaning, schema)


def count(name: str, default: int, meaning: str) -> Param:
    """Return a parameter that is a whole number from 0."""
    return Param(name, default, read_count, str, meaning, COUNT | {"default": str(default)})


def switch(name: str, meaning: str) -> Param:
    """Return a parameter that is on, or else not there."""
    return Param(
        name,
        False,
        lambda text: literal(("on",))(text) == "on",
        lambda value: "on",
        meaning,
        {"type": "string", "enum": ["on"]},
    )


def play() -> Param:
    """Return the parameter that lets a page go on by itself."""
    return switch("play", "Whether the page goes on by itself, cell after cell.")


def precision() -> Param:
    """Return the parameter that says how many decimals a reader wants to see."""
    return Param(
        "precision",
        "3",
        literal(PRECISIONS),
        str,
        "Decimals that a page shows: 2 to 6, or exact.",
        {"type": "string", "default": "3", "enum": list(PRECISIONS)},
    )
