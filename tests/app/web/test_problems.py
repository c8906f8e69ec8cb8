"""A problem is said in the form and the language that the address promises, and names the fix."""

from __future__ import annotations

import ast
import importlib
import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from app.refusal import Refusal
from app.web.build_id import ROOT
from app.web.problem_texts import GENERIC, TEXTS, TITLES, add_texts, all_texts
from app.web.rooms import fragments, rooms

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ALWAYS_THERE = {"path", "method"}


@pytest.fixture
def refuse(trial: Flask, add: Callable[..., None]) -> Callable[..., None]:
    """Make a page, a fragment and an API address raise this: /en/page, /en/page/part, /api/v1/part."""

    def at(problem: Exception) -> None:
        def view(lang: str = "") -> str:
            raise problem

        add("page", "pages.refused", view)
        add("page/part", "page.part", view)
        fragments(trial).add("page.part")
        add("/api/v1/part", "api.refused", view)

    return at


@pytest.fixture
def store_away(refuse: Callable[..., None]) -> Refusal:
    refusal = Refusal(503, "store-away", retry_after=7)
    refuse(refusal)
    return refusal


SENTENCE = "The place where pictures are kept does not answer. Try again in 7 seconds."


def test_a_page_answers_with_a_page(store_away: Refusal, reader: FlaskClient) -> None:
    answer = reader.get("/en/page")
    page = BeautifulSoup(answer.text, "html.parser")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert page.html is not None
    assert page.title is not None
    assert page.title.text == "Not possible just now · Convscope"
    assert [heading.text for heading in page.select("main h1")] == ["Not possible just now"]
    assert SENTENCE in page.text
    assert page.select("#problem a[href='/en/walk']")
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_fragment_answers_with_a_fragment_of_that_page(store_away: Refusal, reader: FlaskClient) -> None:
    answer = reader.get("/en/page/part")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "<html" not in answer.text
    assert SENTENCE in answer.text
    assert answer.text in reader.get("/en/page").text


def test_the_api_answers_with_problem_json(store_away: Refusal, reader: FlaskClient) -> None:
    answer = reader.get("/api/v1/part")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.get_json(force=True) == {
        "type": "urn:convscope:store-away",
        "title": "Not possible just now",
        "status": 503,
        "detail": SENTENCE,
        "code": "store-away",
    }
    assert answer.headers["Retry-After"] == "7"


def test_each_speaks_the_readers_language(store_away: Refusal, reader: FlaskClient) -> None:
    chinese = reader.get("/api/v1/part", headers={"Accept-Language": "zh-CN"})
    detail = str(chinese.get_json(force=True)["detail"])
    assert "Accept-Language" in chinese.headers["Vary"]
    assert detail != SENTENCE
    assert "7" in detail
    assert detail in chinese.text, "JSON holds Chinese as Chinese"
    assert detail in reader.get("/zh/page").text
    assert detail in reader.get("/zh/page/part").text


def test_the_nearest_good_scene_is_one_press_away(refuse: Callable[..., None], reader: FlaskClient) -> None:
    refuse(Refusal(503, "store-away", retry_after=1, nearest="/en/walk?cell=0.1.2"))
    for path in ("/en/page", "/en/page/part"):
        link = BeautifulSoup(reader.get(path).text, "html.parser").select_one("#problem a")
        assert link is not None
        assert link["href"] == "/en/walk?cell=0.1.2"
    assert reader.get("/api/v1/part").get_json(force=True)["nearest"] == "/en/walk?cell=0.1.2"


def test_what_came_is_quoted_and_never_obeyed(reader: FlaskClient) -> None:
    answer = reader.get("/en/<script>alert(1)</script>%(secret)s")
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert "/en/&lt;script&gt;alert(1)&lt;/script&gt;%(secret)s" in answer.text


def test_what_came_is_shortened(reader: FlaskClient) -> None:
    detail = str(reader.get("/api/v1/" + "x" * 1500).get_json(force=True)["detail"])
    assert "/api/v1/xxx" in detail
    assert "…" in detail
    assert len(detail) < 250


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("DELETE", "/api/v1/part", 405, "method-not-allowed"),
    ],
)
def test_flasks_own_errors_have_a_code(
    method: str, path: str, status: int, code: str, store_away: Refusal, reader: FlaskClient
) -> None:
    answer = reader.open(path, method=method)
    assert answer.status_code == status
    assert answer.get_json(force=True)["code"] == code


def test_a_wrong_method_says_which_are_right(store_away: Refusal, reader: FlaskClient) -> None:
    answer = reader.post("/api/v1/part")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert "POST" in answer.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    ("problem", "code"),
    [(TooManyRequests(retry_after=9), "too-often"), (ServiceUnavailable(retry_after=9), "unavailable")],
)
def test_a_wait_is_told(
    problem: TooManyRequests | ServiceUnavailable, code: str, refuse: Callable[..., None], reader: FlaskClient
) -> None:
    refuse(problem)
    answer = reader.get("/api/v1/part")
    assert answer.get_json(force=True)["code"] == code
    assert answer.headers["Retry-After"] == "9"


def test_a_request_that_is_too_large_is_refused_unread(add: Callable[..., None], reader: FlaskClient) -> None:
    from flask import request

    def view() -> str:
        return str(len(request.get_data()))

    add("/api/v1/taken", "api.taken", view)
    reader.application.add_url_rule("/api/v1/taken", endpoint="api.taking", view_func=view, methods=["POST"])
    taken = reader.post("/api/v1/taken", data=bytes(11 * 1024 * 1024))
    assert taken.text == str(11 * 1024 * 1024)
    refused = reader.post("/api/v1/taken", data=bytes(11 * 1024 * 1024 + 1))
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (413, "too-large")


def test_a_form_of_many_parts_is_refused(trial: Flask, reader: FlaskClient) -> None:
    from flask import request

    trial.add_url_rule("/api/v1/form", "api.form", lambda: str(len(request.form)), methods=["POST"])
    parts = {f"part{number}": "x" for number in range(21)}
    refused = reader.post("/api/v1/form", data=parts, content_type="multipart/form-data")
    assert (refused.status_code, refused.get_json(force=True)["code"]) == (413, "too-large")
    parts.popitem()
    assert reader.post("/api/v1/form", data=parts, content_type="multipart/form-data").text == "20"


@pytest.mark.parametrize("path", ["/en/page", "/en/page/part", "/api/v1/part"])
def test_a_mistake_of_ours_is_logged_and_not_shown(
    path: str, refuse: Callable[..., None], reader: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    refuse(ZeroDivisionError("the inner workings"))
    answer = reader.get(path)
    assert answer.status_code == 500
    assert "you did nothing wrong" in answer.text
    assert "inner workings" not in answer.text
    assert "Traceback" not in answer.text
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (Refusal(422, "nobody-wrote-this"), "unprocessable"),
        (Refusal(503, "store-away"), "unavailable"),
        (Refusal(418, "nobody-wrote-this"), "bad-request"),
        (Refusal(507, "nobody-wrote-this"), "failed"),
    ],
)
def test_a_code_without_words_still_says_something(
    refusal: Refusal, said: str, refuse: Callable[..., None], reader: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    refuse(refusal)
    with caplog.at_level(logging.ERROR):
        answer = reader.get("/api/v1/part")
    assert answer.status_code == refusal.status
    assert answer.get_json(force=True)["detail"] == str(TEXTS[said])
    assert refusal.code in caplog.text


def test_a_stranger_is_told_in_plain_text(reader: FlaskClient) -> None:
    for path in ("/en/walk", "/api/v1/networks", "/static/css/shared/base.css"):
        answer = reader.get(path, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        assert "CONVSCOPE_TRUSTED_HOSTS" in answer.text
        assert "evil.example" not in answer.text


def test_every_status_of_the_contract_has_a_title_and_words() -> None:
    assert set(TITLES) == set(GENERIC) == {400, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503}
    assert set(GENERIC.values()) <= set(TEXTS)


@pytest.mark.parametrize("room", ["web", "walk", "filters"])
def test_sentences_are_sorted_and_whole(room: str) -> None:
    texts = importlib.import_module(f"app.{room}.problem_texts").TEXTS
    assert list(texts) == sorted(texts)
    for code, words in texts.items():
        assert str(words).endswith("."), code


def test_no_code_has_two_sentences(trial: Flask) -> None:
    with pytest.raises(ValueError, match="not-found"):
        add_texts(trial, {"not-found": TEXTS["gone"]})
    assert all_texts(trial)["not-found"] is TEXTS["not-found"]


def refusals() -> Iterator[tuple[str, str, set[str] | None]]:
    """Every Refusal that the app raises: where, its code, and the values it brings (None: not known from the code)."""
    for file in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(ast.Name("Refusal"), [_, ast.Constant(str(code))], keywords):
                    names = {keyword.arg for keyword in keywords}
                    brings = None if None in names else {str(name) for name in names}
                    yield f"{file.name}:{node.lineno}", code, brings


def placeholders(text: str) -> set[str]:
    return {part.split(")")[0] for part in text.split("%(")[1:]}


def test_every_refusal_has_its_words_and_brings_what_they_name(trial: Flask) -> None:
    texts = all_texts(trial)
    found = list(refusals())
    assert found
    for where, code, brings in found:
        assert code in texts, f"{where}: write the sentence of {code!r} into problem_texts.py"
        if brings is not None:
            lacking = placeholders(str(texts[code])) - ALWAYS_THERE - brings
            assert not lacking, f"{where}: the sentence of {code!r} names {lacking}"


def test_every_parameter_of_a_scene_has_its_words(trial: Flask) -> None:
    texts = all_texts(trial)
    for table, name in ((room.scene.table, name) for room in rooms(trial) for name in room.scene.table.names):
        code = table.unreadable(name)
        assert code in texts
        assert placeholders(str(texts[code])) <= ALWAYS_THERE | {"got"}
