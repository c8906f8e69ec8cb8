"""However the CDN behaves, htmx runs exactly once: one press, one request."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask, Response, render_template_string
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from app.web.settings import HTMX_INTEGRITY as INTEGRITY
from app.web.settings import HTMX_URL as CDN
from scripts.fetch_htmx import TARGET

ROOT = Path(__file__).resolve().parents[2]
LOCAL = f"/static/vendor/{TARGET.name}"
POLICY = (
    f"default-src 'none'; script-src 'self' {CDN}; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PIECE = """
<p id="count">{{ number }}</p>
<a href="/page/{{ number + 1 }}" hx-get="/piece/{{ number + 1 }}" hx-push-url="/page/{{ number + 1 }}"
   hx-target="#view" hx-swap="innerMorph">Next</a>
"""
PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="icon" href="data:,">
<script src="/static/js/boot.js" defer data-cdn="{CDN}" data-integrity="{INTEGRITY}"
        data-local="{{{{ local }}}}" data-mode="{{{{ mode }}}}"></script></head>
<body><main id="view">{PIECE}</main></body></html>
"""


@pytest.fixture(scope="session")
def counting(serve: Callable[[Flask], str]) -> Callable[..., str]:
    """Serve a site of numbered pages, where "Next" is a link made by htmx, under the site's own policy."""

    def site(mode: str = "cdn", local: str = LOCAL) -> str:
        app = Flask(__name__, static_folder=str(ROOT / "static"))

        @app.get("/page/<int:number>")
        def page(number: int) -> str:
            return render_template_string(PAGE, number=number, mode=mode, local=local)

        @app.get("/piece/<int:number>")
        def piece(number: int) -> str:
            return render_template_string(PIECE, number=number)

        @app.after_request
        def protect(answer: Response) -> Response:
            answer.headers["Content-Security-Policy"] = POLICY
            return answer

        return serve(app)

    return site


class Cdn:
    """The CDN as the browser meets it: counts what it is asked, and answers as it is told."""

    def __init__(self, context: BrowserContext, behave: str = "up") -> None:
        self.behave = behave
        self.asked: list[Route] = []
        context.route(CDN, self._hear)

    def _hear(self, route: Route) -> None:
        self.asked.append(route)
        if self.behave == "up":
            self.answer(route)
        elif self.behave == "blocked":
            route.abort()
        elif self.behave == "corrupt":
            self.answer(route, TARGET.read_bytes() + b"\n// one line more\n")

    def answer(self, route: Route, body: bytes | None = None) -> None:
        """Answer now, whatever time has passed since the question."""
        body = TARGET.read_bytes() if body is None else body
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=31536000, immutable"}
        route.fulfill(body=body, content_type="text/javascript", headers=headers)


class Requests:
    """The paths that a page asks its own server for, static files left out."""

    def __init__(self, page: Page) -> None:
        self.paths: list[str] = []
        self.copies = 0
        page.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        path = urlsplit(request.url).path
        if path == LOCAL:
            self.copies += 1
        elif request.url.startswith("http://127.0.0.1") and not path.startswith("/static/"):
            self.paths.append(path)

    def since(self) -> list[str]:
        """The paths since this was last asked."""
        paths, self.paths = self.paths, []
        return paths


def quiet(page: Page) -> None:
    """Let the page's own timers run: they run in order of time, so one of 50 ms comes after all that htmx waits for."""
    page.evaluate("() => new Promise(done => setTimeout(done, 50))")


def htmx_runs(page: Page) -> None:
    """Wait until htmx has taken the link in hand."""
    expect(page.get_by_role("link", name="Next")).to_have_attribute("data-htmx-powered", "true")


def press_and_return(page: Page, requests: Requests) -> str:
    """Press "Next" twice and go Back once: one request each. Answers what the reader sees in the end."""
    quiet(page)
    requests.since()
    for number in (1, 2):
        page.get_by_role("link", name="Next").click()
        expect(page.locator("#count")).to_have_text(str(number))
        quiet(page)
        assert requests.since() == [f"/piece/{number}"]
        assert urlsplit(page.url).path == f"/page/{number}"
    page.go_back()
    expect(page.locator("#count")).to_have_text("1")
    quiet(page)
    assert requests.since() == ["/page/1"]
    return page.locator("body").inner_text()


SEEN = "1\n\nNext"


def test_cdn_up_gives_its_own_copy_and_one_request_a_press(
    context: BrowserContext, page: Page, counting: Callable[..., str]
) -> None:
    cdn, requests = Cdn(context), Requests(page)
    page.goto(counting() + "/page/0", wait_until="domcontentloaded")
    htmx_runs(page)
    assert press_and_return(page, requests) == SEEN
    assert requests.copies == 0
    assert len(cdn.asked) == 1  # what was preloaded is what runs


@pytest.mark.console_errors
@pytest.mark.parametrize("behave", ["blocked", "corrupt", "silent"])
def test_local_copy_takes_over_and_one_request_a_press(
    behave: str, context: BrowserContext, page: Page, counting: Callable[..., str]
) -> None:
    cdn, requests = Cdn(context, behave), Requests(page)
    page.goto(counting() + "/page/0", wait_until="domcontentloaded")
    htmx_runs(page)
    assert press_and_return(page, requests) == SEEN
    assert requests.copies == 1

    asked = len(cdn.asked)
    page.reload()
    htmx_runs(page)
    assert len(cdn.asked) == asked, "the next page goes to the local copy directly"


def test_late_answer_of_the_cdn_changes_nothing(
    context: BrowserContext, page: Page, counting: Callable[..., str]
) -> None:
    cdn, requests = Cdn(context, "silent"), Requests(page)
    page.goto(counting() + "/page/0", wait_until="domcontentloaded")
    htmx_runs(page)
    assert requests.copies == 1
    first = page.evaluate_handle("() => window.htmx")

    with page.expect_event("requestfinished", lambda request: request.url == CDN):
        cdn.answer(cdn.asked[0])
    quiet(page)
    assert page.evaluate("first => window.htmx === first", first), "the late copy ran"
    assert press_and_return(page, requests) == SEEN
    assert (requests.copies, len(cdn.asked)) == (1, 1)


def test_local_mode_never_asks_the_cdn(context: BrowserContext, page: Page, counting: Callable[..., str]) -> None:
    cdn, requests = Cdn(context), Requests(page)
    page.goto(counting(mode="local") + "/page/0")
    htmx_runs(page)
    assert press_and_return(page, requests) == SEEN
    assert cdn.asked == []


@pytest.mark.console_errors
def test_without_any_copy_links_are_links(context: BrowserContext, page: Page, counting: Callable[..., str]) -> None:
    Cdn(context, "blocked")
    requests = Requests(page)
    page.goto(counting(local="/static/vendor/not-there.js") + "/page/0")
    expect(page.locator("html")).to_contain_class("no-htmx")
    requests.since()
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#count")).to_have_text("1")
    assert requests.since() == ["/page/1"]


@pytest.mark.console_errors
@pytest.mark.parametrize("behave", ["up", "blocked", "corrupt", "silent"])
def test_a_step_of_the_walk_is_one_request(behave: str, context: BrowserContext, page: Page, base_url: str) -> None:
    Cdn(context, behave)
    requests = Requests(page)
    page.goto(base_url + "/en/walk")
    forward = page.locator("a[hx-get][data-step=forward]").first
    expect(forward).to_have_attribute("data-htmx-powered", "true")
    quiet(page)
    requests.since()
    before = page.url
    fragment = forward.get_attribute("hx-get")
    forward.click()
    expect(page).not_to_have_url(before)
    quiet(page)
    assert requests.since() == [urlsplit(fragment or "").path]
