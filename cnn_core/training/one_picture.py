"""Learning steps on a single picture: compute all gradients, update every weight, compute the loss again.

A real training does the same with thousands of pictures, a few at a time: see train.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnn_core.layer import Array, Gradients, Params, ShapeError
from cnn_core.loss import Loss, cross_entropy
from cnn_core.network import Network
from cnn_core.training.optimizers import Account, Memory, Rule

Memories = tuple[Mapping[str, Memory], ...]
"""The state of an update rule for every parameter: for each layer its parameters by name."""

LARGEST = 1e6
"""The largest weight that is accepted: beyond it, training has diverged."""


class RanAway(ArithmeticError):
    """Training diverged: a step made a weight too large. held: how many steps before it were fine."""

    def __init__(self, held: int) -> None:
        super().__init__(f"step {held + 1} makes a weight larger than {LARGEST:g}: choose a smaller rate")
        self.held = held


@dataclass(frozen=True, eq=False)
class Learned:
    """The result of some learning steps, and the details of the last one.

    losses: before the first step, and after each. first, last: the probabilities (K,) before and after all steps.
    before: the network as it was before the last step; gradients and memories are those that the step went by.
    Where no step was taken, `before` is the network itself and gradients and memories are empty.
    """

    network: Network
    before: Network
    rule: Rule
    losses: tuple[float, ...]
    first: Array
    last: Array
    gradients: tuple[Params, ...]
    memories: Memories

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self.losses) - 1

    def explain(self, layer: int, name: str, at: tuple[int, ...]) -> Account:
        """Tell how the last step moved one number: `at` in the parameter `name` of a layer, counted from 0."""
        if not self.steps:
            raise ShapeError("learning steps", "at least one, so that there is a last one to explain", 0)
        memory = tuple(float(part[at]) for part in self.memories[layer][name])
        value, gradient = self.before.layers[layer].params[name][at], self.gradients[layer][name][at]
        return self.rule.explain(float(value), float(gradient), memory, self.steps)


def learn(network: Network, x: Array, label: int, rule: Rule, steps: int) -> Learned:
    """Take so many steps of a rule on one picture, x: (1, C, H, W), towards the class `label`.

    The network given stays as it is, and of those between only the last two are kept. Raises RanAway.
    """
    if len(x) != 1:
        raise ShapeError("learning input", "one picture, (1, C, H, W)", x.shape)
    if steps < 0:
        raise ShapeError("learning steps", "0 or more", steps)
    before, gradients, went_by = network, (), ()  # type: Network, tuple[Params, ...], Memories
    memories = nothing_yet(network)
    activations, loss = _look(network, x, label)
    first, losses = loss.probabilities, [loss.value]
    for done in range(steps):
        found = network.gradients(activations, loss.dscores)
        before, gradients, went_by = network, tuple(gradient.params for gradient in found), memories
        with np.errstate(over="ignore", invalid="ignore"):  # what runs away is noticed in the next line
            network, memories = update(network, found, rule, memories, done + 1)
        _check_sizes(network, done)
        activations, loss = _look(network, x, label)
        losses.append(loss.value)
    shares = (first.reshape(-1), loss.probabilities.reshape(-1))
    return Learned(network, before, rule, tuple(losses), *shares, gradients, went_by)


def nothing_yet(network: Network) -> Memories:
    """What a rule remembers before its first step."""
    return tuple(dict.fromkeys(layer.params, ()) for layer in network.layers)


def update(
    network: Network, gradients: Sequence[Gradients], rule: Rule, memories: Memories, count: int
) -> tuple[Network, Memories]:
    """Move every parameter by one step of the rule, and remember for the next; `count` is 1 at the first."""
    params, remembered = [], []
    for layer, gradient, memory in zip(network.layers, gradients, memories, strict=True):
        moved = {
            name: rule.step(value, gradient.params[name], memory[name], count) for name, value in layer.params.items()
        }
        params.append({name: value for name, (value, _) in moved.items()})
        remembered.append({name: kept for name, (_, kept) in moved.items()})
    return network.with_params(params), tuple(remembered)


def _look(network: Network, x: Array, label: int) -> tuple[tuple[Array, ...], Loss]:
    activations = network.activations(x)
    return activations, cross_entropy(activations[-1], np.array([label]))


def _check_sizes(network: Network, held: int) -> None:
    """Raise RanAway where a weight is not within LARGEST, which what is no number is not either."""
    if not all((np.abs(value) <= LARGEST).all() for layer in network.layers for value in layer.params.values()):
        raise RanAway(held)
