"""A reader changes to the photographs, follows one through the long strip, and finds out how often it is right."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import Locator, Page, expect

HALF = 0.0005
WIDTHS = pytest.mark.parametrize("width", [375, 1280, 1920])


def open_at(page: Page, width: int, address: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def box(part: Locator) -> tuple[float, float]:
    """Where a part begins and ends, from the left."""
    found = part.bounding_box()
    assert found is not None
    return found["x"], found["x"] + found["width"]


@WIDTHS
@pytest.mark.parametrize("layer", ["input", "conv1", "conv4", "pool3", "dense", "softmax"])
def test_the_strip_scrolls_inside_its_card_and_shows_what_is_picked(
    page: Page, base_url: str, width: int, layer: str
) -> None:
    open_at(page, width, f"{base_url}/en/walk?network=photos&layer={layer}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    left, right = box(page.locator("#strip"))
    begin, end = box(page.locator(".station h2:has([aria-current])"))
    assert left <= begin
    assert begin + 40 <= end
    assert begin + 40 <= right
    if width > 1000:  # the answer stays in sight, and covers nothing of what is picked
        answer = box(page.locator(".station.answer"))
        assert answer[1] <= right + 1
        if layer != "softmax":
            assert begin + 80 <= answer[0]


@WIDTHS
def test_maps_stand_in_line_and_can_be_hit(page: Page, base_url: str, width: int) -> None:
    open_at(page, width, f"{base_url}/en/walk?network=photos")
    stations = page.locator(".station:has(.maps)")
    expect(stations).to_have_count(14)
    tops = {round(each.bounding_box()["y"]) for each in page.locator(".maps:not(.maps-colours)").all()}  # type: ignore[index]
    assert len(tops) == 1
    sides = page.locator(".maps .map").evaluate_all("maps => maps.map((map) => map.getBoundingClientRect().width)")
    assert len(sides) == 3 + 16 * 5 + 32 * 8
    assert min(sides) >= 24


def test_to_the_photographs_and_back_with_htmx(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=conv2")
    page.get_by_role("link", name="Photos").click()
    expect(page.locator(".photo img")).to_be_visible()
    expect(page).to_have_url(f"{base_url}/en/walk?network=photos")
    expect(page.locator("canvas")).to_have_count(0)
    page.locator("#sample-rocket").click()
    expect(page).to_have_url(re.compile(r"image=sample\.rocket"))
    page.get_by_role("link", name="Digits, average").click()
    expect(page).to_have_url(f"{base_url}/en/walk?network=digits-average")
    expect(page.locator("#sample-digit-8")).to_have_attribute("aria-current", "true")
    expect(page.locator("#draw-panel")).to_be_visible()


def test_a_photograph_from_its_pixels_to_a_sum_over_all_maps(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?network=photos&layer=input")
    page.locator(".maps-colours .map").nth(2).click()
    expect(page.locator("#microscope h2")).to_contain_text("blue")
    expect(page.locator("#arithmetic .total")).to_contain_text("this pixel's blue")
    page.goto(f"{base_url}/en/walk?network=photos&layer=conv4")
    groups = page.locator("#arithmetic details")
    expect(groups).to_have_count(32)
    parts = [number(text) for text in page.locator("#arithmetic .total [data-part]").all_inner_texts()]
    assert len(parts) == 33
    assert abs(math.fsum(parts) - number(page.locator("[data-result]").inner_text())) <= 34 * HALF
    expect(groups.nth(1).locator("table.grid").first).to_be_hidden()
    groups.nth(1).locator("summary").click()
    products = groups.nth(1).locator("table.grid").nth(2)
    expect(products).to_be_visible()
    shown = [number(text) for text in products.locator("td").all_inner_texts()]
    assert abs(math.fsum(shown) - number(groups.nth(1).locator("[data-sum]").inner_text())) <= 10 * HALF


def test_how_good_it_is_opens_from_the_answer(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?network=photos&layer=softmax")
    panel = page.locator("#record")
    expect(panel.locator("table")).to_be_hidden()
    page.locator(".how-good").click()
    expect(panel.locator("table")).to_be_visible()
    expect(panel.locator("tbody tr")).to_have_count(10)
    panel.locator(".verdicts a").first.click()
    expect(page).to_have_url(re.compile(r"image=sample\.astronaut.*layer=softmax"))


@pytest.mark.parametrize("stop", [1, 4, 13])
def test_the_tour_goes_through_the_photographs(page: Page, base_url: str, stop: int) -> None:
    page.goto(f"{base_url}/en/walk?network=photos&tour={stop}")
    heading = page.locator("#tour h2").inner_text()
    page.keyboard.press("Space")
    expect(page).to_have_url(f"{base_url}/en/walk?network=photos&tour={stop + 1}")
    expect(page.locator("#tour h2")).not_to_have_text(heading)
