"""Every kind of answer carries the security headers; pages of other sites change nothing here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.refusal import Refusal
from app.web.csrf import check_origin
from app.web.settings import HTMX_URL, Settings

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

POLICY = (
    "default-src 'none'; script-src 'self'{htmx}; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)

KINDS = {
    "redirect": ("/", 302),
    "page": ("/en/walk", 200),
    "file": ("/static/css/shared/base.css", 200),
    "health": ("/healthz", 200),
    "page problem": ("/en/nothing", 404),
    "file problem": ("/static/nothing.css", 404),
    "json problem": ("/api/v1/nothing", 404),
    "crash": ("/en/crash", 500),
    "crash in the api": ("/api/v1/crash", 500),
}


def protected(answer: TestResponse, policy: str) -> None:
    assert answer.headers.getlist("Content-Security-Policy") == [policy]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]


@pytest.mark.parametrize("kind", KINDS)
def test_headers_are_on(kind: str, trial: Flask, add: Callable[..., None], reader: FlaskClient) -> None:
    path, status = KINDS[kind]
    add("crash", "pages.crash", lambda **_: 1 // 0)
    add("/api/v1/crash", "api.crash", lambda: 1 // 0)
    answer = reader.get(path, buffered=True)
    assert answer.status_code == status
    protected(answer, POLICY.format(htmx=f" {HTMX_URL}", ancestors="'none'"))
    assert "Strict-Transport-Security" not in answer.headers


def test_headers_are_on_a_304_and_on_a_stranger(reader: FlaskClient) -> None:
    tag = reader.get("/static/css/shared/base.css", buffered=True).headers["ETag"]
    known = reader.get("/static/css/shared/base.css", headers={"If-None-Match": tag}, buffered=True)
    assert known.status_code == 304
    protected(known, POLICY.format(htmx=f" {HTMX_URL}", ancestors="'none'"))
    stranger = reader.get("/en/walk", headers={"Host": "evil.example"})
    assert stranger.status_code == 400
    protected(stranger, POLICY.format(htmx=f" {HTMX_URL}", ancestors="'none'"))


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/en/walk", "/en/walk"),
        ("http://localhost/en/walk", "/en/walk"),
        ("http://localhost//evil.example", "http://localhost//evil.example"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
    ],
)
def test_redirects_within_the_site_name_no_host(
    target: str, location: str, add: Callable[..., None], reader: FlaskClient
) -> None:
    from flask import redirect

    add("away", "pages.away", lambda **_: redirect(target))
    assert reader.get("/en/away").headers["Location"] == location


def test_a_slash_that_is_missing_is_added_within_the_site(reader: FlaskClient) -> None:
    answer = reader.get("/zh")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/zh/")


def test_local_mode_names_no_other_site(settings: Settings) -> None:
    from app import create_app

    answer = create_app(replace(settings, cdn="local")).test_client().get("/en/nothing")
    protected(answer, POLICY.format(htmx="", ancestors="'none'"))


def test_a_course_site_may_be_let_in(settings: Settings) -> None:
    from app import create_app

    site = create_app(replace(settings, frame_ancestors=("'self'", "https://course.example")))
    answer = site.test_client().get("/en/nothing")
    protected(answer, POLICY.format(htmx=f" {HTMX_URL}", ancestors="'self' https://course.example"))


def test_under_tls_the_browser_stays_there(reader: FlaskClient) -> None:
    answer = reader.get("/healthz", base_url="https://localhost")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    "path", ["/en/walk", "/en/", "/en/filters/view", "/filters/source", "/static/css/shared/base.css"]
)
def test_only_the_page_of_filters_may_open_the_camera(path: str, reader: FlaskClient) -> None:
    page = reader.get("/en/filters")
    assert "camera=(self), microphone=()" in page.headers["Permissions-Policy"]
    known = reader.get("/en/filters", headers={"If-None-Match": page.headers["ETag"]})
    assert (known.status_code, known.headers["Permissions-Policy"]) == (304, page.headers["Permissions-Policy"])
    assert "camera=()" in reader.get(path, buffered=True).headers["Permissions-Policy"]


HOST = "lab.example:8000"


@pytest.mark.parametrize(
    ("site", "origin", "cookies", "allowed"),
    [
        ("same-origin", None, True, True),
        ("same-origin", "null", True, True),
        ("none", None, True, True),
        ("same-site", f"http://{HOST}", True, False),
        ("cross-site", None, False, False),
        ("cross-site", f"http://{HOST}", False, False),
        ("", f"http://{HOST}", False, False),
        # Plain http on a school network: no Sec-Fetch-Site.
        (None, f"http://{HOST}", True, True),
        (None, f"https://{HOST}", True, True),
        (None, f"HTTP://{HOST.upper()}", True, True),
        (None, "http://lab.example", True, False),
        (None, "http://lab.example:8001", True, False),
        (None, "http://evil.example", False, False),
        (None, f"http://evil.example/{HOST}", False, False),
        (None, f"http://{HOST}@evil.example", False, False),
        (None, f"ftp://{HOST}", False, False),
        (None, "null", False, False),
        (None, "http://[", False, False),
        (None, "", False, False),
        # curl or a notebook.
        (None, None, False, True),
        (None, None, True, False),
    ],
)
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH"])
def test_who_may_change_something(
    method: str, site: str | None, origin: str | None, cookies: bool, allowed: bool
) -> None:
    if allowed:
        check_origin(method, site=site, origin=origin, host=HOST, cookies=cookies)
        return
    with pytest.raises(Refusal) as caught:
        check_origin(method, site=site, origin=origin, host=HOST, cookies=cookies)
    assert (caught.value.status, caught.value.code) == (403, "foreign-origin")
    assert caught.value.values == {"host": HOST}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_anybody_may_read(method: str) -> None:
    check_origin(method, site="cross-site", origin="http://evil.example", host=HOST, cookies=True)
