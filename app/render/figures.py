"""What a page shows of numbers: a figure is a number as text with its colour, a plate is a map as a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.render.colours import level
from app.render.numbers import number, small
from cnn_core import Array

Box = tuple[int, int, int, int]
"""x, y, width, height in the cells of a map."""


@dataclass(frozen=True)
class Figure:
    """One number: its text, the class of its colour, and whether it lies in the padding, is marked, or is asked for."""

    text: str
    tone: str
    padded: bool = False
    marked: bool = False
    asked: bool = False


Table = tuple[tuple[Figure, ...], ...]


@dataclass(frozen=True)
class Plate:
    """One map as a picture: width and height in cells, its range, a window drawn on it, and who sees a pixel.

    peak: row and column of its largest value, the first one in reading order; None where all values are the same.
    marks: rows and columns of cells with a mark of their own.
    """

    uri: str
    width: int
    height: int
    least: str
    most: str
    peak: tuple[int, int] | None
    box: Box | None = None
    seers: Box | None = None
    marks: tuple[tuple[int, int], ...] = ()


def figure(value: float, scale: float, precision: str, padded: bool = False, marked: bool = False) -> Figure:
    """Write one number, coloured on the scale -scale..scale."""
    return Figure(number(value, precision), f"c{level(value, scale)}", padded, marked)


def owed(value: float, scale: float, precision: str, marked: bool = False, asked: bool = False) -> Figure:
    """Write a gradient, coloured on the scale -scale..scale; a tiny one by its power of ten, for many are tiny."""
    return Figure(small(value, precision), f"c{level(value, scale)}", marked=marked, asked=asked)


def plate(values: Array, uri: str, precision: str, box: Box | None = None, seers: Box | None = None) -> Plate:
    """Show an (H, W) map by its picture, with its range and its peak."""
    height, width = values.shape
    least, most = float(values.min()), float(values.max())
    peak = divmod(int(values.argmax()), width) if least < most else None
    return Plate(uri, width, height, number(least, precision), number(most, precision), peak, box, seers)


@dataclass(frozen=True)
class Neighbour:
    """A cell near the picked one, and how a form asks for it: the value that it sends."""

    value: str
    figure: Figure
    picked: bool


def near(
    values: Array, at: tuple[int, ...], scale: float, reach: int = 2, make: Callable[..., Figure] = figure
) -> tuple[tuple[Neighbour | None, ...], ...]:
    """The cells of an (H, W) map around the one at (..., row, column), None beyond its edges."""
    *leading, row, column = at
    height, width = values.shape

    def neighbour(i: int, j: int) -> Neighbour | None:
        if not (0 <= i < height and 0 <= j < width):
            return None
        place, shown = ".".join(map(str, (*leading, i, j))), make(float(values[i, j]), scale, "2")
        return Neighbour(place, shown, (i, j) == (row, column))

    return tuple(
        tuple(neighbour(i, j) for j in range(column - reach, column + reach + 1))
        for i in range(row - reach, row + reach + 1)
    )


def table(items: Iterable[Figure], columns: int) -> Table:
    """Lay figures out in rows of so many."""
    flat = tuple(items)
    return tuple(flat[start : start + columns] for start in range(0, len(flat), columns))
