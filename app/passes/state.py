"""The state of the walk: a resolved scene with the activations and gradients of its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from app.passes.network_facts import first_convolution
from app.passes.network_pass import INPUT, LOSS, SOFTMAX, BackwardPass, ForwardPass
from app.passes.tour_forward import Stop
from app.scenes.walk_scene import Scene
from cnn_core import (
    Array,
    Cell,
    Layer,
    Network,
    Read,
    Step,
    Trace,
    explain_loss,
    explain_loss_gradient,
    explain_softmax,
)
from cnn_core.layer import Of
from cnn_core.trace import argmax, argmax_cell


@dataclass(frozen=True)
class Question:
    """Whose gradient is selected, and which layer computes it.

    The output of a layer is the input of the next one, so that one answers for it: with "input", or the loss with
    "score" for a score. For the loss itself it is asked how its value came to be: "loss".
    """

    layer: str
    of: Of | Literal["score", "loss"]
    at: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class WalkState:
    """A scene with its layer and its selection filled in, and the passes of its picture.

    base: the picture in the network as it is shipped, or with the patch in it; where nothing was learned since, it is
    `forward` itself. plain: the picture in the network without the patch, where there is one.
    """

    scene: Scene
    forward: ForwardPass
    base: ForwardPass
    plain: ForwardPass | None = None

    @property
    def network(self) -> Network:
        """The network of the passes."""
        return self.forward.network

    @cached_property
    def outputs(self) -> Mapping[str, Array]:
        """The output of every station, from "input" to "softmax" and "loss"."""
        return {**self.forward.outputs, LOSS: np.full((1, 1, 1), self.loss)}

    @property
    def stop(self) -> Stop | None:
        """The tour's current stop, whether or not the reader has selected something else since."""
        return None if self.scene.tour is None else self.base.stops(self.scene.target)[self.scene.tour - 1]

    @property
    def layer(self) -> str:
        """The selected layer."""
        return self.scene.layer or first_convolution(self.network)

    @property
    def cell(self) -> Cell:
        """The selected cell of that layer."""
        return self.scene.cell or (0, 0, 0)

    @property
    def names(self) -> tuple[str, ...]:
        """All stations of the walk, from "input" to "softmax" and "loss"."""
        return INPUT, *self.network.names, SOFTMAX, LOSS

    @property
    def prediction(self) -> int:
        """The likeliest class."""
        return self.forward.ranking[0]

    @property
    def target(self) -> int:
        """The class that the loss asks for."""
        return aim(self.scene, self.base)

    @property
    def loss(self) -> float:
        """The loss towards the target, in nats."""
        return self.forward.loss(self.target)

    @property
    def backward(self) -> BackwardPass:
        """The gradients of the loss towards the target."""
        return self.forward.backward(self.target)

    def before(self, name: str) -> Array:
        """The input of a layer, (C, H, W)."""
        return self.outputs[self.names[self.names.index(name) - 1]]

    def layer_of(self, name: str) -> Layer | None:
        """A layer of the network by its name; None for "input", "softmax" and "loss"."""
        return self.network.layers[self.network.names.index(name)] if name in self.network.names else None

    def most_active(self, name: str, channel: int | None = None) -> Cell:
        """Where the largest output of a layer stands, or of one of its maps; the first one in reading order."""
        if name == LOSS:
            return 0, 0, 0
        peaks, output = self.forward.peaks[name], self.outputs[name]
        return peaks[channel] if channel is not None else max(peaks, key=lambda cell: float(output[cell]))

    def strongest(self, name: str, channel: int | None = None) -> Cell:
        """Where the gradient by a station's output is furthest from zero, in all of it or in one of its maps."""
        if name in (SOFTMAX, LOSS):
            return 0, 0, 0
        size = np.abs(self.backward.outputs[name])
        if channel is None:
            return argmax_cell(size)
        i, j = argmax(size[channel])
        return channel, i, j

    def trace(self) -> Trace:
        """The trace of the selected cell."""
        if self.layer == INPUT:
            value = float(self.outputs[INPUT][self.cell])
            return Trace(self.cell, (Step("read", (Read("picture", self.cell, value),), value),), value)
        scores = self.outputs[self.network.names[-1]][None]
        if self.layer == SOFTMAX:
            return explain_softmax(scores, self.cell[0])
        if self.layer == LOSS:
            return explain_loss(scores, self.target)
        return self.network.layers[self.network.names.index(self.layer)].explain(
            self.before(self.layer)[None], self.cell
        )

    @property
    def question(self) -> Question:
        """The selected gradient; in the forward direction, that of the selected cell."""
        of = self.scene.of if self.scene.way == "backward" else "output"
        names = self.network.names
        if self.layer in (SOFTMAX, LOSS):
            return Question(LOSS, "loss", (self.target,))
        if of != "output":
            return Question(self.layer, of, self.scene.at or ())
        if self.layer == names[-1]:
            return Question(LOSS, "score", self.cell)
        return Question(self.names[self.names.index(self.layer) + 1], "input", self.cell)

    def first_window(self) -> Cell:
        """Where the loops first come to the selected gradient: at the first window that can change it, if any can."""
        question, layer = self.question, self.layer_of(self.question.layer)
        first = question.at[0]
        windows = None if layer is None else layer.connectivity.windows
        if question.of != "input" or layer is None or windows is None:
            return (first if question.of in ("weight", "bias") else 0), 0, 0
        reads, out = layer.connectivity, self.outputs[question.layer].shape
        if reads.groups is not None:  # the first output channel of those that read this one
            group = self.before(question.layer).shape[0] // reads.groups
            first = first // group * (out[0] // reads.groups)
        i, j, _ = next(windows.readers(question.at[1], question.at[2], (out[1], out[2])), (0, 0, (0, 0)))
        return first, i, j

    def asked(self) -> Array:
        """The array of gradients that holds the selected one."""
        question = self.question
        if question.of == "loss":
            return self.outputs[LOSS]
        if question.of in ("weight", "bias"):
            return self.backward.params[question.layer][question.of]
        before = self.names.index(question.layer if question.layer != LOSS else SOFTMAX) - 1
        return self.backward.outputs[self.names[before]]

    def trace_back(self) -> Trace:
        """The trace of the selected gradient."""
        question = self.question
        scores = self.outputs[self.network.names[-1]][None]
        if question.of == "loss":
            return explain_loss(scores, self.target)
        if question.of == "score":
            return explain_loss_gradient(scores, self.target, question.at[0])
        layer = self.network.layers[self.network.names.index(question.layer)]
        x, dy = self.before(question.layer)[None], self.backward.outputs[question.layer][None]
        return layer.explain_gradient(x, dy, question.of, question.at)


def aim(scene: Scene, base: ForwardPass) -> int:
    """The class that the loss asks for, unless the scene names one: the likeliest; backward, the next likeliest.

    Counted in the network as it is shipped, so that learning does not move its own goal.
    """
    if scene.target is not None:
        return scene.target
    return base.ranking[0 if scene.way == "forward" else min(1, len(base.ranking) - 1)]
