"""The microscope shows how one number came to be: what was read, every product, every sum, laid out to be read.

One function for each kind of layer; each takes the core's trace and only arranges it.
"""

from __future__ import annotations

from collections.abc import Callable

from app.explain.views_forward import Block, Chance, Gated, Looked, Lost, Pooled, Shared, View, Weighted
from app.passes.network_pass import INPUT, LOSS, SOFTMAX
from app.passes.state import Walk
from app.render.colours import limit
from app.render.figures import Box, Figure, Plate, Table, figure, plate, table
from app.render.numbers import number, percent, small
from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, Read, ReLU, Step, Trace
from cnn_core.windows import Windows

MOST_OPEN = 8
"""A convolution over more channels than this shows them folded."""


def look(walk: Walk) -> View:
    """Arrange the trace of the picked cell."""
    if walk.layer == INPUT:
        return Looked("input", round(255 * walk.trace().value))
    if walk.layer == SOFTMAX:
        return _shared(walk)
    if walk.layer == LOSS:
        return lost(walk)
    layer = walk.network.layers[walk.network.names.index(walk.layer)]
    for kind, view in _VIEWS.items():
        if isinstance(layer, kind):
            return view(walk, layer)
    raise TypeError(f"no microscope for {type(layer).__name__}")


def _picture(walk: Walk, channel: int, box: Box | None) -> Plate:
    """One map of the layer before, with the window drawn on it."""
    name = walk.names[walk.names.index(walk.layer) - 1]
    return plate(
        walk.outputs[name][channel], walk.sent.maps.pictures(walk.scene.scope)[name][channel], walk.scene.precision, box
    )


def _scale(walk: Walk, channel: int) -> float:
    """The range of colours of one map of the layer before."""
    return walk.sent.scale(walk.names[walk.names.index(walk.layer) - 1], channel, walk.scene.scope)


def window_box(windows: Windows, walk: Walk) -> Box:
    """Where the window of the picked cell lies on the map before."""
    _, i, j = walk.cell
    row, column = windows.place(i, j, (0, 0))
    last_row, last_column = windows.place(i, j, (windows.size[0] - 1, windows.size[1] - 1))
    return column, row, last_column - column + 1, last_row - row + 1


def _convolved(walk: Walk, layer: Layer) -> View:
    if not isinstance(layer, Conv):
        raise TypeError("not a convolution")
    return _weighted(walk, layer, "conv", layer.windows.size[1], window_box(layer.windows, walk))


def _connected(walk: Walk, layer: Layer) -> View:
    if not isinstance(layer, Dense):
        raise TypeError("not a dense layer")
    return _weighted(walk, layer, "dense", walk.before(walk.layer).shape[2], None)


def _weighted(walk: Walk, layer: Conv | Dense, template: str, columns: int, box: Box | None) -> Weighted:
    trace, precision = walk.trace(), walk.scene.precision
    products = [step for step in trace.steps if step.op == "multiply"]
    weights, widest_product = limit(layer.weight), max(abs(step.value) for step in products)
    sums = trace.channel_sums()
    widest = max([abs(value) for value in sums.values()] + [abs(trace.value)])
    by_channel: dict[int, list[tuple[int, Step]]] = {}
    for index, step in enumerate(products):
        by_channel.setdefault(step.reads[0].at[0], []).append((index, step))
    blocks = []
    for channel, total in sums.items():
        mine = by_channel[channel]
        picture = _picture(walk, channel, box)
        scales = _scale(walk, channel), weights, widest_product
        tables = _three(tuple(step for _, step in mine), columns, scales, precision)
        nonzero = sum(step.value != 0 for _, step in mine)
        total_figure = figure(total, widest, precision)
        blocks.append(Block(channel, picture, *tables, total_figure, mine[0][0], mine[-1][0], nonzero))
    many = template == "dense" or len(blocks) > MOST_OPEN
    if many:  # the channels that say most come first
        blocks.sort(key=lambda block: -abs(sums[block.channel]))
    bias = figure(trace.steps[-1].value, weights, precision)
    zeros = sum(step.value == 0 for step in products)
    return Weighted(template, tuple(blocks), bias, len(products), zeros, many)


def _three(
    steps: tuple[Step, ...], columns: int, scales: tuple[float, float, float], precision: str
) -> tuple[Table, Table, Table]:
    """What was read, the weights, and the products, as three grids of the same form."""

    def grid(write: Callable[[Step], Figure]) -> Table:
        return table(map(write, steps), columns)

    return (
        grid(lambda step: figure(step.reads[0].value, scales[0], precision, step.reads[0].padded)),
        grid(lambda step: figure(step.reads[1].value, scales[1], precision)),
        grid(lambda step: figure(step.value, scales[2], precision)),
    )


def _pooled(walk: Walk, layer: Layer) -> View:
    if not isinstance(layer, MaxPool | AveragePool):
        raise TypeError("not a pooling layer")
    step, precision = walk.trace().steps[0], walk.scene.precision
    winner = _winner(step) if step.op == "max" else None
    scale = _scale(walk, walk.cell[0])
    cells = [
        figure(read.value, scale, precision, read.padded, winner is not None and read.at == winner.at)
        for read in step.reads
    ]
    ties = sum(read.value == step.value for read in step.reads) if winner else 0
    picture = _picture(walk, walk.cell[0], window_box(layer.windows, walk))
    columns = len({read.at[2] for read in step.reads})
    total = number(step.total(), precision)
    at = winner.at if winner else None
    return Pooled("pool", picture, table(cells, columns), tuple(cells), at, ties, total, len(step.reads))


def _winner(step: Step) -> Read:
    """The first largest in reading order: the one to which the gradient will go back."""
    return next(read for read in step.reads if read.value == step.value)


def _gated(walk: Walk, layer: Layer) -> View:
    read = walk.trace().steps[0].reads[0]
    channel, i, j = walk.cell
    scale = _scale(walk, channel)
    picture = _picture(walk, channel, (j, i, 1, 1))
    return Gated("relu", picture, figure(read.value, scale, walk.scene.precision), read.value > 0)


def _chances(walk: Walk, trace: Trace, picked: int) -> tuple[tuple[Chance, ...], float]:
    """Every class on its way from score to probability, and the largest score."""
    precision = walk.scene.precision
    powers = [step for step in trace.steps if step.op == "exp"]
    scores = [step.reads[0].value for step in powers]
    largest = powers[0].reads[1].value
    scale = max(map(abs, scores))
    names = walk.network.classes or tuple(map(str, range(len(scores))))
    chances = tuple(
        Chance(
            index,
            names[index],
            figure(step.reads[0].value, scale, precision),
            number(step.reads[0].value - largest, precision),
            small(step.value, precision),
            index == picked,
        )
        for index, step in enumerate(powers)
    )
    return chances, largest


def lost(walk: Walk) -> Lost:
    """The loss towards the target: the same exponentials as softmax, and a logarithm."""
    trace, precision, target = walk.retrace(), walk.scene.precision, walk.target
    chances, largest = _chances(walk, trace, target)
    log, shifted = trace.steps[-1].reads
    return Lost(
        "loss",
        chances,
        number(largest, precision),
        number(trace.steps[-3].value, precision),
        small(log.value, precision),
        small(shifted.value, precision),
        chances[target].name,
        small(float(walk.outputs[SOFTMAX].ravel()[target]), precision),
    )


def _shared(walk: Walk) -> Shared:
    trace, precision = walk.trace(), walk.scene.precision
    chances, largest = _chances(walk, trace, walk.cell[0])
    picked, total = trace.steps[-1].reads
    return Shared(
        "softmax",
        chances,
        number(largest, precision),
        small(picked.value, precision),
        number(total.value, precision),
        chances[walk.cell[0]].name,
        percent(trace.value),
    )


_VIEWS: dict[type[Layer], Callable[[Walk, Layer], View]] = {
    Conv: _convolved,
    MaxPool: _pooled,
    AveragePool: _pooled,
    ReLU: _gated,
    Dense: _connected,
}
