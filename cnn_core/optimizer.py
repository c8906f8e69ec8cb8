"""An update rule says how far each weight moves, given its gradient and what went before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cnn_core.layer import Array

Memory = tuple[Array, ...]
"""What a rule remembers of earlier steps, arrays shaped like the parameter; empty before the first."""


class Rule(Protocol):
    """One update of one parameter array."""

    def step(self, value: Array, gradient: Array, memory: Memory, count: int) -> tuple[Array, Memory]:
        """Return the new value and the new memory; `count` is 1 at the first step."""
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
