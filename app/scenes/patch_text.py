"""A patch: a kernel of the reader's in place of one of the network's first convolution, as an address writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.scenes.kernel_text import Kernel, read_kernel
from app.scenes.values import read_count
from cnn_core import Network


@dataclass(frozen=True)
class Patch:
    """index: the kernel that is replaced, from 0. kernel: what replaces it. In an address: f.<kernel>."""

    index: int
    kernel: Kernel

    def __str__(self) -> str:
        return f"{self.index}.{self.kernel}"


class Patched(NamedTuple):
    """A network with a patch in it."""

    patch: Patch
    network: Network


def read_patch(text: str) -> Patch:
    """Read f.<kernel>. Raises ValueError where the text has another form."""
    index, _, kernel = text.partition(".")
    return Patch(read_count(index), read_kernel(kernel))
