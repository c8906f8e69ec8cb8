"""The panel of heatmaps by keyboard: it opens, a method is chosen, the slider fades it, and nobody is lost."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def opacity(page: Page) -> float:
    return float(page.locator("#heat .heat-map").evaluate("map => getComputedStyle(map).opacity"))


def test_a_method_is_chosen_and_the_map_faded_by_keyboard(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?image=sample.digit-4")
    door = page.locator("#heat-door")
    door.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#heat h2")).to_have_text("Which pixels mattered to 4?")
    expect(door).to_have_text("Close the heatmap")
    expect(door).to_be_focused()
    expect(page).to_have_url(re.compile("heat=cam"))

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#heat-gradient-input")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#heat-gradient-input")).to_have_attribute("aria-current", "true")
    expect(page.locator("#heat-gradient-input")).to_be_focused()
    expect(page.locator("#status")).to_contain_text("its value times its slope")
    expect(page).to_have_url(re.compile("heat=gradient-input"))

    slider = page.get_by_label("strength of the heatmap")
    assert opacity(page) == 0.75
    slider.focus()
    page.keyboard.press("Home")
    assert opacity(page) == 0
    page.keyboard.press("ArrowRight")
    assert opacity(page) == 0.05
    expect(page).to_have_url(re.compile("heat=gradient-input"))  # the arrow moved the slider and not the cell

    page.locator("#heat-occlusion").press("Enter")
    expect(page.locator("#heat-occlusion")).to_have_attribute("aria-current", "true")
    expect(slider).to_have_value("5")
    assert opacity(page) == 0.05
    door.press("Enter")
    expect(page.locator("#heat h2")).to_have_count(0)
    page.go_back()
    expect(page.locator("#heat-occlusion")).to_have_attribute("aria-current", "true")


def test_without_script_the_panel_is_where_its_link_leads(page: Page, base_url: str) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{base_url}/en/walk")
    plain.locator("#heat-door").click()
    expect(plain).to_have_url(re.compile(r"heat=cam#heat$"))
    expect(plain.locator("#heat h2")).to_be_in_viewport()
    expect(plain.locator("#heat-opacity")).to_be_hidden()
    context.close()
