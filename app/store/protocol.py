"""The store keeps bytes for a while: pictures that readers gave, and whatever else must outlive one request.

It knows keys, bytes and lifetimes, nothing of pictures. A full store lets go of what was used longest ago.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Protocol

from app.store.limits import CAP_BYTES, Clock
from app.store.memory import MemoryStore
from app.store.sqlite import SqliteStore


class Store(Protocol):
    """Bytes under a key, for a number of seconds."""

    def get(self, key: str) -> bytes | None:
        """Return the bytes, or None where there are none or their time is over."""
        ...

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep the bytes for that long, in place of what the key held before."""
        ...

    def renew(self, key: str, seconds: int) -> bool:
        """Let what the key holds live that long from now; False where it holds nothing."""
        ...

    def delete(self, key: str) -> None:
        """Forget the key at once; a key that holds nothing is fine."""
        ...

    def ping(self) -> None:
        """Return when the store can be read and written; raise Refusal 503 when it cannot."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


def open_store(url: str, cap: int = CAP_BYTES, clock: Clock = time.time) -> Store:
    """Open the store that the URL names: `memory:` or `sqlite:<file>`."""
    kind, colon, place = url.partition(":")
    if kind == "memory" and colon and not place:
        return MemoryStore(cap, clock)
    if kind == "sqlite" and place:
        file = Path(place).expanduser().resolve()
        try:
            return SqliteStore(file, cap, clock)
        except (OSError, sqlite3.Error) as fault:
            fix = "set CONVSCOPE_STORE to another"
            raise ValueError(f"expected a file that SQLite can open, received {file} ({fault}); {fix}") from fault
    raise ValueError(f"expected a store of the form memory: or sqlite:<file>, received {url!r}; set CONVSCOPE_STORE")
