"""The stops of the tour forward, from the picture to the probability, at telling cells of this picture.

Which layers there are is the network's affair; the tour asks for kinds, and leaves out a stop that has nothing to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.scenes.values import Of, Way
from cnn_core import Array, AveragePool, Cell, Conv, Dense, Layer, MaxPool, Network, ReLU
from cnn_core.trace import argmax_cell


@dataclass(frozen=True)
class Stop:
    """One stop: the name of its text, and what is looked at, as in a Scene."""

    name: str
    layer: str
    cell: Cell | None
    way: Way = "forward"
    of: Of = "output"
    at: tuple[int, ...] | None = None
    steps: int = 0
    rate: float = 0.01


def stops(network: Network, outputs: Mapping[str, Array]) -> tuple[Stop, ...]:
    """The stops for one picture in one network; outputs: (C, H, W) by name, from "input" to "softmax"."""
    return tuple(_stops(network, outputs))


def _stops(network: Network, outputs: Mapping[str, Array]) -> Iterator[Stop]:
    yield Stop("picture", "input", argmax_cell(outputs["input"]))
    convolutions = named(network, Conv)
    if convolutions:
        yield from _at_first(network, outputs, convolutions[0])
    if len(convolutions) > 1:
        deep = convolutions[-1]
        yield Stop("deeper", deep, argmax_cell(outputs[deep]))
    pools = named(network, MaxPool, AveragePool)
    if len(pools) > 1:
        yield Stop("smaller", pools[-1], argmax_cell(outputs[pools[-1]]))
    scores = outputs["softmax"].ravel()
    ranking = np.argsort(-scores, kind="stable")
    dense = named(network, Dense)
    if dense:
        yield Stop("score", dense[-1], (int(ranking[0]), 0, 0))
        yield Stop("rival", dense[-1], (int(ranking[1]), 0, 0))
    yield Stop("probability", "softmax", (int(ranking[0]), 0, 0))


def _at_first(network: Network, outputs: Mapping[str, Array], first: str) -> Iterator[Stop]:
    """At the first convolution, the gate behind it, and the first pooling."""
    seen = outputs[first]
    c, i, j = argmax_cell(seen)
    yield Stop("window", first, (c, i, j))
    yield Stop("slide", first, (c, i, j + 1 if j + 1 < seen.shape[2] else j - 1))
    against = argmax_cell(-seen)
    gates = [name for name in named(network, ReLU)[:1] if outputs[name].shape == seen.shape]
    if seen[against] < 0:
        yield Stop("against", first, against)
        yield from (Stop("shut", gate, against) for gate in gates)
    if seen[c, i, j] > 0:
        yield from (Stop("open", gate, (c, i, j)) for gate in gates)
    pools = named(network, MaxPool, AveragePool)
    if pools:
        yield Stop("pool", pools[0], argmax_cell(outputs[pools[0]]))


def named(network: Network, *kinds: type[Layer]) -> list[str]:
    """The names of the layers of some kinds, in order."""
    return [name for name, layer in zip(network.names, network.layers, strict=True) if isinstance(layer, kinds)]


