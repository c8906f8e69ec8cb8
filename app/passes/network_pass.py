"""Activations and gradients of one picture in one network. Computed on demand and cached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from app.passes.heatmap_cache import Heats
from app.passes.tour_backward import stops_back, update
from app.passes.tour_forward import Stop, stops
from app.pictures.fit import Fitted
from app.render.colours import data_uri
from app.render.map_images import Maps, Scope
from app.store.ttl_cache import ExpiringCache
from cnn_core import Array, Cell, Gradients, Network, cross_entropy, softmax
from cnn_core.trace import argmax
from cnn_core.training.one_picture import Learned

INPUT, SOFTMAX, LOSS = "input", "softmax", "loss"
TARGETS = 2
"""For how many targets a picture's gradients are cached: each takes as much memory as all its maps."""
SECONDS = 2 * 60 * 60


@dataclass(frozen=True, eq=False)
class BackwardPass:
    """The gradients of the loss towards the class `target`.

    loss: its value, in nats. outputs: the gradient by the output of every station, (C, H, W) each, by name, from
    "input" to the scores. params: the gradients by every layer's parameters, by the layer's name.
    """

    target: int
    loss: float
    outputs: Mapping[str, Array]
    params: Mapping[str, Mapping[str, Array]]

    @cached_property
    def maps(self) -> Maps:
        """The gradients by the outputs as maps of colours."""
        *_, scores = self.outputs
        return Maps(self.outputs, frozenset({scores}), "gradient")


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """The activations of one fitted picture in one network.

    size: width and height of the picture before it was fitted, in pixels.
    outputs: what every layer gave, (C, H, W) each, by name; "input" comes first and "softmax" last.
    learned: how the network came to be, where it has learned from this picture.
    """

    network: Network
    fitted: Fitted
    size: tuple[int, int]
    outputs: Mapping[str, Array]
    learned: Learned | None = None
    _losses: dict[int, float] = field(default_factory=dict, repr=False)
    _backward_passes: ExpiringCache[int, BackwardPass] = field(
        default_factory=lambda: ExpiringCache(TARGETS, SECONDS), repr=False
    )

    @cached_property
    def maps(self) -> Maps:
        """The outputs as maps of colours."""
        return Maps(self.outputs, frozenset({self.network.names[-1], SOFTMAX}))

    @cached_property
    def photo(self) -> str | None:
        """The fitted picture in its colours, as a picture's address; None where it is grey."""
        return data_uri(self.fitted.stages[-1].picture) if len(self.fitted.x) == 3 else None

    @cached_property
    def peaks(self) -> Mapping[str, tuple[Cell, ...]]:
        """Where the largest output of every map of every layer stands; the first one in reading order."""
        return {name: tuple(_peak(output, at) for at in range(len(output))) for name, output in self.outputs.items()}

    def stops(self, target: int | None = None) -> tuple[Stop, ...]:
        """The stops of the tour on this picture; on the way back the loss asks for the target, or the runner-up."""
        aim = self.ranking[min(1, len(self.ranking) - 1)] if target is None else target
        back = self.backward(aim)
        last = Stop("yours", "softmax", (self.ranking[0], 0, 0))
        return (
            *stops(self.network, self.outputs),
            *stops_back(self.network, self.outputs, back.outputs, back.params, aim),
            *update(back.params, self.network),
            last,
        )

    @cached_property
    def heats(self) -> Heats:
        """The maps of what mattered to a class."""
        return Heats(self.network, self.outputs[INPUT][None])

    @cached_property
    def ranking(self) -> list[int]:
        """The classes, the likeliest first."""
        return [int(at) for at in np.argsort(-self.outputs[SOFTMAX].ravel(), kind="stable")]

    def scale(self, name: str, channel: int, scope: Scope) -> float:
        """The largest distance from zero on the scale of one map's colours."""
        return self.maps.scale(name, channel, scope)

    def loss(self, target: int) -> float:
        """The loss towards a class, in nats, without computing gradients."""
        if target not in self._losses:
            scores = self.outputs[self.network.names[-1]][None]
            self._losses[target] = cross_entropy(scores, np.array([target])).value
        return self._losses[target]

    def backward(self, target: int) -> BackwardPass:
        """The gradients of the loss towards a class."""
        found = self._backward_passes.get(target)
        if found is None:
            found = self._backward(target)
            self._backward_passes.put(target, found)
        return found

    def _backward(self, target: int) -> BackwardPass:
        names = (INPUT, *self.network.names)
        activations = [self.outputs[name][None] for name in names]
        loss = cross_entropy(activations[-1], np.array([target]))
        gradients: tuple[Gradients, ...] = self.network.gradients(activations, loss.dscores)
        by_output = [*(each.x for each in gradients), loss.dscores]
        return BackwardPass(
            target,
            loss.value,
            {name: gradient[0] for name, gradient in zip(names, by_output, strict=True)},
            {name: each.params for name, each in zip(self.network.names, gradients, strict=True)},
        )


def forward_pass(
    network: Network, fitted: Fitted, size: tuple[int, int], learned: Learned | None = None
) -> ForwardPass:
    """Compute the activations of a fitted picture."""
    activations = network.activations(fitted.x[None])
    arrays = (*activations, softmax(activations[-1]))
    stations = (INPUT, *network.names, SOFTMAX)
    outputs = {name: array[0] for name, array in zip(stations, arrays, strict=True)}
    return ForwardPass(network, fitted, size, outputs, learned)


def _peak(output: Array, channel: int) -> Cell:
    i, j = argmax(output[channel])
    return channel, i, j
