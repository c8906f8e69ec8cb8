"""Update rules: the new value of a weight from its gradient and the state of earlier steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Protocol

import numpy as np

from cnn_core.layer import Array
from cnn_core.trace import Read, Step

Memory = tuple[Array, ...]
"""What a rule remembers of earlier steps, arrays shaped like the parameter; empty before the first."""
Account = Mapping[str, Step]
"""How one number moved: each step under the name by which later ones read it; the last but one is how far ("move"),
the last the new number ("value")."""


class Rule(Protocol):
    """One update of one parameter array."""

    @property
    def rate(self) -> float:
        """How far a step goes."""
        ...

    def step(self, value: Array, gradient: Array, memory: Memory, count: int) -> tuple[Array, Memory]:
        """Return the new value and the new memory; `count` is 1 at the first step."""
        ...

    def explain(self, value: float, gradient: float, memory: tuple[float, ...], count: int) -> Account:
        """Tell how `step` moves one number; `memory` holds that number's part of each array."""
        ...


@dataclass(frozen=True)
class SGD:
    """w - rate v, where v = momentum v + gradient; without momentum, w - rate gradient (Robbins and Monro, 1951)."""

    rate: float
    momentum: float = 0.0

    def step(self, value: Array, gradient: Array, memory: Memory, count: int) -> tuple[Array, Memory]:
        """Return the new value, and the velocity where there is momentum."""
        if self.momentum == 0:
            return value - self.rate * gradient, ()
        velocity = self.momentum * memory[0] + gradient if memory else gradient
        return value - self.rate * velocity, (velocity,)

    def explain(self, value: float, gradient: float, memory: tuple[float, ...], count: int) -> Account:
        """Velocity, where there is momentum; then the move, and the new value."""
        steps: dict[str, Step] = {}
        along = Read("gradient", (), gradient)
        if self.momentum:
            before = memory[0] if memory else 0.0
            steps["kept"] = _multiply(Read("momentum", (), self.momentum), Read("memory", (0,), before))
            steps["velocity"] = _sum(_result(steps, "kept"), along)
            along = _result(steps, "velocity")
        steps["move"] = _multiply(Read("rate", (), self.rate), along)
        steps["value"] = _minus(Read("value", (), value), _result(steps, "move"))
        return steps


@dataclass(frozen=True)
class Adam:
    """Each weight moves by about `rate`: its mean gradient over the root of its mean square (Kingma and Ba, 2015)."""

    rate: float
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def step(self, value: Array, gradient: Array, memory: Memory, count: int) -> tuple[Array, Memory]:
        """Return the new value and the two running means, which start at zero and are corrected for it."""
        mean, square = memory if memory else (np.zeros_like(value), np.zeros_like(value))
        mean = self.beta1 * mean + (1 - self.beta1) * gradient
        square = self.beta2 * square + (1 - self.beta2) * gradient * gradient
        lift = mean / (1 - self.beta1**count)
        size = np.sqrt(square / (1 - self.beta2**count))
        return value - self.rate * lift / (size + self.epsilon), (mean, square)

    def explain(self, value: float, gradient: float, memory: tuple[float, ...], count: int) -> Account:
        """The two running means, what they are divided by because they began at zero, the move, and the new value."""
        mean, square = memory or (0.0, 0.0)
        now, number = Read("gradient", (), gradient), Read("count", (), float(count))
        share1, share2 = Read("beta1", (), self.beta1), Read("beta2", (), self.beta2)
        steps = {
            "mean": _mix(share1, Read("memory", (0,), mean), now),
            "square": _mix(share2, Read("memory", (1,), square), now, now),
            "mean weight": _filled(share1, number),
            "square weight": _filled(share2, number),
        }
        steps["lift"] = _divide(_result(steps, "mean"), _result(steps, "mean weight"))
        steps["corrected square"] = _divide(_result(steps, "square"), _result(steps, "square weight"))
        steps["size"] = _root(_result(steps, "corrected square"))
        steps["divisor"] = _sum(_result(steps, "size"), Read("epsilon", (), self.epsilon))
        steps["scaled"] = _multiply(Read("rate", (), self.rate), _result(steps, "lift"))
        steps["move"] = _divide(_result(steps, "scaled"), _result(steps, "divisor"))
        steps["value"] = _minus(Read("value", (), value), _result(steps, "move"))
        return steps


def _result(steps: Account, name: str) -> Read:
    """Read what an earlier step has given."""
    return Read(name, (), steps[name].value)


def _multiply(one: Read, other: Read) -> Step:
    return Step("multiply", (one, other), one.value * other.value)


def _divide(one: Read, other: Read) -> Step:
    return Step("divide", (one, other), one.value / other.value)


def _sum(one: Read, other: Read) -> Step:
    return Step("sum", (one, other), one.value + other.value)


def _minus(one: Read, other: Read) -> Step:
    return Step("minus", (one, other), one.value - other.value)


def _root(one: Read) -> Step:
    return Step("root", (one,), sqrt(one.value))


def _mix(share: Read, old: Read, *new: Read) -> Step:
    """Keep a share of the old, and take the rest of the new; several new ones are multiplied."""
    fresh = 1 - share.value
    for read in new:
        fresh *= read.value
    return Step("mix", (share, old, *new), share.value * old.value + fresh)


def _filled(share: Read, count: Read) -> Step:
    """How much of a mean that began at zero has been filled after so many steps."""
    return Step("fill", (share, count), 1 - share.value**count.value)
