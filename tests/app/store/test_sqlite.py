"""What only the store in a file can do: survive a restart, be shared by processes, and keep its file private."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.refusal import Refusal
from app.store.protocol import open_store

ROOT = Path(__file__).resolve().parents[3]


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "store.db"


def total(file: Path) -> tuple[int, int, int]:
    """Return the total weight that the file states, the sum of its entries, and how many contents it holds."""
    with closing(sqlite3.connect(file)) as connection:
        stated, summed, contents = connection.execute(
            "SELECT total, (SELECT COALESCE(SUM(size), 0) FROM entry), (SELECT COUNT(*) FROM content) FROM weight"
        ).fetchone()
    return stated, summed, contents


def test_a_file_survives_a_restart(file: Path, clock: Clock) -> None:
    with closing(open_store(f"sqlite:{file}", clock=clock)) as before:
        before.put("a", b"one", 60)
        before.put("short", b"one", 5)
    clock.now += 10
    with closing(open_store(f"sqlite:{file}", clock=clock)) as after:
        assert after.get("a") == b"one"
        assert after.get("short") is None


def test_a_cap_holds_over_a_restart(file: Path, clock: Clock) -> None:
    for number in range(5):
        with closing(open_store(f"sqlite:{file}", 1_000, clock)) as store:
            store.put(f"key{number}", bytes(240), 60)
    assert total(file) == (4 * 244, 4 * 244, 4)


def test_reading_clears_out_what_has_run_out(file: Path, clock: Clock) -> None:
    with closing(open_store(f"sqlite:{file}", clock=clock)) as store:
        store.put("a", b"a face, perhaps", 60)
        store.get("b")
        clock.now += 120
        store.get("b")
    assert total(file) == (0, 0, 0)
    assert b"a face, perhaps" not in file.read_bytes()


def test_several_processes_share_one_file(file: Path) -> None:
    script = (
        "import sys; from app.store.protocol import open_store\n"
        "store = open_store('sqlite:' + sys.argv[1])\n"
        "for number in range(20): store.put(f'{sys.argv[2]}-{number}', b'x' * 100, 600)\n"
    )
    workers = [
        subprocess.Popen([sys.executable, "-c", script, str(file), name], cwd=ROOT, stderr=subprocess.PIPE)
        for name in ("one", "two", "three")
    ]
    assert [worker.communicate()[1] for worker in workers] == [b"", b"", b""]
    with closing(open_store(f"sqlite:{file}")) as store:
        assert all(
            store.get(f"{name}-{number}") == b"x" * 100 for name in ("one", "two", "three") for number in range(20)
        )
    stated, summed, contents = total(file)
    assert stated == summed
    assert contents == 60


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_other_accounts_cannot_read_the_file(file: Path) -> None:
    with closing(open_store(f"sqlite:{file}")) as store:
        store.put("a", b"one", 60)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert set(modes.values()) == {0o600}


def test_a_file_that_is_no_store_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear reader, " * 100)
    with pytest.raises(ValueError, match=r"expected a file that SQLite can open.*letter\.txt"):
        open_store(f"sqlite:{file}")


def test_a_store_that_does_not_answer_is_a_refusal(file: Path) -> None:
    with closing(open_store(f"sqlite:{file}")) as store:
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript("DROP TABLE entry; DROP TABLE weight;")
        acts: list[Callable[[], object]] = [store.ping, lambda: store.put("a", b"one", 60), lambda: store.get("a")]
        for act in acts:
            with pytest.raises(Refusal) as caught:
                act()
            assert (caught.value.status, caught.value.code) == (503, "store-away")
            assert caught.value.values["retry_after"] == 5
