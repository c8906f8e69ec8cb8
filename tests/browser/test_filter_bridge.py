"""From the filter explorer into a network and back again, as a reader does it."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_a_kernel_goes_into_the_network_and_out_again(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/filters?kernel=negated".replace("negated", "laplacian"))
    page.get_by_role("link", name="Digits, max, in place of kernel 3").click()
    expect(page).to_have_url(re.compile(r"/en/walk\?patch=3\.laplacian&cell=3\.13\.13$"))
    card = page.locator("#patch")
    expect(card).to_contain_text("Laplacian stands in the place of kernel 3 of conv1.")
    page.locator("#patch-back").click()
    expect(card).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/en/walk\?(?!.*patch)"))
    page.go_back()
    expect(card).to_be_visible()
    page.locator("#patch-filters").click()
    expect(page.locator("#kernel h2")).to_contain_text("Laplacian")
