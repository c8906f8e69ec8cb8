"""Only the one right file becomes our copy, wherever it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.published import NotFetched, Published, integrity


def unreachable() -> bytes:
    raise NotFetched("nobody answers")


def altered() -> bytes:
    return b"var htmx = 'not quite';"


def right() -> bytes:
    return b"the right bytes"


def never() -> bytes:
    pytest.fail("a later source was asked although an earlier one had the file")


@pytest.fixture
def file(tmp_path: Path) -> Published:
    target = tmp_path / "vendor" / "thing.min.js"
    return Published("https://cdn.example/npm/thing@1.2.3/dist/thing.min.js", integrity(right()), target)


def test_integrity_is_what_browsers_compute() -> None:
    # the example of the W3C's recommendation "Subresource Integrity"
    assert integrity(b"alert('Hello, world.');") == (
        "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO"
    )


def test_first_source_with_the_right_bytes_is_kept(file: Published) -> None:
    assert file.fetch((right, never)) == []
    assert file.target.read_bytes() == right()
    assert file.is_there()
    assert list(file.target.parent.iterdir()) == [file.target]


def test_an_altered_file_is_refused_and_the_next_source_is_asked(file: Published) -> None:
    reasons = file.fetch((unreachable, altered, right))
    assert file.target.read_bytes() == right()
    assert reasons[0] == "nobody answers"
    assert integrity(right()) in reasons[1]
    assert integrity(altered()) in reasons[1]


def test_nothing_is_written_when_no_source_has_it(file: Published) -> None:
    assert len(file.fetch((unreachable, altered))) == 2
    assert not file.target.exists()
    assert not file.is_there()


def test_a_damaged_copy_does_not_count(file: Published) -> None:
    file.target.parent.mkdir()
    file.target.write_bytes(altered())
    assert not file.is_there()


def test_a_copy_that_is_there_is_not_fetched_again(
    file: Published, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Published, "from_npm", lambda self: altered())
    monkeypatch.setattr(Published, "from_cdn", lambda self: right())
    assert file.settle("nothing goes.") == 0
    assert "thing@1.2.3" in capsys.readouterr().out
    monkeypatch.setattr(Published, "from_npm", lambda self: never())
    assert file.settle("nothing goes.") == 0


def test_who_gets_no_copy_is_told_what_happens_without(
    file: Published, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Published, "from_npm", lambda self: unreachable())
    monkeypatch.setattr(Published, "from_cdn", lambda self: unreachable())
    assert file.settle("nothing goes.") == 1
    assert "no local copy, so nothing goes." in capsys.readouterr().out
