"""A microscope on paper: all of the arithmetic, nothing cut off, and nothing to press."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

PAPER = 700  # pixels: A4 within its margins

PARTS = ".block, .block table.grid, .total, .result, .formula math, .ledger, .code li"
CUT_OFF = """paper => [...document.querySelectorAll("PARTS")]
    .filter((part) => {
        const {left, right, width} = part.getBoundingClientRect();
        return !part.checkVisibility() || !width || left < 0 || right > paper;
    })
    .map((part) => part.className + part.textContent.trim().slice(0, 40))""".replace("PARTS", PARTS)


@pytest.mark.parametrize("layer", ["input", "conv1", "conv2", "pool1", "relu1", "dense", "softmax"])
def test_a_clean_page(page: Page, base_url: str, layer: str) -> None:
    page.emulate_media(color_scheme="dark")  # paper is white all the same
    page.goto(f"{base_url}/en/walk?layer={layer}")
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.emulate_media(media="print")
    expect(page.locator("[data-result]")).to_be_visible()
    assert page.evaluate(CUT_OFF, PAPER) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PAPER
    for pressed in ("a.button", "input", "select", ".segmented a", ".masthead", "#strip", "#pictures"):
        for control in page.locator(f"{pressed} >> visible=true").all():
            pytest.fail(f"there is nothing to press on paper: {control.inner_text()}")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('#microscope h2')).color") == "rgb(28, 30, 34)"


def test_every_group_of_a_long_sum_is_unfolded(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=dense")
    tables = page.locator(".group table.grid")
    expect(tables).to_have_count(3 * 16)
    expect(page.locator(".group table.grid >> visible=true")).to_have_count(3)
    page.emulate_media(media="print")
    expect(page.locator(".group table.grid >> visible=true")).to_have_count(3 * 16)
