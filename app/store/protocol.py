"""The interface of a store: bytes under a key with a lifetime, for uploads and whatever else outlives a request.

A full store drops the entries that were put or renewed longest ago; in memory, a get counts as well.
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
        """Return the bytes, or None where there are none or they have expired."""
        ...

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep the bytes for so many seconds, in place of what the key held before.

        Raises ValueError where they exceed the capacity of the store.
        """
        ...

    def renew(self, key: str, seconds: int) -> bool:
        """Restart the lifetime of the key's value; False where there is none."""
        ...

    def delete(self, key: str) -> None:
        """Delete the key at once; a missing key is no error."""
        ...

    def ping(self) -> None:
        """Return where the store can be read and written; raise Refusal 503 where it cannot."""
        ...

    def close(self) -> None:
        """Release files and connections."""
        ...


def open_store(url: str, cap: int = CAP_BYTES, clock: Clock = time.time) -> Store:
    """Open the store that the URL names, `memory:` or `sqlite:<file>`; ValueError where it names none.

    cap: the capacity in bytes. clock: returns seconds since the epoch.
    """
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
