"""The answers of late, as they were sent: who asks for the same address again is answered without any of the work.

Only what is the same for every reader is kept, up to so many bytes; what shows an upload never comes here.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cached_property
from threading import Lock

from cachetools import LRUCache

KEPT_BYTES = 16 * 1024 * 1024
LEVEL = 5
COMPRESSED_SHARE = 1.5
"""A text with its compressed form takes about so many times its own bytes."""


@dataclass(frozen=True, eq=False)
class Kept:
    """One answer: its bytes, and the headers that whoever made it gave it."""

    data: bytes
    headers: tuple[tuple[str, str], ...] = ()

    @cached_property
    def compressed(self) -> bytes:
        """The bytes in gzip, compressed when somebody first asks for them."""
        return squeezed(self.data)


def squeezed(data: bytes) -> bytes:
    """Compress; without a timestamp, so that the same text gives the same bytes."""
    return gzip.compress(data, LEVEL, mtime=0)


class AnswerCache:
    """Answers by what they depend on."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._kept: LRUCache[object, Kept] = LRUCache(most, lambda kept: int(COMPRESSED_SHARE * len(kept.data)))
        self._lock = Lock()

    def get(self, key: object) -> Kept | None:
        """Look an answer up."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: object, kept: Kept) -> None:
        """Keep an answer, unless it is larger than everything that may be kept."""
        with self._lock:
            if COMPRESSED_SHARE * len(kept.data) <= self._kept.maxsize:
                self._kept[key] = kept
