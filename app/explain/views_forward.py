"""A slide is what lies under the microscope: one number's arithmetic, in a form of its own for each kind of layer."""

from __future__ import annotations

from dataclasses import dataclass

from app.render.figures import Figure, Plate, Table


@dataclass(frozen=True)
class Block:
    """What one input channel has contributed: what was read, times the weights, is the products, and their sum.

    first, last: the places of these numbers in the flattened list, for a dense layer.
    """

    channel: int
    plate: Plate
    read: Table
    weights: Table
    products: Table
    total: Figure
    first: int
    last: int
    nonzero: int


@dataclass(frozen=True)
class Weighted:
    """A convolution or a dense layer: blocks, the bias, and the sum of all.

    many: the blocks are too many to stand open; they are folded, those that say most first.
    """

    template: str
    blocks: tuple[Block, ...]
    bias: Figure
    terms: int
    zeros: int
    many: bool


@dataclass(frozen=True)
class Pooled:
    """A pooling window: its cells, which of them won (or none, for a mean), where, and how many tie with it."""

    template: str
    plate: Plate
    window: Table
    terms: tuple[Figure, ...]
    winner: tuple[int, ...] | None
    ties: int
    total: str
    counted: int


@dataclass(frozen=True)
class Gated:
    """A gate: what came, and whether it was let through."""

    template: str
    plate: Plate
    came: Figure
    open: bool


@dataclass(frozen=True)
class Chance:
    """One class on its way from score to probability."""

    index: int
    name: str
    score: Figure
    shifted: str
    power: str
    picked: bool


@dataclass(frozen=True)
class Shared:
    """Softmax: every class, the largest score, the sum of the exponentials, and the picked quotient."""

    template: str
    chances: tuple[Chance, ...]
    largest: str
    power: str
    total: str
    name: str
    percent: str


@dataclass(frozen=True)
class Looked:
    """A pixel of the fitted picture."""

    template: str
    byte: int


@dataclass(frozen=True)
class Lost:
    """Cross-entropy: every class's exponential, their sum, its logarithm, less the target's own shifted score."""

    template: str
    chances: tuple[Chance, ...]
    largest: str
    total: str
    log: str
    shifted: str
    name: str
    probability: str


View = Weighted | Pooled | Gated | Shared | Looked | Lost
