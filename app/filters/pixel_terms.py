"""How one number of a result came to be: the window, the kernel laid on it, the products, their sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.explain.pool import winner_of
from app.filters.engine.result import Filtered
from app.render.colours import limit, map_picture
from app.render.figures import Box, Figure, Table, figure, table
from app.render.neighbourhood import Neighbour, neighbourhood
from app.render.numbers import count, number
from cnn_core import Cell, ReLU, Step
from cnn_core.filters.filter import Filter, explain
from cnn_core.layers import kind_of

MOST_AS_TABLES = 7
"""Kernels with a longer side are shown as pictures first, and their numbers folded away."""
LARGEST_TERMS = 8


@dataclass(frozen=True, kw_only=True)
class Term:
    """One product of a large window: its row and column in the window, what was read, the weight."""

    row: int
    column: int
    read: Figure
    weight: Figure
    product: Figure


@dataclass(frozen=True, kw_only=True)
class PixelView:
    """kind: "filter", "relu", "max-pool" or "average-pool", which chooses the form.

    read, weights, products: grids of the same form; for pooling, read alone. large: they are shown as pictures (uris)
    first, with the terms that say most. repeated: whether pixels were read that a border mirrored or repeated.
    """

    kind: str
    cell: Cell
    value: Figure
    read: Table
    weights: Table
    products: Table
    uris: tuple[str, ...]
    size: tuple[int, int]
    large: bool
    terms: tuple[Term, ...]
    rest: str
    count: str
    padded: int
    total: str
    open: bool
    near: tuple[tuple[Neighbour | None, ...], ...]


def pixel_view(filtered: Filtered, precision: str) -> PixelView:
    """Arrange the trace of the picked cell."""
    stage, cell = filtered.stage, filtered.cell
    trace = explain(stage, filtered.before, cell)
    before, after = limit(filtered.before[cell[0]]), filtered.limit
    reads = trace.steps[0].reads if not isinstance(stage, Filter) else tuple(step.reads[0] for step in trace.steps)
    columns = 1 if isinstance(stage, ReLU) else stage.windows.size[1]
    winner = winner_of(trace.steps[0])
    read = table(
        (figure(each.value, before, precision, padded=each.padded, marked=each.at == winner) for each in reads), columns
    )
    steps = trace.steps if isinstance(stage, Filter) else ()
    weights: Table = ()
    products: Table = ()
    widest = limit(np.array([step.value for step in steps]))
    if isinstance(stage, Filter):
        heaviest = limit(stage.kernels)
        weights = table((figure(step.reads[1].value, heaviest, precision) for step in steps), columns)
        products = table((figure(step.value, widest, precision) for step in steps), columns)
    large = max(len(read), columns) > MOST_AS_TABLES
    terms, rest = (
        _largest(steps, columns, (before, limit(stage.kernels), widest), precision)
        if large and isinstance(stage, Filter)
        else ((), "0")
    )
    return PixelView(
        kind=kind(stage),
        cell=cell,
        value=figure(trace.value, after, precision),
        read=read,
        weights=weights,
        products=products,
        uris=_pictures(steps, columns, stage) if large and isinstance(stage, Filter) else (),
        size=(len(read), columns),
        large=large,
        terms=terms,
        rest=rest,
        count=count(len(reads)),
        padded=sum(each.padded for each in reads),
        total=number(trace.steps[0].total(), precision),
        open=bool(reads[0].value > 0),
        near=neighbourhood(filtered.after[cell[0]], cell, after),
    )


def kind(stage: object) -> str:
    """The name of a stage's kind: "filter", or that of a layer."""
    return "filter" if isinstance(stage, Filter) else kind_of(stage)


def window_box(filtered: Filtered) -> Box:
    """What the picked cell reads of the picture before: x, y, width, height; a part of it may lie in the padding."""
    _, i, j = filtered.cell
    if isinstance(filtered.stage, ReLU):
        return j, i, 1, 1
    return filtered.stage.windows.box(i, j)


@dataclass(frozen=True, kw_only=True)
class ReadersView:
    """A picked pixel of what goes in, and the cells that read it: how many, and from where to where."""

    pixel: Cell
    value: str
    number: int
    count: str
    box: Box | None
    first: str
    last: str
    near: tuple[tuple[Neighbour | None, ...], ...]


def readers_view(filtered: Filtered, precision: str) -> ReadersView | None:
    """Who reads the picked pixel; None where none is picked."""
    pixel = filtered.scene.pixel
    if pixel is None:
        return None
    c, row, column = pixel
    cells = readers(filtered, pixel)
    box = None
    if cells:
        rows, columns = [cell[1] for cell in cells], [cell[2] for cell in cells]
        box = min(columns), min(rows), max(columns) - min(columns) + 1, max(rows) - min(rows) + 1
    before = filtered.before[c]
    return ReadersView(
        pixel=pixel,
        value=number(float(before[row, column]), precision),
        number=len(cells),
        count=count(len(cells)),
        box=box,
        first=_dotted(cells[0]) if cells else "",
        last=_dotted(cells[-1]) if cells else "",
        near=neighbourhood(before, pixel, limit(before)),
    )


def readers(filtered: Filtered, pixel: Cell) -> Sequence[Cell]:
    """The cells of the stage's output that read a pixel of its input, in reading order."""
    stage, (c, row, column) = filtered.stage, pixel
    if isinstance(stage, Filter):
        channels, height, width = filtered.before.shape
        return stage.readers(pixel, (channels, height, width))
    if isinstance(stage, ReLU):
        return [pixel]
    out = filtered.after.shape[1], filtered.after.shape[2]
    return [(c, i, j) for i, j, _ in stage.windows.readers(row, column, out)]


def _dotted(cell: Cell) -> str:
    return ".".join(map(str, cell))


def _pictures(steps: Sequence[Step], columns: int, stage: Filter) -> tuple[str, ...]:
    """The window, the kernel and the products as pictures."""

    def painted(of: Callable[[Step], float], role: str) -> str:
        values = np.array([of(step) for step in steps]).reshape(-1, columns)
        return map_picture(values, limit(values), "weight" if role == "weight" else "value")

    return (
        painted(lambda step: step.reads[0].value, "value"),
        painted(lambda step: step.reads[1].value, "weight"),
        painted(lambda step: step.value, "value"),
    )


def _largest(
    steps: Sequence[Step], columns: int, scales: tuple[float, float, float], precision: str
) -> tuple[tuple[Term, ...], str]:
    """The products that are furthest from zero, and the sum of all others."""
    order = sorted(range(len(steps)), key=lambda at: -abs(steps[at].value))
    first, others = order[:LARGEST_TERMS], order[LARGEST_TERMS:]
    terms = tuple(
        Term(
            row=at // columns,
            column=at % columns,
            read=figure(steps[at].reads[0].value, scales[0], precision, padded=steps[at].reads[0].padded),
            weight=figure(steps[at].reads[1].value, scales[1], precision),
            product=figure(steps[at].value, scales[2], precision),
        )
        for at in first
    )
    return terms, number(sum(steps[at].value for at in others), precision)
