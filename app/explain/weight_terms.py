"""The terms of a weight's or a bias's gradient: one for every window, the largest first, and how they add up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.explain.explainer import Asked, View, sliding
from app.refusal import Refusal
from app.render.colours import limit, map_picture
from app.render.figures import Figure, Plate, Table, figure, gradient_figure, plate, table
from app.render.numbers import small
from app.scenes.choice import Choice
from app.scenes.walk_scene import Scene
from cnn_core import Step, Trace

ROWS = 12
"""Terms on one page of the list."""


@dataclass(frozen=True, kw_only=True)
class Term:
    """One term of a gradient: which window, what the weight met there, its gradient, their product, and the sum so far.

    met is None for a bias, which meets nothing. window: the scene of the loop, stopped at this window.
    """

    at: tuple[int, ...]
    met: Figure | None
    gradient: Figure
    product: Figure
    so_far: str
    window: Scene


@dataclass(frozen=True, kw_only=True)
class WeightTerms(View):
    """All terms of a weight's or a bias's gradient, the largest first, a page at a time.

    windows: whether there is one term a window, and not one alone. carried, rest: the sums of the pages before and
    behind, as text; empty where there are none. met, errors, products: the terms as maps, one cell a window; None
    where there is only one. channel: the map that the weight reads; 0 for a bias. kernel: the weights around the
    selected one. siblings: the same place in other channels of the kernel.
    """

    template = "weight_terms"
    part = "terms_of_all_windows"

    windows: bool
    terms: tuple[Term, ...]
    carried: str
    rest: str
    rest_count: int
    count: int
    nonzero: int
    page: int
    pages: tuple[Choice[Scene], ...]
    met: Plate | None
    errors: Plate | None
    products: Plate | None
    channel: int
    kernel: Table
    siblings: tuple[Choice[Scene], ...]


def weight_terms(asked: Asked[Any], scene: Scene) -> WeightTerms:
    """Arrange the terms; scene: where the links lead, and which page of the list is shown.

    Raises Refusal 422 where the list has no such page.
    """
    trace = asked.trace
    ordered = tuple(sorted(trace.steps, key=lambda step: -abs(step.value)))
    sums = Trace(trace.cell, ordered, trace.value).running()
    pages = -(-len(ordered) // ROWS)
    if not 1 <= scene.page <= pages:
        nearest = replace(scene, page=min(max(scene.page, 1), pages))
        raise Refusal(422, "page-out-of-range", got=scene.page, last=pages, nearest=nearest)
    start, stop = (scene.page - 1) * ROWS, min(scene.page * ROWS, len(ordered))
    rest = Trace(trace.cell, ordered[stop:], 0.0).running()
    many, precision = len(ordered) > 1, asked.precision
    return WeightTerms(
        windows=sliding(asked.layer) is not None,
        terms=_terms(asked, scene, ordered[start:stop], sums[start:stop]),
        carried=small(sums[start - 1], precision) if start else "",
        rest=small(rest[-1], precision) if rest else "",
        rest_count=len(rest),
        count=len(ordered),
        nonzero=sum(step.value != 0 for step in ordered),
        page=scene.page,
        pages=_pages(scene, pages),
        met=_plate(asked, 0) if many and len(trace.steps[0].reads) == 2 else None,
        errors=_plate(asked, -1) if many else None,
        products=_plate(asked, None) if many else None,
        channel=trace.steps[0].reads[0].at[0] if asked.of == "weight" else 0,
        kernel=_kernel(asked),
        siblings=_siblings(asked, scene),
    )


def _terms(asked: Asked[Any], scene: Scene, steps: tuple[Step, ...], sums: list[float]) -> tuple[Term, ...]:
    values, errors, precision = limit(asked.x.array), limit(asked.dy.array), asked.precision
    widest = max(abs(step.value) for step in asked.trace.steps)
    found = []
    for step, total in zip(steps, sums, strict=True):
        met, gradient = step.reads[0] if len(step.reads) == 2 else None, step.reads[-1]
        f, i, j = gradient.at
        found.append(
            Term(
                at=gradient.at,
                met=None if met is None else figure(met.value, values, precision, padded=met.padded),
                gradient=gradient_figure(gradient.value, errors, precision),
                product=gradient_figure(step.value, widest, precision),
                so_far=small(total, precision),
                window=scene.but(cell=(f, i, j)),
            )
        )
    return tuple(found)


def _plate(asked: Asked[Any], read: int | None) -> Plate:
    """All terms as a map of one cell a window: what was met (0), the gradients (-1), or the products (None)."""

    def value(step: Step) -> float:
        return step.value if read is None else step.reads[read].value

    values = np.array([value(step) for step in asked.trace.steps]).reshape(asked.dy.array.shape[1:])
    uri = map_picture(values, limit(values), "value" if read == 0 else "gradient")
    return plate(values, uri, asked.precision)


def _kernel(asked: Asked[Any]) -> Table:
    """The weights of the selected one's channel of its kernel, itself marked; for a bias, nothing."""
    if asked.of == "bias":
        return ()
    weight, at, shape = asked.layer.params["weight"], asked.at, asked.x.array.shape
    if weight.ndim == 2:  # one weight for each input: they are folded as the maps before
        channel, *picked = (int(n) for n in np.unravel_index(at[1], shape))
        shown = weight[at[0]].reshape(shape)[channel]
    else:
        shown, picked = weight[at[0], at[1]], list(at[-2:])
    scale = limit(weight)
    figures = (
        replace(figure(float(each), scale, asked.precision), asked=list(index) == picked)
        for index, each in np.ndenumerate(shown)
    )
    return table(figures, shown.shape[1])


def _siblings(asked: Asked[Any], scene: Scene) -> tuple[Choice[Scene], ...]:
    """The same place in the other channels of the kernel; none where there is one channel, or a bias."""
    weight = asked.layer.params["weight"]
    if asked.of == "bias" or weight.ndim == 2 or weight.shape[1] == 1:
        return ()
    f, channel, a, b = asked.at
    return tuple(Choice(str(c), c == channel, scene.but(at=(f, c, a, b))) for c in range(weight.shape[1]))


def _pages(scene: Scene, pages: int) -> tuple[Choice[Scene], ...]:
    """The first, the last, and those around this one; empty where there is one page."""
    if pages == 1:
        return ()
    here = scene.page
    wanted = sorted({1, pages, *(at for at in range(here - 2, here + 3) if 1 <= at <= pages)})
    return tuple(Choice(str(at), at == here, scene.but(page=at)) for at in wanted)
