"""The answers of late, as they were sent: who asks for the same address again is answered without any of the work.

Only what is the same for every reader is kept, up to so many bytes; what shows an upload never comes here.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cached_property

from app.store.bounded_cache import BoundedCache

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


class AnswerCache(BoundedCache[Kept]):
    """Answers by what they depend on."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        super().__init__(most, lambda kept: int(COMPRESSED_SHARE * len(kept.data)))
