"""The kernel as the page shows it: a field for every number, the numbers of its preset, and what can be done to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.filters.engine.edits import EDITS, field_text, normalised
from app.filters.engine.result import Filtered
from app.render.colours import level, limit
from app.render.numbers import number, sides
from app.scenes.kernel_text import LARGEST, Learned, Named, kernel_name
from app.scenes.values import write_decimal
from cnn_core import Array
from cnn_core.filters.presets import PRESETS

MOST_LARGE = 7
"""Up to so many columns the fields are wide enough for four digits."""


@dataclass(frozen=True, kw_only=True)
class Tuner:
    """One number of a preset: its name, what it is, its range, and the step of its field."""

    name: str
    text: str
    least: str
    most: str
    step: str


@dataclass(frozen=True, kw_only=True)
class KernelView:
    """name: the preset's, "learned", or "own". network, index: of a learned one. plane: which of the planes is shown.

    rows: of every number the text of its field and the class of its colour.
    ways: the edits that change anything, by name. sum: of this plane's numbers.
    """

    name: str
    network: str
    index: int
    size: str
    rows: tuple[tuple[tuple[str, str], ...], ...]
    columns: int
    wide: bool
    tuners: tuple[Tuner, ...]
    plane: int
    planes: int
    mean: bool
    ways: frozenset[str]
    sum: str


def kernel_view(filtered: Filtered) -> KernelView:
    """Arrange the kernel that the page changes."""
    kernel, part = filtered.kernel, filtered.scene.edited.parts[0]
    plane = min(filtered.cell[0], len(kernel) - 1)
    shown, scale = kernel[plane], limit(kernel)
    return KernelView(
        name=kernel_name(filtered.scene.edited),
        network=part.network if isinstance(part, Learned) else "",
        index=part.index if isinstance(part, Learned) else 0,
        size=sides(shown.shape),
        rows=tuple(tuple((field_text(value), f"c{level(value, scale)}") for value in row) for row in shown.tolist()),
        columns=shown.shape[1],
        wide=shown.shape[1] > MOST_LARGE,
        tuners=_tuners(part) if isinstance(part, Named) and len(kernel) == 1 else (),
        plane=plane,
        planes=len(kernel),
        mean=len(kernel) == 3 and len(filtered.source.x) == 1 and filtered.source.names == ("grey",),
        ways=_ways(filtered),
        sum=number(round(float(shown.sum()), 9), "3"),
    )


def _tuners(part: Named) -> tuple[Tuner, ...]:
    """The fields for a preset's numbers."""
    found = PRESETS[part.name]
    told = (*part.numbers, *found.defaults[len(part.numbers) :])
    return tuple(
        Tuner(
            name=each.name,
            text=write_decimal(value),
            least=write_decimal(each.least),
            most=write_decimal(each.most),
            step="2" if each.odd else "1" if each.whole else "any",
        )
        for each, value in zip(found.numbers, told, strict=True)
    )


def _ways(filtered: Filtered) -> frozenset[str]:
    """The edits that lead somewhere else."""
    kernel = filtered.kernel
    ways = {name for name, edit in EDITS.items() if _leads_on(kernel, edit(kernel))}
    if (abs(kernel - normalised(kernel)) < 1e-9).all():
        ways -= {"normalise"}
    if len(kernel) == 3:
        ways |= {"join"}
        ways -= {"split"}
    elif len(filtered.source.x) == 1:
        ways -= {"split"}
    return frozenset(ways)


def _leads_on(old: Array, new: Array) -> bool:
    """Whether an edit changes a kernel, and leaves one that there can be."""
    return 1 <= min(new.shape[1:]) and max(new.shape[1:]) <= LARGEST and not np.array_equal(old, new)
