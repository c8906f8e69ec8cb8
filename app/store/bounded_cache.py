"""A table of what was made of late, up to so many bytes; what was not asked for the longest goes first."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

Value = TypeVar("Value")


class BoundedCache(Generic[Value]):
    """Values by any key, for all threads. most: bytes in all; weigh: the bytes of one value."""

    def __init__(self, most: int, weigh: Callable[[Value], int]) -> None:
        self._kept: LRUCache[object, Value] = LRUCache(most, weigh)
        self._weigh = weigh
        self._lock = Lock()

    def get(self, key: object) -> Value | None:
        """Look a value up; None where it is not kept."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: object, value: Value) -> None:
        """Keep a value, unless it is larger than everything that may be kept."""
        if self._weigh(value) > self._kept.maxsize:
            return
        with self._lock:
            self._kept[key] = value
