"""Stages after the first filter, as an address writes them: relu, max.2.2, average.3.1, filter.<kernel>, ~ between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.scenes.kernel_text import Kernel, read_kernel
from app.scenes.values import read_count

MOST_AFTER = 5
"""Stages after the first filter."""
LARGEST_POOL = 8


@dataclass(frozen=True)
class Gate:
    """A ReLU."""

    def __str__(self) -> str:
        return "relu"


@dataclass(frozen=True)
class Pool:
    """Max or average pooling with square windows."""

    kind: Literal["max", "average"]
    size: int = 2
    stride: int = 2

    def __str__(self) -> str:
        return f"{self.kind}.{self.size}.{self.stride}"


@dataclass(frozen=True)
class Again:
    """Another filter, with stride 1, no dilation and a border that keeps the size."""

    kernel: Kernel

    def __str__(self) -> str:
        return f"filter.{self.kernel}"


Stage = Gate | Pool | Again


def read_stages(text: str) -> tuple[Stage, ...]:
    """Read stages with ~ between. Raises ValueError where one cannot be read, or there are too many."""
    stages = tuple(_stage(part) for part in text.split("~"))
    if len(stages) > MOST_AFTER:
        raise ValueError(text[:80])
    return stages


def write_stages(stages: tuple[Stage, ...]) -> str:
    """Write what read_stages reads."""
    return "~".join(map(str, stages))


def _stage(text: str) -> Stage:
    kind, _, rest = text.partition(".")
    if text == "relu":
        return Gate()
    if kind == "filter":
        return Again(read_kernel(rest))
    size, stride = (read_count(part) for part in rest.split("."))
    if kind not in ("max", "average") or not 1 <= size <= LARGEST_POOL or not 1 <= stride <= LARGEST_POOL:
        raise ValueError(text[:80])
    return Pool("max" if kind == "max" else "average", size, stride)
