"""The way back, pressed: a step of learning and its undoing, and a gradient that is checked by hand."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

WEIGHT = "/en/walk?way=backward&layer=conv1&of=weight&at=3.0.1.2"


def number(text: str) -> float:
    return float(text.strip().replace("\N{MINUS SIGN}", "-"))


def read(page: Page, place: str) -> float:
    return number(page.locator(place).inner_text())


def test_learning_step_by_step_and_back(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}{WEIGHT}")
    panel = page.locator("#learn")
    expect(panel.locator(".update")).to_have_attribute("data-when", "next")
    shipped, before = read(page, "[data-shipped]"), read(page, "[data-before]")
    promised = panel.locator("[data-update] b").inner_text()

    panel.locator("[data-learn=forward]").click()
    expect(page).to_have_url(re.compile(r"[?&]steps=1(&|$)"))
    expect(panel.locator("[data-now]")).to_have_text(promised)
    assert read(page, "[data-after]") < before == read(page, "[data-before]")
    expect(panel.locator(".curve circle")).to_have_count(2)
    learned = page.locator("#strip .verdict").inner_text()

    panel.get_by_role("link", name="Adam").click()
    expect(page).to_have_url(re.compile(r"optimizer=adam"))
    panel.locator("[data-learn=forward]").click()
    expect(page).to_have_url(re.compile(r"steps=2&optimizer=adam$"))
    expect(panel.locator("[data-mean]")).to_be_visible()
    terms = [number(text) for text in re.findall("−?[0-9.]+(?:e−[0-9]+)?", panel.locator("[data-update]").inner_text())]
    value, rate, lift, divisor, result = terms
    assert abs(value - rate * lift / divisor - result) <= 0.0011

    panel.locator("#learn-rate").fill("0.5")
    panel.get_by_role("button", name="Set").click()
    expect(page).to_have_url(re.compile(r"rate=0\.5"))
    for undone in (r"steps=2&optimizer=adam$", r"steps=1&optimizer=adam$", r"steps=1$"):
        page.go_back()
        expect(page).to_have_url(re.compile(undone))
    expect(page.locator("#strip .verdict")).to_have_text(learned)
    page.locator("#learn-shipped").click()
    expect(panel.locator(".update")).to_have_attribute("data-when", "next")
    assert read(page, "[data-shipped]") == shipped


def test_a_gradient_is_checked_by_moving_its_number(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}{WEIGHT}")
    page.locator("#check-choice").click()
    expect(page).to_have_url(re.compile(r"check=0\.001"))
    panel = page.locator("#check")
    for h in ("0.01", "0.0001", "0.001"):
        panel.get_by_role("link", name=h, exact=True).click()
        expect(page).to_have_url(re.compile(rf"check={re.escape(h)}$"))
        up, down, quotient = (read(page, f"#check [data-{place}]") for place in ("up", "down", "quotient"))
        assert abs((up - down) / (2 * float(h)) - quotient) <= 0.0011
        assert abs(quotient - read(page, "#check [data-gradient]") - read(page, "#check [data-difference]")) <= 0.0016
    page.locator("#check-choice").click()
    expect(page).not_to_have_url(re.compile("check="))
    expect(page.locator("#check [data-quotient]")).to_have_count(0)
    expect(page.locator("#check-choice")).to_be_focused()


def test_both_work_without_javascript(context: BrowserContext, base_url: str) -> None:
    browser = context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{base_url}{WEIGHT}")
    page.locator("#learn [data-learn=forward]").click()
    expect(page).to_have_url(re.compile(r"steps=1$"))
    page.locator("#learn-rate").fill("0.25")
    page.locator("#learn").get_by_role("button", name="Set").click()
    expect(page).to_have_url(re.compile(r"steps=1&rate=0\.25$"))
    page.locator("#check-choice").click()
    expect(page.locator("#check [data-quotient]")).to_be_visible()
    plain.close()
