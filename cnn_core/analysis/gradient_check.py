"""Gradient check: compare backpropagation with the central difference (L(w + h) - L(w - h)) / 2h.

Both must agree. Where they do not, a gate or the winner of a max-pool has changed between -h and +h, the loss is curved
there, or rounding is most of the difference of the two losses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, log10
from sys import float_info
from typing import Literal

import numpy as np

from cnn_core.layer import Array, Gradients, Layer, Of, ShapeError
from cnn_core.loss import Loss, cross_entropy
from cnn_core.network import Network

Moved = Of | Literal["output"]
"""What can be moved at a layer: a cell that comes in or goes out, a weight or a bias."""
LEAST, MOST = 1e-12, 1e3
"""How small and how large h may be: below, a number + h is often the number itself; above, it is no small change."""


@dataclass(frozen=True)
class Kinks:
    """How many gates of a ReLU, or winners of a max pooling, are not the same at -h, here and at +h."""

    layer: int
    count: int


@dataclass(frozen=True)
class Check:
    """One number of a network, moved by h both ways.

    value: the number as it is. loss: what it is then. up, down: the loss where the number is larger or smaller by h.
    gradient: what backpropagation says. kinks: by layer, those that have any.
    rounding: about how far off the quotient may be because a computer keeps some sixteen digits of each loss.
    """

    h: float
    value: float
    loss: float
    up: float
    down: float
    gradient: float
    kinks: tuple[Kinks, ...]
    rounding: float

    @property
    def quotient(self) -> float:
        """How steeply the loss rises from -h to +h."""
        return (self.up - self.down) / (2 * self.h)

    @property
    def difference(self) -> float:
        """How far the quotient is from the gradient."""
        return self.quotient - self.gradient

    @property
    def reason(self) -> Literal["none", "kinks", "rounding", "bend"]:
        """Why they differ: something switched, too few digits are left, or else the loss is no straight line there."""
        if self.difference == 0:
            return "none"
        if self.kinks:
            return "kinks"
        return "rounding" if abs(self.difference) <= self.rounding else "bend"

    @property
    def digits(self) -> int:
        """How many leading digits quotient and gradient have in common, about; of sixteen at most."""
        if self.difference == 0:
            return float_info.dig + 1
        if self.gradient == 0:
            return 0
        return max(0, floor(-log10(abs(self.difference / self.gradient))))


def check(network: Network, x: Array, label: int, of: Moved, layer: int, at: tuple[int, ...], h: float) -> Check:
    """Compare both for one number, with the picture x: (1, C, H, W) in float64 and the loss of class `label`.

    of: "weight" or "bias" of a layer, counted from 0; a cell of its "input" or its "output", (c, i, j).
    A pixel is of the input of layer 0. Only the layers behind what was moved are computed again.
    """
    _check_question(network, x, layer, h)
    activations = network.activations(x)
    loss = cross_entropy(activations[-1], np.array([label]))
    arrays = {"output": activations[layer + 1][0], "input": activations[layer][0], **network.layers[layer].params}
    if of not in arrays:
        raise ShapeError("check of", f"one of {tuple(arrays)} at layer {layer}", of)
    _check_place(at, arrays[of].shape, of)
    above, here, below = (_tail(network, activations, of, layer, at, change) for change in (h, 0.0, -h))
    up, down = (cross_entropy(moved[-1], np.array([label])) for moved in (above, below))
    first = layer + 1 if of == "output" else layer
    kinks = [
        Kinks(index, _switched(network.layers[index], states))
        for index, states in enumerate(zip(above[:-1], here[:-1], below[:-1], strict=True), start=first)
    ]
    value, gradient = float(arrays[of][at]), _gradient(network, activations, loss, of, layer, at)
    lost = float_info.epsilon * (np.abs(activations[-1]).max() + loss.value + abs(value * gradient))
    counted = tuple(kink for kink in kinks if kink.count)
    return Check(h, value, loss.value, up.value, down.value, gradient, counted, 4 * float(lost) / h)


def _tail(
    network: Network, activations: Sequence[Array], of: Moved, index: int, at: tuple[int, ...], change: float
) -> list[Array]:
    """What goes into each layer from the changed number on, and the scores, once it has been moved by `change`."""
    layers = network.layers[index:]
    start = activations[index]
    if of == "output":
        layers, start = layers[1:], activations[index + 1]
    if of in ("output", "input"):
        start = _moved(start, (0, *at), change)
    else:
        params = layers[0].params
        layers = (layers[0].with_params({**params, of: _moved(params[of], at, change)}), *layers[1:])
    found = [start]
    for layer in layers:
        found.append(layer.forward(found[-1]))
    return found


def _moved(array: Array, at: tuple[int, ...], change: float) -> Array:
    copy = np.array(array, np.float64)
    copy[at] += change
    return copy


def _gradient(
    network: Network, activations: Sequence[Array], loss: Loss, of: Moved, layer: int, at: tuple[int, ...]
) -> float:
    """What backpropagation says about the same number."""
    found: Sequence[Gradients] = network.gradients(activations, loss.dscores)
    if of == "output":
        after = found[layer + 1].x if layer + 1 < len(found) else loss.dscores
        return float(after[0][at])
    return float(found[layer].x[0][at] if of == "input" else found[layer].params[of][at])


def _switched(layer: Layer, states: Sequence[Array]) -> int:
    """How many decisions of a layer are not the same for all of these inputs; most layers decide nothing."""
    first, *others = (layer.decisions(x) for x in states)
    if first is None:
        return 0
    return int(np.count_nonzero(np.any([choice != first for choice in others], axis=0)))


def _check_question(network: Network, x: Array, layer: int, h: float) -> None:
    if x.dtype != np.float64 or len(x) != 1:
        raise ShapeError("check input", "one picture, (1, C, H, W) in float64", f"{x.shape} in {x.dtype}")
    if not 0 <= layer < len(network.layers):
        raise ShapeError("check layer", f"0 to {len(network.layers) - 1}", layer)
    if not LEAST <= h <= MOST:
        raise ShapeError("check h", f"{LEAST:g} to {MOST:g}", h)


def _check_place(at: tuple[int, ...], shape: tuple[int, ...], of: str) -> None:
    if len(at) != len(shape) or not all(0 <= index < side for index, side in zip(at, shape, strict=True)):
        raise ShapeError(f"check {of}", f"a place inside {shape}, counted from 0", at)
