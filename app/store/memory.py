"""A store in the memory of one process; its entries are lost when the process ends."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from app.store.limits import CAP_BYTES, SWEEP_SECONDS, Clock, entry_size


class MemoryStore:
    """Entries in one dictionary, in the order of their last put or renewal, the oldest first."""

    def __init__(self, cap: int = CAP_BYTES, clock: Clock = time.time) -> None:
        self._cap = cap
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._size = 0
        self._next_sweep = clock() + SWEEP_SECONDS

    def get(self, key: str) -> bytes | None:
        """Return the bytes, or None where there are none or they have expired."""
        with self._lock:
            self._sweep()
            value, expires = self._entries.get(key, (b"", 0.0))
            return value if expires > self._clock() else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep the bytes for so many seconds, in place of what the key held before."""
        size = entry_size(key, value, self._cap)
        with self._lock:
            self._sweep()
            self._drop(key)
            self._entries[key] = (bytes(value), self._clock() + seconds)
            self._size += size
            while self._size > self._cap:
                self._drop(next(iter(self._entries)))

    def renew(self, key: str, seconds: int) -> bool:
        """Restart the lifetime of the key's value; False where there is none."""
        with self._lock:
            value, expires = self._entries.get(key, (b"", 0.0))
            if expires <= self._clock():
                return False
            self._entries[key] = (value, self._clock() + seconds)
            self._entries.move_to_end(key)
            return True

    def delete(self, key: str) -> None:
        """Delete the key at once; a missing key is no error."""
        with self._lock:
            self._drop(key)

    def ping(self) -> None:
        """Return at once: a dictionary is always available."""

    def close(self) -> None:
        """Drop all entries."""
        with self._lock:
            self._entries.clear()
            self._size = 0

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= len(key.encode()) + len(entry[0])

    def _sweep(self) -> None:
        """Drop expired entries, every SWEEP_SECONDS: some keys are never asked for again."""
        now = self._clock()
        if now < self._next_sweep:
            return
        self._next_sweep = now + SWEEP_SECONDS
        for key in [key for key, (_, expires) in self._entries.items() if expires <= now]:
            self._drop(key)
