"""A real Chromium for the tests in this folder, on a machine that reaches nothing but itself."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Route, expect
from playwright.sync_api import sync_playwright as start_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from app.web.settings import HTMX_URL as CDN
from scripts.fetch_htmx import TARGET

if TYPE_CHECKING:
    from flask import Flask

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
PATIENCE = 10_000  # milliseconds; a busy machine is slow, not wrong


class _Quiet(WSGIRequestHandler):
    """Answers without a line in the log for each request, which would bury what a failed test has to say."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


def _missing(what: str) -> None:
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def _chromium(playwright: Playwright) -> str:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    for name in ("chromium-headless-shell", "chromium", "google-chrome"):
        path = shutil.which(name)
        if path:
            return path
    own = playwright.chromium.executable_path
    if not Path(own).exists():
        _missing(
            "no Chromium for the browser tests: apt-get install chromium-headless-shell (Debian), or "
            "`.venv/bin/python -m playwright install chromium-headless-shell`, or name one in CHROMIUM"
        )
    return own


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run; each test gets its own context in it."""
    if not TARGET.is_file():
        _missing("no local htmx, which stands in for the CDN in browser tests: run `make htmx` online")
    with start_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(playwright), args=FLAGS)
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Flask], str]]:
    """Serve a Flask application on a free port of this machine until the run ends; answers its address."""
    running = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def base_url(app: Flask, serve: Callable[[Flask], str]) -> str:
    """The address of the site under test."""
    return serve(app)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A reader with nothing remembered, who likes things to stand still, and whose CDN is up."""

    def answer(route: Route) -> None:
        route.fulfill(path=TARGET, content_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"})

    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    context.route(CDN, answer)
    yield context
    context.unroute_all(behavior="ignoreErrors")
    context.close()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page; any error in its console fails the test, unless the test is marked console_errors."""
    page = context.new_page()
    errors: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location['url']})")

    page.on("console", hear)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    if errors and request.node.get_closest_marker("console_errors") is None:
        pytest.fail("the browser's console shows errors:\n" + "\n".join(errors), pytrace=False)
