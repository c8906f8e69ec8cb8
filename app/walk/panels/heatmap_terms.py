"""The arithmetic of a heatmap's strongest place; one function a method."""

from __future__ import annotations

import numpy as np

from app.passes.heatmap_cache import HeatMap, flat
from app.passes.network_pass import INPUT
from app.passes.state import WalkState
from app.render.colours import limit, map_picture
from app.render.figures import Box, figure, plate
from app.render.numbers import count, finer, number, small
from app.walk.panels.heatmap_views import (
    Arithmetic,
    CamMap,
    CamSum,
    GradientInputView,
    GradientView,
    IntegratedView,
    OcclusionView,
    Term,
)
from cnn_core import Array
from cnn_core.analysis.grad_cam import Cam
from cnn_core.analysis.gradient_maps import Integrated, Score
from cnn_core.analysis.occlusion import Occlusion
from cnn_core.analysis.receptive_field import comes_from
from cnn_core.trace import argmax

FIRST = 8
"""How many maps are listed; the rest are summed, and listed on request."""
NUDGE = 0.01


def strongest(values: Array) -> tuple[int, int]:
    """Row and column of what is furthest from zero in an (H, W) map; the first one in reading order."""
    row, column = argmax(np.abs(values))
    return row, column


def arithmetic(state: WalkState, heat: str, score: Score, found: HeatMap) -> tuple[Arithmetic, Box]:
    """The arithmetic, and the frame in the picture around what it is about: x, y, width, height."""
    match found:
        case Cam():
            return _summed(state, found)
        case Occlusion():
            return _covered(state, found)
    row, column = strongest(flat(found))
    if isinstance(found, Integrated):
        return _averaged(state, found, row, column), (column, row, 1, 1)
    if heat == "gradient":
        return _slopes(state, found, row, column), (column, row, 1, 1)
    return _products(state, score, found, row, column), (column, row, 1, 1)


def _slopes(state: WalkState, found: Array, row: int, column: int) -> GradientView:
    precision, slopes = state.scene.precision, found[:, row, column]
    values = state.forward.outputs[INPUT][:, row, column]
    terms = tuple(
        Term(channel=channel, value=number(value, precision), slope=number(slope, precision), product="")
        for channel, (value, slope) in enumerate(zip(values.tolist(), slopes.tolist(), strict=True))
    )
    total = float(slopes.sum())
    step, rise = number(NUDGE, "2"), number(NUDGE * total, finer(precision))
    return GradientView(
        template="gradient", row=row, column=column, terms=terms, total=number(total, precision), step=step, rise=rise
    )


def _terms(state: WalkState, slopes: Array, products: Array, row: int, column: int) -> tuple[Term, ...]:
    """Value times slope for every channel of a pixel."""
    arrays = state.forward.outputs[INPUT], slopes, products
    lines = zip(*(array[:, row, column].tolist() for array in arrays), strict=True)
    precision = state.scene.precision
    return tuple(
        Term(
            channel=channel,
            value=number(value, precision),
            slope=number(slope, precision),
            product=number(product, precision),
        )
        for channel, (value, slope, product) in enumerate(lines)
    )


def _products(state: WalkState, score: Score, found: Array, row: int, column: int) -> GradientInputView:
    precision, everything = state.scene.precision, float(found.sum())
    slopes = state.forward.heats.find("gradient", score)
    if not isinstance(slopes, np.ndarray):
        raise TypeError("the plain gradient is an array")
    reached = float(score.of(state.forward.outputs[state.network.names[-1]][None])[0])
    return GradientInputView(
        template="gradient-input",
        row=row,
        column=column,
        terms=_terms(state, slopes, found, row, column),
        total=number(float(found[:, row, column].sum()), precision),
        everything=number(everything, precision),
        score=number(reached, precision),
        rest=number(reached - everything, precision),
    )


def _averaged(state: WalkState, found: Integrated, row: int, column: int) -> IntegratedView:
    precision = state.scene.precision
    return IntegratedView(
        template="integrated",
        row=row,
        column=column,
        terms=_terms(state, found.slopes, found.map, row, column),
        total=number(float(found.map[:, row, column].sum()), precision),
        steps=found.steps,
        everything=number(found.total, precision),
        start=number(found.start, precision),
        end=number(found.end, precision),
        change=number(found.change, precision),
        gap=small(found.gap, precision),
    )


def _covered(state: WalkState, found: Occlusion) -> tuple[OcclusionView, Box]:
    precision, (a, b) = state.scene.precision, strongest(found.drop)
    box = (found.columns[b], found.rows[a], found.size, found.size)
    after, drop = float(found.after[a, b]), float(found.drop[a, b])
    grey = len(state.forward.outputs[INPUT]) > 1
    before = small(found.before, precision)
    shown = OcclusionView(
        template="occlusion",
        box=box,
        places=found.after.size,
        grey=grey,
        before=before,
        after=small(after, precision),
        drop=small(drop, precision),
    )
    return shown, box


def _summed(state: WalkState, found: Cam) -> tuple[CamSum, Box]:
    row, column = argmax(found.sum)
    weighted = found.weighted
    parts = weighted[:, row, column]
    rows = [_weighed(state, found, weighted, channel, (row, column)) for channel in np.abs(parts).argsort()[::-1]]
    precision = finer(state.scene.precision)
    others = float(sum(parts[line.channel] for line in rows[FIRST:]))
    total = float(found.sum[row, column])
    height, width = found.sum.shape
    summed = CamSum(
        template="cam",
        layer=found.layer,
        row=row,
        column=column,
        height=height,
        width=width,
        cells=count(found.sum.size),
        first=tuple(rows[:FIRST]),
        rest=tuple(rows[FIRST:]),
        others=number(others, precision),
        total=figure(total, limit(found.sum), precision),
        shown=number(max(0.0, total), precision),
    )
    return summed, _seen(state, found.layer, row, column)


def _weighed(state: WalkState, found: Cam, weighted: Array, channel: int, at: tuple[int, int]) -> CamMap:
    precision, finest = state.scene.precision, finer(state.scene.precision)
    row, column = at
    box = (column, row, 1, 1)
    values = state.forward.scale(found.layer, channel, state.scene.scope)
    maps, scope = state.forward.maps, state.scene.scope
    return CamMap(
        channel=int(channel),
        map=plate(found.maps[channel], maps.picture(found.layer, channel, scope), precision, box=box),
        added=number(float(found.gradient[channel].sum()), precision),
        weight=figure(float(found.weights[channel]), limit(found.weights), finest),
        value=figure(float(found.maps[channel][at]), values, precision),
        product=figure(float(weighted[channel][at]), limit(weighted), finest),
        weighted=plate(weighted[channel], map_picture(weighted[channel], limit(weighted), "gradient"), finest, box=box),
    )


def _seen(state: WalkState, layer: str, row: int, column: int) -> Box:
    """What a cell sees of the picture."""
    shape = state.forward.outputs[INPUT].shape
    field = comes_from(state.network, (shape[0], shape[1], shape[2]), state.names.index(layer), (0, row, column))[0]
    return field.box or (0, 0, shape[2], shape[1])
