"""A store in the memory of one process: quick, and gone when the process ends."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict

from app.store.limits import CAP_BYTES, SWEEP_SECONDS, Clock, entry_size


class MemoryStore:
    """Everything in one dictionary of this process, the longest unused first."""

    def __init__(self, cap: int = CAP_BYTES, clock: Clock = time.time) -> None:
        self._cap = cap
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()
        self._size = 0
        self._next_sweep = clock() + SWEEP_SECONDS

    def get(self, key: str) -> bytes | None:
        """Return the bytes, or None where there are none or their time is over."""
        with self._lock:
            self._sweep()
            value, expires = self._entries.get(key, (b"", 0.0))
            return value if expires > self._clock() else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep the bytes for that long, in place of what the key held before."""
        size = entry_size(key, value, self._cap)
        with self._lock:
            self._sweep()
            self._forget(key)
            self._entries[key] = (bytes(value), self._clock() + seconds)
            self._size += size
            while self._size > self._cap:
                self._forget(next(iter(self._entries)))

    def renew(self, key: str, seconds: int) -> bool:
        """Let what the key holds live that long from now; False where it holds nothing."""
        with self._lock:
            value, expires = self._entries.get(key, (b"", 0.0))
            if expires <= self._clock():
                return False
            self._entries[key] = (value, self._clock() + seconds)
            self._entries.move_to_end(key)
            return True

    def delete(self, key: str) -> None:
        """Forget the key at once; a key that holds nothing is fine."""
        with self._lock:
            self._forget(key)

    def ping(self) -> None:
        """Return at once: a dictionary is always there."""

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._size = 0

    def _forget(self, key: str) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= len(key.encode()) + len(entry[0])

    def _sweep(self) -> None:
        """Forget what has run out, now and then: nobody may ever ask for it again."""
        now = self._clock()
        if now < self._next_sweep:
            return
        self._next_sweep = now + SWEEP_SECONDS
        for key in [key for key, (_, expires) in self._entries.items() if expires <= now]:
            self._forget(key)
