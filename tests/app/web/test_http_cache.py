"""Nothing is computed for a browser that has the answer; text is compressed; files are kept."""

from __future__ import annotations

import gzip
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.web.build_id import read_build

if TYPE_CHECKING:
    from flask import Flask, Response
    from flask.testing import FlaskClient

LONG = "<p>" + "one window after another, " * 100 + "</p>"


@pytest.fixture
def worked(add: Callable[..., None]) -> list[str]:
    """An address that notes each time it had to compute."""
    from flask import g, request

    from app.web.http_cache import unless_fresh

    work: list[str] = []

    def view(lang: str = "") -> Response:
        def make() -> str:
            work.append(request.query_string.decode())
            return f"{g.lang} {request.args.get('cell')} {LONG}"

        return unless_fresh(make, request.args.get("cell"))

    add("trial", "pages.trial", view)
    return work


def test_a_known_answer_is_not_computed_again(worked: list[str], reader: FlaskClient) -> None:
    first = reader.get("/en/trial?cell=1")
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache"
    again = reader.get("/en/trial?cell=1", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "no-cache"
    assert worked == ["cell=1"]


def test_the_same_address_gives_the_same_bytes_and_tag(worked: list[str], reader: FlaskClient) -> None:
    one, two = (reader.get("/en/trial?cell=1", headers={"Accept-Encoding": "gzip"}) for _ in range(2))
    assert (one.data, one.headers["ETag"]) == (two.data, two.headers["ETag"])


def test_another_scene_language_or_path_is_another_answer(worked: list[str], reader: FlaskClient) -> None:
    tag = reader.get("/en/trial?cell=1").headers["ETag"]
    for address in ("/en/trial?cell=2", "/zh/trial?cell=1", "/en/trial"):
        answer = reader.get(address, headers={"If-None-Match": tag})
        assert answer.status_code == 200, address
        assert answer.headers["ETag"] != tag


def test_parts_are_kept_apart(trial: Flask) -> None:
    from flask import Response

    from app.web.http_cache import stamp

    with trial.test_request_context("/en/trial"):
        tags = {
            stamp(Response(), *parts).headers["ETag"] for parts in (("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"))
        }
    assert len(tags) == 4


def test_a_post_is_never_answered_from_memory(trial: Flask) -> None:
    from flask import Response

    from app.web.http_cache import fresh, stamp

    with trial.test_request_context("/en/trial"):
        tag = stamp(Response(), "x").headers["ETag"]
    for method, known in (("GET", True), ("HEAD", True), ("POST", False)):
        with trial.test_request_context("/en/trial", method=method, headers={"If-None-Match": tag}):
            assert (fresh("x") is not None) is known


@pytest.mark.parametrize(
    ("accepts", "packed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        (None, False),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *;q=1", False),
        ("br", False),
    ],
)
def test_text_is_compressed_for_those_who_take_it(
    accepts: str | None, packed: bool, worked: list[str], reader: FlaskClient
) -> None:
    answer = reader.get("/en/trial", headers={} if accepts is None else {"Accept-Encoding": accepts})
    assert answer.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert LONG in (gzip.decompress(answer.data) if packed else answer.data).decode()
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_304_works_with_compression(worked: list[str], reader: FlaskClient) -> None:
    packed = reader.get("/en/trial", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["ETag"].startswith('W/"')
    again = reader.get("/en/trial", headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304
    assert "Accept-Encoding" in again.headers["Vary"]
    assert "Content-Encoding" not in again.headers
    assert len(worked) == 1


def test_small_binary_and_streamed_answers_stay_as_they_are(add: Callable[..., None], reader: FlaskClient) -> None:
    from flask import Response

    add("small", "pages.small", lambda **_: "short")
    add("numbers", "pages.numbers", lambda **_: Response(bytes(5000), mimetype="application/octet-stream"))
    add("stream", "pages.stream", lambda **_: Response(iter([LONG, LONG]), mimetype="text/html"))
    for path, varies in (("small", True), ("numbers", False), ("stream", False)):
        answer = reader.get(f"/en/{path}", headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in answer.headers
        assert ("Accept-Encoding" in answer.headers.get("Vary", "")) is varies, path


@pytest.mark.parametrize(
    "mimetype",
    ["text/html", "text/css", "text/javascript", "application/json", "application/problem+json", "image/svg+xml"],
)
def test_every_kind_of_text_is_compressed(mimetype: str, add: Callable[..., None], reader: FlaskClient) -> None:
    from flask import Response

    add("text", "pages.text", lambda **_: Response(LONG, mimetype=mimetype))
    answer = reader.get("/en/text", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(answer.data).decode() == LONG


def test_files_are_kept_for_good_under_the_hash_of_their_content(trial: Flask, reader: FlaskClient) -> None:
    from app.web.http_cache import static_url

    with trial.test_request_context("/en/walk"):
        address = static_url("css/shared/base.css")
    assert re.fullmatch(r"/static/css/shared/base\.css\?v=[0-9a-f]{16}", address)
    kept = reader.get(address, headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    root = Path(trial.static_folder or "")
    assert gzip.decompress(kept.data) == (root / "css" / "shared" / "base.css").read_bytes()
    again = reader.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": kept.headers["ETag"]})
    assert again.status_code == 304
    assert again.headers["Cache-Control"] == kept.headers["Cache-Control"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_file_is_closed_as_soon_as_it_is_packed(trial: Flask, reader: FlaskClient) -> None:
    from app.web.http_cache import static_url

    with trial.test_request_context("/"):
        address = static_url("css/shared/base.css")
    answer = reader.get(address, headers={"Accept-Encoding": "gzip"})  # and nobody reads it to its end
    held = [os.path.realpath(entry.path) for entry in os.scandir("/proc/self/fd")]
    assert answer.headers["Content-Encoding"] == "gzip"
    assert not [path for path in held if path.endswith("base.css")]
    answer.close()


@pytest.mark.parametrize("query", ["", "?v=0123456789abcdef"])
def test_without_the_right_hash_the_browser_asks_each_time(query: str, reader: FlaskClient) -> None:
    assert reader.get(f"/static/css/shared/base.css{query}", buffered=True).headers["Cache-Control"] == "no-cache"


def test_a_file_that_is_not_there_has_an_address_all_the_same(trial: Flask) -> None:
    from app.web.http_cache import static_url

    with trial.test_request_context("/en/walk"):
        assert static_url("vendor/not-fetched.js") == "/static/vendor/not-fetched.js"


def test_part_of_a_file_is_not_compressed(reader: FlaskClient) -> None:
    asked = {"Accept-Encoding": "gzip", "Range": "bytes=0-999"}
    answer = reader.get("/static/css/shared/base.css", headers=asked, buffered=True)
    assert answer.status_code == 206
    assert "Content-Encoding" not in answer.headers
    assert len(answer.data) == 1000


def small_site(root: Path) -> Path:
    for name in ("app/a.py", "cnn_core/weights/w.npz", "templates/t.html", "static/s.css"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@pytest.mark.parametrize("name", ["app/a.py", "cnn_core/weights/w.npz", "templates/t.html", "static/s.css", "app/z.po"])
def test_any_change_of_the_site_is_another_build(name: str, tmp_path: Path) -> None:
    root = small_site(tmp_path)
    before = read_build(root)
    assert read_build(root) == before
    (root / name).write_text("other")
    assert read_build(root).id != before.id
    assert (read_build(root).static["s.css"] != before.static["s.css"]) is (name == "static/s.css")


def test_what_is_made_or_touched_is_no_other_build(tmp_path: Path) -> None:
    root = small_site(tmp_path)
    before = read_build(root)
    os.utime(root / "app/a.py", (0, 0))
    (root / "app" / "__pycache__").mkdir()
    (root / "app" / "__pycache__" / "a.cpython-311.pyc").write_text("made")
    (root / "app" / "m.mo").write_text("made")
    assert read_build(root) == before


def test_a_new_build_is_another_answer(trial: Flask) -> None:
    from flask import Response

    from app.web.build_id import Build
    from app.web.http_cache import stamp

    with trial.test_request_context("/en/walk"):
        before = stamp(Response(), "x").headers["ETag"]
        trial.extensions["convscope.build"] = Build("another", {})
        assert stamp(Response(), "x").headers["ETag"] != before
