"""The capacity of a store, and the size of an entry."""

from __future__ import annotations

from collections.abc import Callable

CAP_BYTES = 512 * 1024 * 1024

Clock = Callable[[], float]


def entry_size(key: str, value: bytes, cap: int) -> int:
    """The size of an entry in bytes, key and value. Raises ValueError where it exceeds the capacity of the store."""
    size = len(key.encode()) + len(value)
    if size > cap:
        raise ValueError(f"expected an entry of at most {cap} bytes, received {size}; open the store with a larger cap")
    return size
