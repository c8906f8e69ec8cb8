"""The tour: a dozen stops from the picture to the probability, at cells that are worth looking at on this very picture.

Which layers there are is the network's affair; the tour asks for kinds, and leaves out a stop that has nothing to show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cnn_core import Array, AveragePool, Cell, Conv, Dense, Layer, MaxPool, Network, ReLU


@dataclass(frozen=True)
class Stop:
    """One stop: the name of its text, and the layer and cell that are looked at."""

    name: str
    layer: str
    cell: Cell


def stops(network: Network, outputs: Mapping[str, Array]) -> tuple[Stop, ...]:
    """The stops for one picture in one network; outputs: (C, H, W) by name, from "input" to "softmax"."""
    return tuple(_stops(network, outputs))


def _stops(network: Network, outputs: Mapping[str, Array]) -> Iterator[Stop]:
    yield Stop("picture", "input", _largest(outputs["input"]))
    convolutions = _named(network, Conv)
    if convolutions:
        yield from _at_first(network, outputs, convolutions[0])
    if len(convolutions) > 1:
        deep = convolutions[-1]
        yield Stop("deeper", deep, _largest(outputs[deep]))
    pools = _named(network, MaxPool, AveragePool)
    if len(pools) > 1:
        yield Stop("smaller", pools[-1], _largest(outputs[pools[-1]]))
    scores = outputs["softmax"].ravel()
    ranking = np.argsort(-scores, kind="stable")
    dense = _named(network, Dense)
    if dense:
        yield Stop("score", dense[-1], (int(ranking[0]), 0, 0))
        yield Stop("rival", dense[-1], (int(ranking[1]), 0, 0))
    yield Stop("probability", "softmax", (int(ranking[0]), 0, 0))
    yield Stop("yours", "softmax", (int(ranking[0]), 0, 0))


def _at_first(network: Network, outputs: Mapping[str, Array], first: str) -> Iterator[Stop]:
    """At the first convolution, the gate behind it, and the first pooling."""
    seen = outputs[first]
    c, i, j = _largest(seen)
    yield Stop("window", first, (c, i, j))
    yield Stop("slide", first, (c, i, j + 1 if j + 1 < seen.shape[2] else j - 1))
    against = _largest(-seen)
    gates = [name for name in _named(network, ReLU)[:1] if outputs[name].shape == seen.shape]
    if seen[against] < 0:
        yield Stop("against", first, against)
        yield from (Stop("shut", gate, against) for gate in gates)
    if seen[c, i, j] > 0:
        yield from (Stop("open", gate, (c, i, j)) for gate in gates)
    pools = _named(network, MaxPool, AveragePool)
    if pools:
        yield Stop("pool", pools[0], _largest(outputs[pools[0]]))


def _named(network: Network, *kinds: type[Layer]) -> list[str]:
    return [name for name, layer in zip(network.names, network.layers, strict=True) if isinstance(layer, kinds)]


def _largest(output: Array) -> Cell:
    c, i, j = (int(at) for at in np.unravel_index(int(output.argmax()), output.shape))
    return c, i, j
