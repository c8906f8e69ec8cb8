"""For who wants things to stand still, nothing moves; for the others a little does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

# Everything that moves in the moment after an exchange, and one picture later.
WATCH = """() => {
    window.moved = 0;
    const count = () => { window.moved += document.getAnimations().length; };
    document.addEventListener("htmx:after:swap", () => {
        count();
        requestAnimationFrame(count);
    });
}"""


def press(page: Page, control: str) -> None:
    """Press a control, and wait until the exchange that it leads to is over and painted."""
    page.evaluate(WATCH)
    page.locator(control).press("Enter")
    expect(page.locator("#status")).not_to_be_empty()
    page.evaluate("new Promise(requestAnimationFrame)")


@pytest.mark.parametrize(("path", "control"), [("/en/", "[data-next]"), ("/en/walk?layer=conv2", "#step-forward")])
def test_nothing_moves(page: Page, base_url: str, path: str, control: str) -> None:
    page.goto(base_url + path)
    press(page, control)
    page.locator(".button").first.hover()
    page.locator("#theme").hover()
    page.locator("#theme").click()
    assert page.evaluate("window.moved + document.getAnimations().length") == 0
    assert page.evaluate(
        "[...document.querySelectorAll('*')].every(at => getComputedStyle(at).scrollBehavior === 'auto')"
    )


def test_the_miniature_moves_for_the_others(page: Page, base_url: str) -> None:
    page.emulate_media(reduced_motion="no-preference")
    page.goto(f"{base_url}/en/")
    press(page, "[data-next]")
    assert page.evaluate("window.moved") > 0


def test_playing_does_not_begin_by_itself(page: Page, base_url: str) -> None:
    address = f"{base_url}/en/walk?layer=pool2&cell=0.0.0&play=on"
    page.clock.install(time=0)
    page.goto(address)
    page.clock.run_for(10_000)
    expect(page).to_have_url(address)
    expect(page.locator("#microscope h2")).to_contain_text("row 0, column 0")
