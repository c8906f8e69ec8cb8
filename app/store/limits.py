"""What one entry of a store weighs, how much a store holds, and how often it clears out what has run out."""

from __future__ import annotations

from collections.abc import Callable

CAP_BYTES = 512 * 1024 * 1024
SWEEP_SECONDS = 60.0

Clock = Callable[[], float]


def entry_size(key: str, value: bytes, cap: int) -> int:
    """Return what an entry weighs; one that outweighs the whole store would push everything out, itself too."""
    size = len(key.encode()) + len(value)
    if size > cap:
        raise ValueError(f"expected an entry of at most {cap} bytes, received {size}; open the store with a larger cap")
    return size
