"""Only the one right file becomes the local copy of htmx, wherever it comes from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.config import HTMX_INTEGRITY, HTMX_URL
from scripts import fetch_htmx
from scripts.fetch_htmx import NotFetched, fetch, integrity, is_there

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "vendor" / "htmx.min.js"


def unreachable() -> bytes:
    raise NotFetched("nobody answers")


def altered() -> bytes:
    return b"var htmx = 'not quite';"


def right() -> bytes:
    return b"the right bytes"


def never() -> bytes:
    pytest.fail("a later source was asked although an earlier one had the file")


@pytest.fixture(autouse=True)
def expected_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_htmx, "HTMX_INTEGRITY", integrity(right()))


def test_integrity_is_what_browsers_compute() -> None:
    # the example of the W3C's recommendation "Subresource Integrity"
    assert integrity(b"alert('Hello, world.');") == (
        "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
    )


def test_first_source_with_the_right_bytes_is_kept(target: Path) -> None:
    assert fetch((right, never), target) == []
    assert target.read_bytes() == right()
    assert is_there(target)
    assert list(target.parent.iterdir()) == [target]


def test_an_altered_file_is_refused_and_the_next_source_is_asked(target: Path) -> None:
    reasons = fetch((unreachable, altered, right), target)
    assert target.read_bytes() == right()
    assert reasons[0] == "nobody answers"
    assert integrity(right()) in reasons[1]
    assert integrity(altered()) in reasons[1]


def test_nothing_is_written_when_no_source_has_it(target: Path) -> None:
    assert len(fetch((unreachable, altered), target)) == 2
    assert not target.exists()
    assert not is_there(target)


def test_a_damaged_copy_does_not_count(target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(altered())
    assert not is_there(target)


def test_package_and_file_follow_from_the_address() -> None:
    assert fetch_htmx.PACKAGE == "htmx.org@4.0.1"
    assert fetch_htmx.MEMBER == "dist/htmx.min.js"
    assert fetch_htmx.TARGET == ROOT / "static" / "vendor" / "htmx-4.0.1.min.js"


def test_address_and_hash_are_written_once() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for room in ("app", "scripts", "templates", "static/js")
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".html", ".js"}
        and (HTMX_URL in path.read_text("utf-8") or re.search(r"sha384-[\w+/]{60}", path.read_text("utf-8")))
    }
    assert found == {"app/config.py"}
    assert HTMX_INTEGRITY.startswith("sha384-")
