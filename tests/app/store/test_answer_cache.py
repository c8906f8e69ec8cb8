"""Answers that are given again: the same bytes, for the same site, and never a reader's own picture."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from app.store.answer_cache import AnswerCache, Kept
from app.web.services import service

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


def test_what_is_too_large_is_not_kept_and_the_oldest_goes_first() -> None:
    cache = AnswerCache(30)
    for name, size in (("huge", 21), ("a", 10), ("b", 10)):
        cache.put(name, Kept(b"x" * size))
    assert cache.get("huge") is None
    assert cache.get("a") is not None
    cache.put("c", Kept(b"x" * 10))
    assert cache.get("b") is None


def test_it_is_compressed_once_and_the_same_way_each_time() -> None:
    kept = Kept(b"word " * 400)
    assert gzip.decompress(kept.compressed) == kept.data
    assert kept.compressed is kept.compressed


@pytest.mark.parametrize("path", ["/en/walk?layer=pool2", "/en/walk/number?layer=pool2", "/en/filters"])
def test_an_answer_is_made_once(client: FlaskClient, app: Flask, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get(path)

    def never(*_args: object, **_named: object) -> None:
        raise AssertionError("this was answered before")

    monkeypatch.setattr("app.web.respond.render_template", never)
    again = client.get(path)
    assert (again.data, again.headers["ETag"], again.content_type) == (
        first.data,
        first.headers["ETag"],
        first.content_type,
    )
    packed = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == first.data
    with app.app_context():
        assert len(service(AnswerCache)._kept) > 0


def test_another_name_of_the_site_has_answers_of_its_own(client: FlaskClient) -> None:
    for site in ("http://localhost:9000", "http://127.0.0.1:9999", "http://localhost:9000"):
        assert f"{site}/en/filters" in client.get("/en/filters", base_url=site).text
