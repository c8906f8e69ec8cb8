"""A store in the memory of one process; its entries are lost when the process ends."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from cachetools import TLRUCache

from app.store.limits import CAP_BYTES, Clock, entry_size


class Entry(NamedTuple):
    """A value with its lifetime in seconds, and its size in bytes with the key."""

    value: bytes
    seconds: int
    size: int


class MemoryStore:
    """Entries in a cachetools.TLRUCache behind a lock. Reading an entry counts as a use of it, as renewing does."""

    def __init__(self, cap: int = CAP_BYTES, clock: Clock = time.time) -> None:
        self._cap = cap
        self._lock = threading.Lock()
        self._entries: TLRUCache[str, Entry] = TLRUCache(
            cap, lambda _key, entry, now: now + entry.seconds, clock, lambda entry: entry.size
        )

    def get(self, key: str) -> bytes | None:
        """Return the bytes, or None where there are none or they have expired."""
        with self._lock:
            self._entries.expire()  # some expired keys are never asked for again
            entry = self._entries.get(key)
        return entry.value if entry else None

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep the bytes for so many seconds, in place of what the key held before."""
        size = entry_size(key, value, self._cap)
        with self._lock:
            self._entries[key] = Entry(bytes(value), seconds, size)

    def renew(self, key: str, seconds: int) -> bool:
        """Restart the lifetime of the key's value; False where there is none."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return False
            self._entries[key] = entry._replace(seconds=seconds)
            return True

    def delete(self, key: str) -> None:
        """Delete the key at once; a missing key is no error."""
        with self._lock:
            self._entries.pop(key, None)

    def ping(self) -> None:
        """Return at once: a dictionary is always available."""

    def close(self) -> None:
        """Drop all entries."""
        with self._lock:
            self._entries.clear()
