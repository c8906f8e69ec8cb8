"""A store in one SQLite file: every thread and process of a machine shares it, and it survives a restart."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from app.refusal import Refusal
from app.store.limits import CAP_BYTES, SWEEP_SECONDS, Clock, entry_size

BUSY_SECONDS = 5.0
RETRY_SECONDS = 5

# `turn` grows with every use, so the lowest one was used longest ago whatever the clock says. The triggers keep
# the total weight in one row: adding up every entry at each write would slow down as the store fills. The bytes
# lie in a table of their own, so that renewing a picture of a megabyte does not write that megabyte again.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    key TEXT PRIMARY KEY, turn INTEGER NOT NULL, expires REAL NOT NULL, size INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS content (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS entry_turn ON entry (turn);
CREATE INDEX IF NOT EXISTS entry_expires ON entry (expires);
CREATE TABLE IF NOT EXISTS weight (total INTEGER NOT NULL);
INSERT INTO weight SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM weight);
CREATE TRIGGER IF NOT EXISTS entry_added AFTER INSERT ON entry
    BEGIN UPDATE weight SET total = total + NEW.size; END;
CREATE TRIGGER IF NOT EXISTS entry_dropped AFTER DELETE ON entry
    BEGIN UPDATE weight SET total = total - OLD.size; DELETE FROM content WHERE key = OLD.key; END;
"""
_NEXT_TURN = "(SELECT COALESCE(MAX(turn), 0) + 1 FROM entry)"


class SqliteStore:
    """Keys and bytes in one file; connections are lent to one thread at a time and kept for the next."""

    def __init__(self, file: Path, cap: int = CAP_BYTES, clock: Clock = time.time) -> None:
        self._file = file
        self._cap = cap
        self._clock = clock
        self._idle: list[sqlite3.Connection] = []
        self._process = os.getpid()
        self._next_sweep = 0.0
        file.parent.mkdir(parents=True, exist_ok=True)
        # The file holds pictures of people: other accounts of this machine have no business in it.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        # A connection must not live through a fork, and servers fork after wiring: this one is closed at once.
        with closing(self._connect()) as connection:
            self._switch_to_wal(connection)
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")

    def get(self, key: str) -> bytes | None:
        """Return the bytes, or None where there are none or their time is over."""
        with self._borrow() as connection:
            self._sweep(connection)
            row = connection.execute(
                "SELECT value FROM entry JOIN content USING (key) WHERE key = ? AND expires > ?", (key, self._clock())
            ).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep the bytes for that long, in place of what the key held before."""
        size = entry_size(key, value, self._cap)
        with self._borrow() as connection, _writing(connection):
            connection.execute("DELETE FROM entry WHERE key = ? OR expires <= ?", (key, self._clock()))
            connection.execute(
                f"INSERT INTO entry VALUES (?, {_NEXT_TURN}, ?, ?)", (key, self._clock() + seconds, size)
            )
            connection.execute("INSERT INTO content VALUES (?, ?)", (key, value))
            while connection.execute("SELECT total FROM weight").fetchone()[0] > self._cap:
                connection.execute("DELETE FROM entry WHERE turn = (SELECT MIN(turn) FROM entry)")

    def renew(self, key: str, seconds: int) -> bool:
        """Let what the key holds live that long from now; False where it holds nothing."""
        now = self._clock()
        with self._borrow() as connection:
            changed = connection.execute(
                f"UPDATE entry SET expires = ?, turn = {_NEXT_TURN} WHERE key = ? AND expires > ?",
                (now + seconds, key, now),
            )
            return changed.rowcount > 0

    def delete(self, key: str) -> None:
        """Forget the key at once; a key that holds nothing is fine."""
        with self._borrow() as connection:
            connection.execute("DELETE FROM entry WHERE key = ?", (key,))

    def ping(self) -> None:
        """Return when the file can be read and written; raise Refusal 503 when it cannot."""
        with self._borrow() as connection, _writing(connection):
            connection.execute("SELECT total FROM weight").fetchone()

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    def _connect(self) -> sqlite3.Connection:
        # Autocommit: each statement is its own transaction unless _writing opens one.
        # A connection is used by one thread at a time, but not always by the same one.
        connection = sqlite3.connect(self._file, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        # With WAL, NORMAL can lose the last moments at a power cut but never the file; deleted bytes are overwritten.
        connection.executescript("PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON;")
        return connection

    @staticmethod
    def _switch_to_wal(connection: sqlite3.Connection) -> None:
        """Let readers go on while one writes. The switch itself does not wait for a neighbour, so it tries again."""
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    @contextmanager
    def _borrow(self) -> Iterator[sqlite3.Connection]:
        """Lend an idle connection, or a new one; list.pop and list.append are atomic, so no lock is needed."""
        if self._process != os.getpid():
            self._idle, self._process = [], os.getpid()
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                yield connection
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as fault:
            raise Refusal(503, "store-away", retry_after=RETRY_SECONDS) from fault
        self._idle.append(connection)

    def _sweep(self, connection: sqlite3.Connection) -> None:
        """Forget what has run out, now and then: nobody may ever ask for it again."""
        now = self._clock()
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP_SECONDS
            # Whoever reads is not to fail because clearing out did.
            with suppress(sqlite3.OperationalError):
                connection.execute("DELETE FROM entry WHERE expires <= ?", (now,))


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    """Open a write transaction at its start: one that begins by reading may find the file busy halfway, for good."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
