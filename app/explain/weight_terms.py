"""What a weight or a bias owes: one term for every window, the largest first, and how they add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.explain.views_backward import Collected, Term
from app.passes.state import Walk
from app.refusal import Refusal
from app.render.colours import limit, map_picture
from app.render.figures import Plate, Table, figure, owed, plate, table
from app.render.numbers import small
from app.scenes.choice import Choice
from cnn_core import Array, Conv, Dense, Step, Trace

ROWS = 12
"""Terms on one page of the list."""


def collected(walk: Walk) -> Collected:
    """Arrange the terms of the picked weight's or bias's gradient."""
    trace, scene, precision = walk.retrace(), walk.scene, walk.scene.precision
    layer, at = walk.question.layer, walk.question.at
    ordered = sorted(trace.steps, key=lambda step: -abs(step.value))
    ranked = Trace(trace.cell, tuple(ordered), trace.value)
    sums = ranked.running()
    pages = -(-len(ordered) // ROWS)
    if not 1 <= scene.page <= pages:
        nearest = replace(scene, page=min(max(scene.page, 1), pages))
        raise Refusal(422, "page-out-of-range", got=scene.page, last=pages, nearest=nearest)
    start, stop = (scene.page - 1) * ROWS, min(scene.page * ROWS, len(ordered))
    rest = Trace(trace.cell, tuple(ordered[stop:]), 0.0).running()
    values = walk.sent.scale(walk.names[walk.names.index(layer) - 1], 0, "layer")
    errors, widest = limit(walk.back.outputs[layer]), max(abs(step.value) for step in ordered)
    terms = []
    for step, total in zip(ordered[start:stop], sums[start:stop], strict=True):
        gradient = step.reads[-1]
        f, i, j = gradient.at
        met = step.reads[0] if len(step.reads) == 2 else None
        terms.append(
            Term(
                gradient.at,
                None if met is None else figure(met.value, values, precision, met.padded),
                owed(gradient.value, errors, precision),
                owed(step.value, widest, precision),
                small(total, precision),
                replace(scene.but(), cell=(f, i, j)),
            )
        )
    many = len(trace.steps) > 1
    return Collected(
        "weight_terms",
        tuple(terms),
        small(sums[start - 1], precision) if start else "",
        small(rest[-1], precision) if rest else "",
        len(rest),
        len(ordered),
        sum(step.value != 0 for step in ordered),
        scene.page,
        _pages(walk, pages),
        _plate(walk, trace, 0) if many and len(trace.steps[0].reads) == 2 else None,
        _plate(walk, trace, -1) if many else None,
        _plate(walk, trace, None) if many else None,
        trace.steps[0].reads[0].at[0] if walk.question.of == "weight" else 0,
        _around(walk),
        _siblings(walk, at),
    )


def _plate(walk: Walk, trace: Trace, read: int | None) -> Plate:
    """All terms as a map of one cell a window: what was met (0), the gradients (-1), or the products (None)."""
    shape = walk.back.outputs[walk.question.layer].shape[1:]

    def value(step: Step) -> float:
        return step.value if read is None else step.reads[read].value

    values = np.array([value(step) for step in trace.steps]).reshape(shape)
    uri = map_picture(values, limit(values), "value" if read == 0 else "gradient")
    return plate(values, uri, walk.scene.precision)


def _around(walk: Walk) -> Table:
    """The weights of the picked one's channel of its kernel, itself marked; for a bias, nothing."""
    layer, at = walk.layer_of(walk.question.layer), walk.question.at
    if walk.question.of == "bias" or not isinstance(layer, Conv | Dense):
        return ()
    weights, columns = _slice(walk, layer, at)
    scale = limit(layer.weight)
    picked = at[-2:] if isinstance(layer, Conv) else _place(walk, at)[1:]
    figures = (
        replace(figure(float(weight), scale, walk.scene.precision), asked=index == picked)
        for index, weight in np.ndenumerate(weights)
    )
    return table(figures, columns)


def _slice(walk: Walk, layer: Conv | Dense, at: tuple[int, ...]) -> tuple[Array, int]:
    if isinstance(layer, Conv):
        found: Array = layer.weight[at[0], at[1]]
        return found, found.shape[1]
    shape = walk.before(walk.question.layer).shape
    part: Array = layer.weight[at[0]].reshape(shape)[_place(walk, at)[0]]
    return part, shape[2]


def _place(walk: Walk, at: tuple[int, ...]) -> tuple[int, ...]:
    """Where the input of a dense weight stands: (channel, row, column)."""
    shape = walk.before(walk.question.layer).shape
    return tuple(int(n) for n in np.unravel_index(at[1], shape))


def _siblings(walk: Walk, at: tuple[int, ...]) -> tuple[Choice, ...]:
    """The same place in the other channels of the kernel; none where there is one channel, or a bias."""
    layer = walk.layer_of(walk.question.layer)
    if walk.question.of == "bias" or not isinstance(layer, Conv) or layer.weight.shape[1] == 1:
        return ()
    f, channel, a, b = at
    return tuple(
        Choice(str(c), "", c == channel, walk.scene.but(at=(f, c, a, b))) for c in range(layer.weight.shape[1])
    )


def _pages(walk: Walk, pages: int) -> tuple[Choice, ...]:
    """The first, the last, and those around this one; empty where there is one page."""
    if pages == 1:
        return ()
    here = walk.scene.page
    wanted = sorted({1, pages, *(at for at in range(here - 2, here + 3) if 1 <= at <= pages)})
    return tuple(Choice(str(at), "", at == here, walk.scene.but(page=at)) for at in wanted)
