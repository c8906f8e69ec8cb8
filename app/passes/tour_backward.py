"""The stops of the tour backward, from the loss to the pixels and the update of one weight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.passes.tour_forward import Stop, named
from cnn_core import Array, AveragePool, Conv, Dense, Layer, MaxPool, Network, ReLU
from cnn_core.trace import argmax, argmax_cell


def stops_back(
    network: Network,
    outputs: Mapping[str, Array],
    gradients: Mapping[str, Array],
    params: Mapping[str, Mapping[str, Array]],
    target: int,
) -> Iterator[Stop]:
    """The stops for one picture: outputs and gradients by those outputs, (C, H, W) by name; params: gradients by layer.

    A stop that has nothing to show is left out.
    """
    before = dict(zip(network.names, ("input", *network.names), strict=False))
    yield Stop("loss", "loss", (0, 0, 0), way="backward")
    yield Stop("blame", network.names[-1], (target, 0, 0), way="backward")

    def owing(name: str, layer: str, where: NDArray[Any]) -> Iterator[Stop]:
        """The stop at the input of a layer whose gradient is largest, among some if they have any."""
        whole = np.abs(gradients[before[layer]])
        size = whole * where if (whole * where).any() else whole
        if size.any():
            yield Stop(name, layer, None, way="backward", of="input", at=argmax(size))

    every = np.ones(())
    if dense := named(network, Dense):
        yield from owing("folded", dense[-1], every)
    if pools := named(network, MaxPool, AveragePool):
        yield from owing("returned", pools[-1], outputs[before[pools[-1]]] > 0)  # where no tie blurs who won
    if gates := named(network, ReLU):
        came, error = outputs[before[gates[-1]]], np.abs(gradients[gates[-1]])
        stopped = argmax(error * (came <= 0))
        if error[stopped] > 0 and came[stopped] <= 0:
            yield Stop("stopped", gates[-1], None, way="backward", of="input", at=stopped)
        yield from owing("through", gates[-1], every)
    convolutions = named(network, Conv)
    if len(convolutions) > 1:
        last = network.layers[network.names.index(convolutions[-1])]
        yield from owing("turned", convolutions[-1], _inside(last, gradients[before[convolutions[-1]]].shape))
    if convolutions:
        yield from _learning(network, convolutions[0], outputs[before[convolutions[0]]], gradients, params)
    yield Stop("pixels", "input", argmax_cell(np.abs(gradients["input"])), way="backward")


def _learning(
    network: Network,
    first: str,
    x: Array,
    gradients: Mapping[str, Array],
    params: Mapping[str, Mapping[str, Array]],
) -> Iterator[Stop]:
    """At the first convolution, which reads x: one weight's gradient, how it grows at its largest, and the bias."""
    weights, biases = params[first]["weight"], params[first]["bias"]
    at = argmax(np.abs(weights))
    layer = network.layers[network.names.index(first)]
    terms = layer.explain_gradient(x[None], gradients[first][None], "weight", at).steps
    _, i, j = max(terms, key=lambda step: abs(step.value)).reads[-1].at
    yield Stop("weight", first, None, way="backward", of="weight", at=at)
    yield Stop("grows", first, (at[0], i, j), way="backward", of="weight", at=at)
    yield Stop("bias", first, None, way="backward", of="bias", at=argmax(np.abs(biases)))


def update(params: Mapping[str, Mapping[str, Array]], network: Network) -> Iterator[Stop]:
    """The step of learning: the same weight, after an update of all, too small to learn the picture by heart."""
    for first in named(network, Conv)[:1]:
        at = argmax(np.abs(params[first]["weight"]))
        yield Stop("update", first, None, way="backward", of="weight", at=at, steps=1, rate=0.001)


def _inside(layer: Layer, shape: tuple[int, ...]) -> NDArray[Any]:
    """(C, H, W) -> (H, W): where a convolution reads with as much of its kernel as anywhere: not at edges."""
    if not isinstance(layer, Conv):
        raise TypeError("not a convolution")
    out = layer.output_shape((shape[0], shape[1], shape[2]))[1:]
    rows = [sum(1 for _ in layer.windows.readers(row, shape[2] // 2, out)) for row in range(shape[1])]
    columns = [sum(1 for _ in layer.windows.readers(shape[1] // 2, column, out)) for column in range(shape[2])]
    return np.outer(np.array(rows) == max(rows), np.array(columns) == max(columns))
