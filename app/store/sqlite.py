"""A store in one SQLite file, shared by all threads and processes of a machine; it survives a restart."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from app.refusal import Refusal
from app.store.limits import CAP_BYTES, Clock, entry_size

BUSY_SECONDS = 5.0
RETRY_SECONDS = 5
SWEEP_SECONDS = 60.0
"""How often expired entries are removed."""

# `turn` grows with every put and renewal, so the lowest is the oldest, whatever the clock says. Triggers keep the total
# size in one row: summing all entries at each write would slow down as the store fills. The bytes have a table of
# their own, so that renewing an entry of a megabyte does not write that megabyte again.
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
    """Entries in one file. A pool of connections, each used by one thread at a time."""

    def __init__(self, file: Path, cap: int = CAP_BYTES, clock: Clock = time.time) -> None:
        self._file = file
        self._cap = cap
        self._clock = clock
        self._idle: list[sqlite3.Connection] = []
        self._process = os.getpid()
        self._next_sweep = 0.0
        file.parent.mkdir(parents=True, exist_ok=True)
        # The file holds pictures of people: readable for this account only.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
        # A connection must not survive a fork, and servers fork after create_app: this one is closed at once.
        with closing(self._connect()) as connection:
            self._switch_to_wal(connection)
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")

    def get(self, key: str) -> bytes | None:
        """Return the bytes, or None where there are none or they have expired."""
        with self._borrow() as connection:
            self._sweep(connection)
            row = connection.execute(
                "SELECT value FROM entry JOIN content USING (key) WHERE key = ? AND expires > ?", (key, self._clock())
            ).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: str, value: bytes, seconds: int) -> None:
        """Keep the bytes for so many seconds, in place of what the key held before."""
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
        """Restart the lifetime of the key's value; False where there is none."""
        now = self._clock()
        with self._borrow() as connection:
            changed = connection.execute(
                f"UPDATE entry SET expires = ?, turn = {_NEXT_TURN} WHERE key = ? AND expires > ?",
                (now + seconds, key, now),
            )
            return changed.rowcount > 0

    def delete(self, key: str) -> None:
        """Delete the key at once; a missing key is no error."""
        with self._borrow() as connection:
            connection.execute("DELETE FROM entry WHERE key = ?", (key,))

    def ping(self) -> None:
        """Return where the file can be read and written; raise Refusal 503 where it cannot."""
        with self._borrow() as connection, _writing(connection):
            connection.execute("SELECT total FROM weight").fetchone()

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _connect(self) -> sqlite3.Connection:
        # Autocommit: each statement is its own transaction unless _writing opens one. check_same_thread is off: a
        # connection passes from thread to thread, used by one at a time.
        connection = sqlite3.connect(self._file, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        # With WAL, NORMAL may lose the last writes at a power cut, never the file. Deleted bytes are overwritten.
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
        """Borrow an idle connection, or open one. list.pop and list.append are atomic, so no lock is needed."""
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
        """Drop expired entries, every SWEEP_SECONDS: some keys are never asked for again."""
        now = self._clock()
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP_SECONDS
            # A reader must not fail because the sweep did.
            with suppress(sqlite3.OperationalError):
                connection.execute("DELETE FROM entry WHERE expires <= ?", (now,))


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction. IMMEDIATE takes the lock at once: upgrading a read lock may fail without a retry."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
