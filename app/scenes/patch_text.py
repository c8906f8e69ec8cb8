"""A patch puts a kernel of one's own in the place of one that a network has learned, in its first convolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.scenes.kernel_text import Kernel, read_kernel
from app.scenes.values import read_count
from cnn_core import Network


@dataclass(frozen=True)
class Patch:
    """Which kernel gives way, counted from 0, and what comes in its place; f.<kernel> in an address."""

    index: int
    kernel: Kernel

    def __str__(self) -> str:
        return f"{self.index}.{self.kernel}"


class Patched(NamedTuple):
    """A network with a patch in it."""

    patch: Patch
    network: Network


def read_patch(text: str) -> Patch:
    """Read an address's form; ValueError where it has none."""
    index, _, kernel = text.partition(".")
    return Patch(read_count(index), read_kernel(kernel))
