"""What every page is set in, as a browser takes it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

POST = """path => {
    const form = Object.assign(document.createElement("form"), {method: "post", action: path});
    document.body.append(form);
    form.submit();
}"""


@pytest.mark.console_errors
def test_a_posted_form_says_from_which_site_it_comes(page: Page, base_url: str) -> None:
    # On a school network without TLS this header is all that tells our own page from one of another site.
    page.goto(f"{base_url}/en/walk")
    with page.expect_request("**/en/images") as sent, page.expect_navigation():
        page.evaluate(POST, "/en/images")
    assert sent.value.all_headers()["origin"] == base_url
    assert page.locator("#problem code").inner_text() == "picture-missing"


@pytest.mark.console_errors
def test_a_problem_leads_on_by_keyboard(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?cell=99.0.0")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/walk?*cell=7.0.0")


def test_the_language_switch_keeps_the_scene(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=pool1&cell=2.3.4")
    page.locator("#languages a").click()
    page.wait_for_url("**/zh/walk?layer=pool1&cell=2.3.4")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_the_masthead_fits(width: int, page: Page, base_url: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{base_url}/zh/walk")
    box = page.locator("#languages").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= width
    assert page.locator(".masthead").evaluate("box => box.scrollWidth <= box.clientWidth")


SCENES = [
    "/",
    "/walk",
    "/walk?layer=dense&precision=exact",
    "/walk?tour=20",
    "/walk?way=backward&layer=conv1&of=weight&precision=exact&check=0.001&steps=3",
    "/walk?way=backward&layer=conv2&of=input",
    "/walk?way=backward&layer=conv1&of=input&cell=3.5.5",
    "/walk?way=backward&layer=pool1&of=input",
    "/walk?network=photos&way=backward&layer=conv4&of=weight&heat=cam",
    "/walk?network=photos&layer=softmax",
]


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_no_page_scrolls_sideways(width: int, page: Page, base_url: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for lang in ("en", "zh"):
        for scene in SCENES:
            page.goto(f"{base_url}/{lang}{scene}")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, (lang, scene, wide)
