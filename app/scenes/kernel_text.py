"""Kernels as an address writes them: a preset with its parameters, rows of numbers, or a learned kernel.

Three kernels, one a channel, have bars between them: sobel-x|sobel-y|identity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.scenes.values import NAME, read_count, read_decimal, read_name, write_decimal
from cnn_core.filters.presets import PRESETS

Plane = tuple[tuple[float, ...], ...]
"""The rows of one kernel."""

LARGEST = 31
"""The most rows and columns of a kernel."""
LEARNED = "learned"
_PRESET_NUMBER = re.compile(r"-?\d{1,10}(_\d{1,9})?", re.ASCII)


@dataclass(frozen=True)
class Named:
    """A preset with its parameters; trailing parameters of default value are left out."""

    name: str
    numbers: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        kept = self.numbers
        defaults = PRESETS[self.name].defaults if self.name in PRESETS else ()
        while kept and len(kept) <= len(defaults) and kept[-1] == defaults[len(kept) - 1]:
            kept = kept[:-1]
        object.__setattr__(self, "numbers", kept)

    def __str__(self) -> str:
        return ".".join([self.name, *(write_decimal(number).replace(".", "_") for number in self.numbers)])


@dataclass(frozen=True)
class Rows:
    """Numbers that the reader entered, at most three digits before the point and nine behind it."""

    rows: Plane

    def __str__(self) -> str:
        return ";".join(",".join(map(write_decimal, row)) for row in self.rows)


@dataclass(frozen=True)
class Learned:
    """Kernel `index` of a network's first convolution, with one plane for each input channel."""

    network: str
    index: int

    def __str__(self) -> str:
        return f"{LEARNED}.{self.network}.{self.index}"


Part = Named | Rows | Learned


@dataclass(frozen=True)
class Kernel:
    """One kernel for all channels, or three of the same size, one a channel."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return "|".join(map(str, self.parts))


def named(name: str, *numbers: float) -> Kernel:
    """Return the preset of this name as a kernel for all channels."""
    return Kernel((Named(name, numbers),))


def kernel_name(kernel: Kernel) -> str:
    """Return the name of a kernel: its preset's, "learned", or "own"."""
    return "learned" if isinstance(kernel.parts[0], Learned) else preset_of(kernel) or "own"


def preset_of(kernel: Kernel) -> str:
    """Return the name of the kernel's preset, whatever its parameters; "" where it is none."""
    part = kernel.parts[0]
    return part.name if len(kernel.parts) == 1 and isinstance(part, Named) else ""


def read_kernel(text: str) -> Kernel:
    """Read a kernel. Raises ValueError where the text has none of these forms; preset names are checked later."""
    parts = tuple(_part(part) for part in text.split("|"))
    if len(parts) not in (1, 3) or (len(parts) == 3 and any(isinstance(part, Learned) for part in parts)):
        raise ValueError(text[:80])
    return Kernel(parts)


def _part(text: str) -> Part:
    name, *numbers = text.split(".")
    if name == LEARNED:
        network, index = numbers
        return Learned(read_name(network), read_count(index))
    if NAME.fullmatch(name) and name[0].isalpha():
        return Named(name, tuple(map(_number, numbers)))
    return Rows(_rows(text))


def _number(text: str) -> float:
    if not _PRESET_NUMBER.fullmatch(text):
        raise ValueError(text[:80])
    return float(text.replace("_", "."))


def _rows(text: str) -> Plane:
    rows = tuple(tuple(map(read_decimal, row.split(","))) for row in text.split(";"))
    if len({len(row) for row in rows}) != 1:
        raise ValueError(text[:80])
    return rows
