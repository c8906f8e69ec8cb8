"""A cache in the memory of this process: limited in size and in time, and safe to share between threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cachetools import TTLCache

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class ExpiringCache(Generic[Key, Value]):
    """cachetools.TTLCache behind a lock.

    It holds at most `maxsize` values; a further one takes the place of the least recently used. A value expires
    `seconds` after it was put. Two threads that miss the same key both compute its value; the last one put stays.
    """

    def __init__(self, maxsize: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._entries: TTLCache[Key, Value] = TTLCache(maxsize, seconds, clock)

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    def get(self, key: Key) -> Value | None:
        """Return the value, or None where there is none or it has expired."""
        with self._lock:
            self._entries.expire()  # TTLCache alone frees expired values at the next put only
            return self._entries.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Keep the value, in place of what the key held before."""
        with self._lock:
            self._entries[key] = value

    def forget(self, belongs: Callable[[Key], bool]) -> None:
        """Drop at once every entry whose key fulfils the predicate."""
        with self._lock:
            for key in [key for key in self._entries if belongs(key)]:
                self._entries.pop(key, None)
