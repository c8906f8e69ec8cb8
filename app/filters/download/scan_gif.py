"""The scan as a film: the window slides over a small copy of the picture, and the result grows cell by cell.

It is the arithmetic of the stage that is looked at, on a picture small enough for its cells to be seen; its frames, its
size and so its cost have an upper bound.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.filters.engine.result import Filtered
from app.filters.engine.result_image import picture, shown
from app.render.colours import limit
from cnn_core import Array, ReLU
from cnn_core.filters.filter import Filter, Stage
from cnn_core.windows import Windows

SHORTEST, LONGEST = 32, 128
"""The longer side of the small copy, in cells: the larger the window, the longer, for the window has to slide."""
FRAMES = 72
SECONDS_OF_ALL, SECONDS_AT_END = 7.2, 2.0
SHOWN_SIDE = 224
"""The longer side of each of the two pictures, in pixels, more or less."""
GAP = 12
COLOURS = 253
WINDOW, CELL, PAPER = 253, 254, 255
"""The places in the palette behind the pictures' colours."""
EXTRA = ((15, 118, 110), (15, 118, 110), (236, 234, 228))

Levels = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, eq=False)
class Film:
    """What every frame is drawn from: both pictures in places of one palette, enlarged, and how cells lie in them.

    before: (H zoom, W zoom), after: (H' zoom', W' zoom').
    """

    before: Levels
    after: Levels
    palette: bytes
    zoom: tuple[int, int]
    windows: Windows
    cells: tuple[int, int]


def scan(filtered: Filtered) -> bytes:
    """Make the film, as a GIF that begins anew after its last frame."""
    film = _film(filtered)
    many = film.cells[0] * film.cells[1]
    ends = sorted({round(many * (at + 1) / min(FRAMES, many)) for at in range(min(FRAMES, many))})
    frames = []
    for end in ends:
        frame = Image.fromarray(_frame(film, end))
        frame.putpalette(film.palette)
        frames.append(frame)
    each = round(1000 * SECONDS_OF_ALL / FRAMES)
    pauses = [each] * (len(frames) - 1) + [round(1000 * SECONDS_AT_END)]
    file = io.BytesIO()
    frames[0].save(
        file, "GIF", save_all=True, append_images=frames[1:], duration=pauses, loop=0, optimize=False, disposal=1
    )
    return file.getvalue()


def _film(filtered: Filtered) -> Film:
    stage, at, channel = filtered.stage, filtered.at, filtered.cell[0]
    windows = Windows((1, 1)) if isinstance(stage, ReLU) else stage.windows
    before = small(filtered.before, windows)
    after = _through(stage, before)
    how = "clipped" if at == 1 else shown(filtered, at - 1)
    images = [
        picture(before, how, min(channel, len(before) - 1), limit(before)),
        picture(after, shown(filtered), min(channel, len(after) - 1), limit(after)),
    ]
    zooms = [max(1, SHOWN_SIDE // max(image.size)) for image in images]
    first, second = (_large(image, zoom) for image, zoom in zip(images, zooms, strict=True))
    both = Image.new("RGB", (first.width + second.width, max(first.height, second.height)), EXTRA[2])
    both.paste(first, (0, 0))
    both.paste(second, (first.width, 0))
    placed = both.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    colours = list(placed.getpalette() or [])[: 3 * COLOURS]
    colours += [0] * (3 * COLOURS - len(colours))
    levels = np.asarray(placed)
    return Film(
        before=levels[: first.height, : first.width],
        after=levels[: second.height, first.width :],
        palette=bytes(colours) + bytes(part for colour in EXTRA for part in colour),
        zoom=(zooms[0], zooms[1]),
        windows=windows,
        cells=(after.shape[1], after.shape[2]),
    )


def small(x: Array, windows: Windows) -> Array:
    """(C, H, W) -> a small copy into which the windows still fit: each cell the mean of those that it stands for."""
    height, width = x.shape[1:]
    reach = [(size - 1) * dilation + 1 for size, dilation in zip(windows.size, windows.dilation, strict=True)]
    longest = min(max(SHORTEST, 2 * max(reach)), LONGEST)
    share = min(1.0, max(longest / max(height, width), reach[0] / height, reach[1] / width))
    size = max(reach[1], round(width * share)), max(reach[0], round(height * share))
    size = min(size[0], width), min(size[1], height)
    planes = [np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BOX)) for plane in x]
    return np.stack(planes)


def _through(stage: Stage, x: Array) -> Array:
    return stage.apply(x) if isinstance(stage, Filter) else stage.forward(x[None])[0]


def _large(image: Image.Image, zoom: int) -> Image.Image:
    """Every cell a square, zero on white."""
    colours = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(colours, mask=colours)
    return ground.resize((image.width * zoom, image.height * zoom), Image.Resampling.NEAREST)


def _frame(film: Film, end: int) -> Levels:
    """The frame in which `end` cells have been computed, in reading order, and the window lies on the last of them."""
    (height, width), (_, columns) = film.before.shape, film.cells
    right, zoom = width + GAP, film.zoom[1]
    frame = np.full((max(height, len(film.after)), right + film.after.shape[1]), PAPER, np.uint8)
    frame[:height, :width] = film.before
    i, j = divmod(end - 1, columns)
    rows = slice(0, i * zoom)
    frame[rows, right:] = film.after[rows]
    row = slice(i * zoom, (i + 1) * zoom), slice(0, (j + 1) * zoom)
    frame[row[0], right : right + row[1].stop] = film.after[row]
    _outline(frame[:height, :width], _window(film, i, j), WINDOW)
    _outline(frame[: len(film.after), right:], (i * zoom, j * zoom, (i + 1) * zoom, (j + 1) * zoom), CELL)
    return frame


def _window(film: Film, i: int, j: int) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of the window that makes cell (i, j), in pixels of the enlarged picture."""
    windows, zoom = film.windows, film.zoom[0]
    top, left = (place * windows.stride[axis] - windows.padding[axis][0] for axis, place in enumerate((i, j)))
    reach = [(size - 1) * dilation + 1 for size, dilation in zip(windows.size, windows.dilation, strict=True)]
    return top * zoom, left * zoom, (top + reach[0]) * zoom, (left + reach[1]) * zoom


def _outline(canvas: Levels, box: tuple[int, int, int, int], colour: int) -> None:
    """Draw a frame, two pixels thick where there is room, as far as it lies on the canvas."""
    top, left, bottom, right = box
    thick = 2 if min(bottom - top, right - left) > 6 else 1
    height, width = canvas.shape

    def paint(rows: tuple[int, int], columns: tuple[int, int]) -> None:
        canvas[max(0, rows[0]) : max(0, min(height, rows[1])), max(0, columns[0]) : max(0, min(width, columns[1]))] = (
            colour
        )

    for edge in (top, bottom - thick):
        paint((edge, edge + thick), (left, right))
    for edge in (left, right - thick):
        paint((top, bottom), (edge, edge + thick))
