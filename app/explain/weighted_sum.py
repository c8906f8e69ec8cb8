"""A weighted sum laid out in blocks, one for each channel or kernel: convolution and dense layers share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.explain.explainer import Picked, View
from app.render.colours import limit
from app.render.figures import Box, Figure, Plate, Table, figure, table
from cnn_core import Conv, Dense, Step

MOST_OPEN = 8
"""A sum of more blocks than this shows them folded."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """What one input channel contributes: what was read, times the weights, is the products, and their sum.

    first, last: the places of these numbers in the flattened list, for a dense layer. nonzero: products that are not 0.
    """

    channel: int
    plate: Plate
    read: Table
    weights: Table
    products: Table
    total: Figure
    first: int
    last: int
    nonzero: int


@dataclass(frozen=True, kw_only=True)
class WeightedSum(View):
    """A cell of a convolution or a dense layer: blocks, the bias, and the sum of all.

    terms: how many products there are; zeros: how many of them are 0.
    many: the blocks are too many to stand open; they are folded, the largest sums first.
    """

    part = "forward"
    marks = True

    blocks: tuple[Block, ...]
    bias: Figure
    terms: int
    zeros: int
    many: bool


def blocks_of(picked: Picked[Conv] | Picked[Dense], columns: int, box: Box | None) -> tuple[Block, ...]:
    """Arrange the products by the channel that they read, `columns` of them in a row; box: the window on each map."""
    trace, precision, x = picked.trace, picked.precision, picked.x
    weights, widest_product = limit(picked.layer.weight), max(abs(step.value) for step in products(picked))
    sums = trace.channel_sums()
    widest = max([abs(value) for value in sums.values()] + [abs(trace.value)])
    by_channel: dict[int, list[tuple[int, Step]]] = {}
    for index, step in enumerate(products(picked)):
        by_channel.setdefault(step.reads[0].at[0], []).append((index, step))
    blocks = []
    for channel, total in sums.items():
        mine = by_channel[channel]
        steps = tuple(step for _, step in mine)
        read, weight, product = three_tables(steps, columns, (x.scale(channel), weights, widest_product), precision)
        blocks.append(
            Block(
                channel=channel,
                plate=x.plate(channel, box),
                read=read,
                weights=weight,
                products=product,
                total=figure(total, widest, precision),
                first=mine[0][0],
                last=mine[-1][0],
                nonzero=sum(step.value != 0 for step in steps),
            )
        )
    return tuple(blocks)


def largest_first(picked: Picked[Conv] | Picked[Dense], blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """The blocks by the size of their sums."""
    sums = picked.trace.channel_sums()
    return tuple(sorted(blocks, key=lambda block: -abs(sums[block.channel])))


def products(picked: Picked[Conv] | Picked[Dense]) -> list[Step]:
    """The products of the sum, without the bias."""
    return [step for step in picked.trace.steps if step.op == "multiply"]


def bias_of(picked: Picked[Conv] | Picked[Dense]) -> Figure:
    """The bias, in the colours of the weights."""
    return figure(picked.trace.steps[-1].value, limit(picked.layer.weight), picked.precision)


def three_tables(
    steps: tuple[Step, ...], columns: int, scales: tuple[float, float, float], precision: str
) -> tuple[Table, Table, Table]:
    """What was read, the weights, and the products, as three grids of the same form."""

    def grid(write: Callable[[Step], Figure]) -> Table:
        return table(map(write, steps), columns)

    return (
        grid(lambda step: figure(step.reads[0].value, scales[0], precision, padded=step.reads[0].padded)),
        grid(lambda step: figure(step.reads[1].value, scales[1], precision)),
        grid(lambda step: figure(step.value, scales[2], precision)),
    )
