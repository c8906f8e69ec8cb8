"""View data: a Figure is a number with its text and colour, a Plate is a map as an image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.render.colours import level
from app.render.numbers import number, small
from cnn_core import Array
from cnn_core.trace import argmax

Box = tuple[int, int, int, int]
"""x, y, width, height, in cells of a map."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number. text: as shown. tone: the CSS class of its colour. padded: it lies in the padding.

    marked: it is emphasised. asked: it is the selected one.
    """

    text: str
    tone: str
    padded: bool = False
    marked: bool = False
    asked: bool = False


Table = tuple[tuple[Figure, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Plate:
    """One map as an image. uri: its data: URI. width, height: in cells. least, most: its range, as text.

    peak: row and column of its largest value, the first in reading order; None where all values are equal.
    box: a window drawn on it. seers: the cells whose receptive field has the selected pixel.
    marks: rows and columns of cells with a mark of their own.
    sheet: the station whose image on the strip holds the map, from row `top` on; then there is no uri.
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
    sheet: str = ""
    top: int = 0


def figure(value: float, scale: float, precision: str, *, padded: bool = False, marked: bool = False) -> Figure:
    """A number with its colour on the scale -scale..scale."""
    return Figure(text=number(value, precision), tone=_tone(value, scale), padded=padded, marked=marked)


def gradient_figure(value: float, scale: float, precision: str, *, marked: bool = False, asked: bool = False) -> Figure:
    """A gradient with its colour on the scale -scale..scale; tiny ones, and many are, with a power of ten."""
    return Figure(text=small(value, precision), tone=_tone(value, scale), marked=marked, asked=asked)


def _tone(value: float, scale: float) -> str:
    return f"c{level(value, scale)}"


def plate(values: Array, uri: str, precision: str, *, box: Box | None = None, seers: Box | None = None) -> Plate:
    """An (H, W) map as an image, with its range and its peak."""
    height, width = values.shape
    least, most = float(values.min()), float(values.max())
    row, column = argmax(values)
    return Plate(
        uri=uri,
        width=width,
        height=height,
        least=number(least, precision),
        most=number(most, precision),
        peak=(row, column) if least < most else None,
        box=box,
        seers=seers,
    )


def on_sheet(found: Plate, station: str, channel: int) -> Plate:
    """The same map, taken out of the image of all maps of its station: see `sheet_picture`."""
    return replace(found, uri="", sheet=station, top=channel * (found.height + 1))


def table(items: Iterable[Figure], columns: int) -> Table:
    """Figures in rows of `columns`."""
    flat = tuple(items)
    return tuple(flat[start : start + columns] for start in range(0, len(flat), columns))
