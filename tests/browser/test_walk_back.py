"""Going back from the loss to the pixels by pressing, and adding up what the page says on the way."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from cnn_core import AveragePool, Conv, Dense, MaxPool, ReLU, load_network
from cnn_core.zoo import ZOO

HALF = 0.0005  # half a unit of the third decimal, which is what the page shows


def number(text: str) -> float:
    return float(text.strip().replace("\N{MINUS SIGN}", "-"))


def numbers(found: Locator) -> list[float]:
    return [number(text) for text in found.all_inner_texts()]


def close(sum_of_terms: float, shown: float, terms: int) -> bool:
    return abs(sum_of_terms - shown) <= HALF * (terms + 1) + 1e-9


def is_product(first: float, second: float, product: float) -> bool:
    return abs(first * second - product) <= HALF * (abs(first) + abs(second) + 2)


def result(page: Page) -> float:
    return number(page.locator("[data-result]").inner_text())


def parts(page: Page) -> list[float]:
    return numbers(page.locator("#arithmetic [data-part]"))


def check_returned(page: Page) -> None:
    """Every block's products are gradient times weight and add up to its sum; the sums are the gradient."""
    for group in page.locator("details.group").all():
        if group.get_attribute("open") is None:
            group.locator("summary").click()
    sums = numbers(page.locator("[data-sum]"))
    assert sums
    for block, shown in zip(page.locator("[data-block]").all(), sums, strict=True):
        errors, weights, products = (numbers(table.locator("td")) for table in block.locator("table.grid").all())
        assert all(map(is_product, errors, weights, products))
        assert close(math.fsum(products), shown, len(products))
    terms = numbers(page.locator(".total [data-part]"))
    assert close(math.fsum(terms), result(page), len(terms))
    assert sorted(terms)[-1] == max([*sums, 0.0] if len(terms) > len(sums) else sums)


def check_collected(page: Page) -> None:
    """Every term is what was met times the gradient, and all of them are the gradient, page after page."""
    wanted = result(page)
    while True:
        for row in page.locator(".terms tbody tr:not(.carried)").all():
            chips = numbers(row.locator(".chip"))
            assert len(chips) == 1 or is_product(*chips)
        terms = parts(page)
        assert close(math.fsum(terms), wanted, len(terms))
        following = page.locator(".segmented [aria-current] + a[href*='page=']")
        if not following.count() or "page=3" in page.url:
            return
        address = page.url
        following.click()
        expect(page).not_to_have_url(address)
        assert result(page) == wanted


def check_routed(page: Page, kind: str) -> None:
    for block in page.locator("[data-block]").all():
        window, received = (numbers(table.locator("td")) for table in block.locator("table.grid").all())
        arrives = number(block.locator(".sum").inner_text())
        assert close(math.fsum(received), arrives, len(received))
        if kind == "max":
            winner = number(block.locator("td.marked").inner_text())
            assert winner == max(window)
            assert received[window.index(winner)] == arrives
        else:
            assert all(abs(share - arrives / len(received)) <= 2 * HALF for share in received)
    assert close(math.fsum(parts(page)), result(page), 1)


def check_running(page: Page) -> None:
    tables = [numbers(table.locator("td")) for table in page.locator("#arithmetic table.grid").all()]
    before, added, after = tables[-3:]
    assert all(abs(a + b - c) <= 3 * HALF for a, b, c in zip(before, added, after, strict=True))
    if len(tables) == 4:
        error = number(page.locator("#arithmetic .sum").first.inner_text())
        assert all(is_product(factor, error, term) for factor, term in zip(tables[0], added, strict=True))


def layer_on(page: Page, name: str) -> None:
    page.locator("#layer-forward").click()
    expect(page.locator("#microscope h2")).to_contain_text(name)
    expect(page).to_have_url(re.compile(f"layer={name}"))


def ask(page: Page, of: str) -> None:
    page.locator(f"#of-{of}").click()
    expect(page.locator(f"#of-{of}")).to_have_attribute("aria-current", "true")


@pytest.mark.parametrize("network", ZOO)
def test_from_the_loss_to_the_pixels(page: Page, base_url: str, network: str) -> None:
    layers = load_network(network)
    page.goto(f"{base_url}/en/walk?network={network}&layer=softmax")
    page.locator("#way-backward").click()
    expect(page.locator("#microscope h2")).to_contain_text("loss")
    logarithm, shifted = parts(page)
    assert close(logarithm - shifted, result(page), 2)
    assert result(page) > 0

    layer_on(page, layers.names[-1])
    probability, answer = parts(page)
    assert answer == 1
    assert close(probability - answer, result(page), 2)

    kinds = dict(zip(layers.names, layers.layers, strict=True))
    ask(page, "input")
    for name in reversed(layers.names):
        layer = kinds[name]
        if name != layers.names[-1]:
            layer_on(page, name)
        if isinstance(layer, Dense):
            terms = parts(page)
            assert len(terms) == len(layers.classes)
            assert close(math.fsum(terms), result(page), len(terms))
            assert all(is_product(*numbers(row.locator(".chip"))) for row in page.locator(".terms tbody tr").all())
        elif isinstance(layer, MaxPool | AveragePool):
            check_routed(page, "max" if isinstance(layer, MaxPool) else "average")
        elif isinstance(layer, ReLU):
            error, slope = parts(page)
            assert slope in (0, 1)
            assert error * slope == result(page)
        else:
            check_returned(page)
    layer_on(page, "input")
    check_returned(page)


@pytest.mark.parametrize("network", ZOO)
def test_weights_and_biases_collect_their_gradients(page: Page, base_url: str, network: str) -> None:
    layers = load_network(network)
    kinds = zip(layers.names, layers.layers, strict=True)
    learning = [name for name, layer in kinds if isinstance(layer, Conv | Dense)]
    for name in (learning[0], learning[-2], learning[-1]):
        for of in ("weight", "bias"):
            page.goto(f"{base_url}/en/walk?network={network}&way=backward&layer={name}&of={of}")
            assert result(page) != 0
            check_collected(page)


@pytest.mark.parametrize("of", ["input", "weight", "bias"])
@pytest.mark.parametrize("network", ZOO)
def test_the_sums_grow_window_by_window(page: Page, base_url: str, network: str, of: str) -> None:
    layers = load_network(network)
    first = next(name for name, layer in zip(layers.names, layers.layers, strict=True) if isinstance(layer, Conv))
    page.goto(f"{base_url}/en/walk?network={network}&way=backward&layer={first}&of={of}")
    whole = result(page)
    page.locator("#to-loop").click()
    expect(page.locator(".position")).to_contain_text("window")
    begins = int(re.findall(r"window (\d+) of", page.locator(".position").inner_text())[0])
    assert begins == 1 or of == "input"  # for a cell they begin at the first window that read it
    expect(page.locator("#arithmetic td.asked")).to_have_count(3)
    for step in range(begins + 1, begins + 4):
        check_running(page)
        page.locator("#step-forward").click()
        expect(page.locator(".position")).to_contain_text(f"window {step} of")
    assert result(page) == whole
    page.locator("#from-loop").click()
    expect(page.locator("#to-loop")).to_be_visible()


def test_a_tie_is_named_and_its_rule_is_said(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?way=backward&layer=pool1&of=input&at=1.18.22")
    expect(page.locator(".remark")).to_contain_text("first in reading order")
    window = page.locator("[data-block] table.grid").first.locator("td")
    assert numbers(window).count(max(numbers(window))) > 1
    expect(page.locator("[data-block] td.marked")).to_have_text(window.nth(0).inner_text())


def test_turning_round_keeps_the_place(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=conv2&cell=3.4.5")
    page.locator("#way-backward").click()
    expect(page.locator("#microscope h2")).to_contain_text("gradient of map 3, row 4, column 5")
    expect(page.locator("#way-backward")).to_be_focused()
    page.locator("#target-4").click()
    expect(page).to_have_url(re.compile("target=4"))
    expect(page.locator("#target-4")).to_have_attribute("aria-current", "true")
    page.locator("#way-forward").click()
    expect(page.locator("#microscope h2")).to_contain_text("map 3, row 4, column 5")
    page.go_back()
    expect(page.locator("#microscope h2")).to_contain_text("gradient of map 3, row 4, column 5")


def test_the_way_back_works_without_javascript(context: BrowserContext, base_url: str) -> None:
    plain = context.browser.new_context(java_script_enabled=False)  # type: ignore[union-attr]
    page = plain.new_page()
    page.goto(f"{base_url}/zh/walk?way=backward&layer=conv1&of=weight")
    page.locator(".whole [data-grid] button").nth(4).click()
    assert "at=" in page.url
    page.locator("#of-bias").click()
    assert "of=bias" in page.url
    page.locator("#to-loop").click()
    check_running(page)
    page.locator("#step-forward").click()
    check_running(page)
    plain.close()
