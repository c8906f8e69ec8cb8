"""A trace tells how one number came to be: what was read, what was done with it, and what came out.

It is data, not prose: whoever shows it chooses the words, the colours and the number of digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cell = tuple[int, int, int]
"""One place in a (C, H, W) array: channel, row, column, counted from 0."""


def argmax(values: NDArray[Any]) -> tuple[int, ...]:
    """The index of the largest value of an array of any shape; the first one in reading order (C order)."""
    return tuple(int(index) for index in np.unravel_index(int(values.argmax()), values.shape))


def argmax_cell(values: NDArray[Any]) -> Cell:
    """The cell of the largest value of a (C, H, W) array; the first one in reading order."""
    c, i, j = argmax(values)
    return c, i, j


@dataclass(frozen=True, slots=True)
class Read:
    """One number that was looked up.

    array: the name of the array it stands in ("input", "weight", "bias", ...).
    at: its place in that array; in the padding, row or column may be negative or past the end.
    padded: True where it lies in the padding and was never in the array.
    """

    array: str
    at: tuple[int, ...]
    value: float
    padded: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on what was read; `value` is its result.

    Forwards: "multiply" (two reads), "add" (one), "max", "mean" and "gate" (all of a window),
    "exp" (a score and the largest one), "sum", "divide" (softmax only, where each step uses the one before),
    "log" (of the sum) and "minus" (two reads; the loss only).
    Backwards: "multiply" and "add" as above; "route" (a window's winner and its gradient: all of it where the winner
    is asked for, else 0), "share" (a window's gradient and how many share it), "pass" (what came to a gate and the
    gradient behind it: all of it where the gate is open, else 0), "minus" (a probability and the answer).
    In an update rule: "multiply", "sum", "divide" and "minus" of two reads, "root", "mix" (a share s, the old and the
    new: s old + (1 - s) new; two new ones are multiplied), "fill" (a share s and a count n: 1 - s to the power of n).
    """

    op: str
    reads: tuple[Read, ...]
    value: float

    def total(self) -> float:
        """Add up what was read: for a mean, what is then divided by the number of reads."""
        return fsum(read.value for read in self.reads)


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything that made one number; for every kind of layer the values of its steps add up to `value`.

    cell: its place: (c, i, j) of an output or an input, or the place in the weights or biases whose gradient it is.
    """

    cell: tuple[int, ...]
    steps: tuple[Step, ...]
    value: float

    def sums(self, by: int) -> dict[int, float]:
        """Add up the products by the first index of what they read first (0) or second (1): a channel, or a kernel."""
        products: dict[int, list[float]] = {}
        for step in self.steps:
            if step.op == "multiply":
                products.setdefault(step.reads[by].at[0], []).append(step.value)
        return {index: fsum(values) for index, values in products.items()}

    def channel_sums(self) -> dict[int, float]:
        """Add up the products of each input channel: what every map of the layer before has contributed."""
        return self.sums(0)

    def running(self) -> list[float]:
        """The sum of the first step, of the first two, and so on: how the value grows."""
        sums: list[float] = []
        for step in self.steps:
            sums.append(fsum((*sums[-1:], step.value)))
        return sums
