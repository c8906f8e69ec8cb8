"""How one gradient came to be: what came from behind, what it was multiplied with, and every term of the sum.

One function for each kind of layer; each takes the core's trace and only arranges it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from app.explain.forward import lost
from app.explain.partial_sums import running
from app.explain.views_backward import BackView, Blame, Headed, Held, Passed, Returned, Routed, Voted
from app.explain.views_forward import Block, Lost
from app.explain.weight_terms import collected
from app.passes.state import Walk
from app.render.colours import limit
from app.render.figures import Box, Figure, Plate, figure, owed, plate, table
from app.render.numbers import small
from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, Read, ReLU, Step

FEW = 8
"""Kernels that are all laid open; of more, only those that hand anything back are shown, folded."""


def look_back(walk: Walk) -> BackView | Lost:
    """Arrange the terms of the picked gradient, or the window at which the loops have stopped."""
    question = walk.question
    if question.of == "loss":
        return lost(walk)
    if question.of == "score":
        return _headed(walk)
    if walk.scene.of != "output" and walk.scene.cell is not None:
        return running(walk)
    if question.of in ("weight", "bias"):
        return collected(walk)
    layer = walk.layer_of(question.layer)
    for kind, view in _VIEWS.items():
        if isinstance(layer, kind):
            return view(walk, layer)
    raise TypeError(f"no way back through {type(layer).__name__}")


def errors_plate(walk: Walk, name: str, channel: int, box: Box | None = None) -> Plate:
    """The gradients by one map of a station's output, as a picture."""
    scope, maps = walk.scene.scope, walk.back.maps
    return plate(walk.back.outputs[name][channel], maps.picture(name, channel, scope), walk.scene.precision, box)


def _came_from(walk: Walk) -> str:
    """The station whose output is the answering layer's input."""
    return walk.names[walk.names.index(walk.question.layer) - 1]


def _headed(walk: Walk) -> Headed:
    """The scores: p - y for every class, since softmax and cross-entropy are taken in one."""
    precision, scale = walk.scene.precision, limit(walk.back.outputs[walk.network.names[-1]])
    last, answer = walk.network.names[-1], walk.target
    gradients, shares = walk.back.outputs[last].ravel().tolist(), walk.outputs["softmax"].ravel().tolist()
    names = walk.network.classes or tuple(map(str, range(len(shares))))
    blames = tuple(
        Blame(
            index,
            names[index],
            small(share, precision),
            "1" if index == answer else "0",
            owed(gradient, scale, precision),
            index == walk.question.at[0],
            walk.scene.but(layer=last, of="output", cell=(index, 0, 0)),
        )
        for index, (share, gradient) in enumerate(zip(shares, gradients, strict=True))
    )
    return Headed("loss_gradient", blames, blames[walk.question.at[0]], names[answer])


def _returned(walk: Walk, layer: Layer) -> Returned:
    """A convolution hands back, kernel by kernel: windows that read the cell, times the weights they read it with."""
    if not isinstance(layer, Conv):
        raise TypeError("not a convolution")
    trace, precision = walk.retrace(), walk.scene.precision
    behind = walk.question.layer
    weights, widest = limit(layer.weight), _widest(trace.steps)
    by_kernel: dict[int, list[Step]] = {}
    for step in trace.steps:
        by_kernel.setdefault(step.reads[1].at[0], []).append(step)
    totals = trace.sums(1)
    most = max([abs(total) for total in totals.values()] + [abs(trace.value)], default=0.0)
    blocks = []
    for kernel, steps in by_kernel.items():
        places = [step.reads[1].at for step in steps]
        columns = len({j for _, _, j in places})
        scale = walk.back.maps.scale(behind, kernel, walk.scene.scope)
        blocks.append(
            Block(
                kernel,
                errors_plate(walk, behind, kernel, _around(places)),
                table((owed(step.reads[1].value, scale, precision) for step in steps), columns),
                table((figure(step.reads[0].value, weights, precision) for step in steps), columns),
                table((owed(step.value, widest, precision) for step in steps), columns),
                owed(totals[kernel], most, precision),
                0,
                len(steps),
                sum(step.value != 0 for step in steps),
            )
        )
    silent: tuple[int, ...] = ()
    if len(blocks) > FEW:  # too many to look at them all: those that say most come first, the silent ones stay out
        silent = tuple(block.channel for block in blocks if not block.nonzero)
        blocks = [block for block in blocks if block.nonzero]
        blocks.sort(key=lambda block: -abs(totals[block.channel]))
    first = next(iter(by_kernel.values()), [])
    rows = len({step.reads[1].at[1] for step in first})
    size, zeros = (rows, len(first) // max(1, rows)), sum(step.value == 0 for step in trace.steps)
    turned = size == layer.windows.size and len(first) > 1
    return Returned("conv_gradient", tuple(blocks), silent, len(trace.steps), zeros, size, turned)


def _pooled(walk: Walk, layer: Layer) -> Routed:
    """Pooling hands the gradient back to the winner, or shares it out; the small map becomes large again."""
    if not isinstance(layer, MaxPool | AveragePool):
        raise TypeError("not a pooling layer")
    name, before, precision = walk.question.layer, _came_from(walk), walk.scene.precision
    x, dy = walk.outputs[before][None], walk.back.outputs[name]
    channel, row, column = walk.question.at
    trace = walk.retrace()
    scope, back = walk.scene.scope, walk.back.maps
    values, behind = walk.sent.scale(before, channel, scope), back.scale(name, channel, scope)
    ahead, windows, boxes = back.scale(before, channel, scope), [], []
    for step in trace.steps:
        cell = next(read.at for read in step.reads if read.array == "output_gradient")
        c, i, j = cell
        (pooled,) = layer.explain(x, (c, i, j)).steps
        winner = next(read.at for read in pooled.reads if read.value == pooled.value) if pooled.op == "max" else None
        arrives, columns = float(dy[cell]), len({read.at[2] for read in pooled.reads})
        # What the mean counted of the padding has its share as well; it is cut off with it.
        shares = [step.value if winner is None else arrives if read.at == winner else 0.0 for read in pooled.reads]
        boxes.append(cell)
        windows.append(
            Held(
                cell,
                table((_seen(read, values, walk, winner) for read in pooled.reads), columns),
                owed(arrives, behind, precision),
                table(
                    (
                        replace(owed(share, ahead, precision), padded=read.padded)
                        for share, read in zip(shares, pooled.reads, strict=True)
                    ),
                    columns,
                ),
                winner,
                sum(read.value == pooled.value for read in pooled.reads) if winner else 0,
                len(pooled.reads),
                owed(step.value, ahead, precision),
            )
        )
    ties = np.argwhere(layer.ties(x)[0, channel] > 1).tolist() if isinstance(layer, MaxPool) else []
    small = errors_plate(walk, name, channel, _around(boxes) if boxes else None)
    return Routed(
        "pool_gradient",
        tuple(windows),
        replace(small, marks=tuple((i, j) for i, j in ties)),
        errors_plate(walk, before, channel, (column, row, 1, 1)),
        (len(ties), dy[channel].size),
    )


def _seen(read: Read, scale: float, walk: Walk, winner: tuple[int, ...] | None) -> Figure:
    shown = figure(read.value, scale, walk.scene.precision, read.padded, read.at == winner)
    return replace(shown, asked=read.at == walk.question.at)


def _passed(walk: Walk, layer: Layer) -> Passed:
    """A gate hands the gradient back if it let the number through."""
    before, name = _came_from(walk), walk.question.layer
    came, gradient = walk.retrace().steps[0].reads
    channel, i, j = walk.question.at
    scope, precision = walk.scene.scope, walk.scene.precision
    pictures = walk.sent.maps.pictures(scope)[before][channel]
    return Passed(
        "relu_gradient",
        plate(walk.outputs[before][channel], pictures, precision, (j, i, 1, 1)),
        errors_plate(walk, name, channel, (j, i, 1, 1)),
        owed(came.value, walk.sent.scale(before, channel, scope), precision),
        owed(gradient.value, walk.back.maps.scale(name, channel, scope), precision),
        came.value > 0,
    )


def _voted(walk: Walk, layer: Layer) -> Voted:
    """A fully connected layer hands back: every output's gradient, by the weight that this input has there."""
    if not isinstance(layer, Dense):
        raise TypeError("not a dense layer")
    trace, precision, behind = walk.retrace(), walk.scene.precision, limit(walk.back.outputs[walk.question.layer])
    weights, widest = limit(layer.weight), _widest(trace.steps)
    last = walk.question.layer == walk.network.names[-1]
    names = walk.network.classes if last else ()
    terms = tuple(
        (
            names[index] if names else str(index),
            figure(step.reads[0].value, weights, precision),
            owed(step.reads[1].value, behind, precision),
            owed(step.value, widest, precision),
        )
        for index, step in enumerate(trace.steps)
    )
    shape = walk.outputs[_came_from(walk)].shape
    return Voted("dense_gradient", terms, int(np.ravel_multi_index(walk.question.at, shape)), last)


def _widest(steps: tuple[Step, ...]) -> float:
    return max((abs(step.value) for step in steps), default=0.0)


def _around(places: list[tuple[int, ...]]) -> Box:
    """The box around places (channel, row, column) of one map."""
    rows, columns = [at[1] for at in places], [at[2] for at in places]
    return min(columns), min(rows), max(columns) - min(columns) + 1, max(rows) - min(rows) + 1


_VIEWS: dict[type[Layer], Callable[[Walk, Layer], BackView]] = {
    Conv: _returned,
    MaxPool: _pooled,
    AveragePool: _pooled,
    ReLU: _passed,
    Dense: _voted,
}
