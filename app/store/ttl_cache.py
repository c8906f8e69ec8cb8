"""What was made last is remembered for a while: a few things, none of them longer than it may be kept."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """At most so many values, the longest unused first; one that nobody used for so many seconds is let go of."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, tuple[Value, float]] = OrderedDict()

    def __len__(self) -> int:
        with self._lock:
            self._sweep()
            return len(self._entries)

    def get(self, key: Key) -> Value | None:
        """Return what is remembered under the key, or None."""
        with self._lock:
            self._sweep()
            if key not in self._entries:
                return None
            value, _ = self._entries[key]
            self._use(key, value)
            return value

    def put(self, key: Key, value: Value) -> None:
        """Remember the value, in place of what was used longest ago where there are too many."""
        with self._lock:
            self._sweep()
            self._use(key, value)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)

    def forget(self, belongs: Callable[[Key], bool]) -> None:
        """Let go at once of everything whose key belongs to what is to be forgotten."""
        with self._lock:
            for key in [key for key in self._entries if belongs(key)]:
                del self._entries[key]

    def _use(self, key: Key, value: Value) -> None:
        self._entries[key] = (value, self._clock())
        self._entries.move_to_end(key)

    def _sweep(self) -> None:
        oldest = self._clock() - self._seconds
        while self._entries:
            _, used = next(iter(self._entries.values()))
            if used > oldest:
                return
            self._entries.popitem(last=False)
