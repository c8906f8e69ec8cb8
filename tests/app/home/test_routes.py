"""The questions that machines ask: are you there, can you serve, may I read everything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.refusal import Refusal
from app.web.settings import Settings, SettingsError

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


class AwayStore:
    """A store whose file is gone."""

    def ping(self) -> None:
        raise Refusal(503, "store-away", retry_after=5)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_site_that_works_says_so(path: str, reader: FlaskClient) -> None:
    answer = reader.get(path)
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_its_store_the_site_lives_but_is_not_ready(trial: Flask, reader: FlaskClient) -> None:
    from app.store.protocol import Store
    from app.web.services import provide

    provide(trial, Store, AwayStore())
    assert reader.get("/healthz").status_code == 200
    answer = reader.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "unavailable"})


def test_a_language_alone_is_the_home_page(reader: FlaskClient) -> None:
    answer = reader.get("/zh/")
    assert answer.status_code == 200
    assert 'class="ways-in"' in answer.text


def test_one_page_has_one_address(reader: FlaskClient) -> None:
    for path in ("/en//walk", "/en/walk/"):
        assert reader.get(path).status_code == 404, path


def test_crawlers_stay_out_of_the_scenes(reader: FlaskClient) -> None:
    answer = reader.get("/robots.txt", buffered=True)
    assert answer.mimetype == "text/plain"
    assert "Disallow: /*?" in answer.text


def test_only_trusted_names_are_answered(settings: Settings) -> None:
    from app import create_app

    reader = create_app(settings.trusting(("192.168.1.4",))).test_client()
    for host, status in (
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("192.168.1.4:9000", 200),
        ("192.168.1.5", 400),
        ("localhost.evil.example", 400),
        ("", 400),
    ):
        assert reader.get("/healthz", headers={"Host": host}).status_code == status, host
    anyone = create_app(replace(settings, trusted_hosts=None)).test_client()
    assert anyone.get("/healthz", headers={"Host": "any.example"}).status_code == 200


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1 http"), (1, "10.0.0.9 https"), (2, "10.0.0.8 https")])
def test_only_stated_proxies_are_believed(proxies: int, seen: str, settings: Settings) -> None:
    from flask import request

    from app import create_app

    site = create_app(replace(settings, proxies=proxies))
    site.add_url_rule("/who", "who", lambda: f"{request.remote_addr} {request.scheme}")
    forwarded = {"X-Forwarded-For": "10.0.0.7, 10.0.0.8, 10.0.0.9", "X-Forwarded-Proto": "https, https"}
    assert site.test_client().get("/who", headers=forwarded).text == seen


def test_a_store_of_no_known_kind_is_refused_by_name(settings: Settings) -> None:
    from app import create_app

    with pytest.raises(SettingsError, match="CONVSCOPE_STORE"):
        create_app(replace(settings, store="floppy:a"))


def test_a_template_cannot_forget_a_value(trial: Flask) -> None:
    from flask import render_template_string
    from jinja2 import UndefinedError

    with trial.test_request_context("/en/walk"), pytest.raises(UndefinedError):
        render_template_string("{{ nothing }}")


def test_text_from_outside_is_escaped_in_every_template(trial: Flask) -> None:
    from flask import render_template_string

    with trial.test_request_context("/en/walk"):
        assert render_template_string("{{ text }}", text="<b>") == "&lt;b&gt;"
