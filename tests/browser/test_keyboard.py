"""All of it by keyboard alone: the walk and the tour, with the focus always in sight and never lost by an exchange."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

FOCUSED = "document.activeElement"
STOPS = 400  # presses of Tab after which something cannot be reached

# What a sighted reader has of the focus: a frame around it, on the screen, with nothing lying over all of it.
IN_SIGHT = """(wanted) => {
    const at = document.activeElement;
    const {left, top, right, bottom} = at.getBoundingClientRect();
    const style = getComputedStyle(at);
    const frame = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const spots = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
    const seen = spots.some(([x, y]) => {
        const found = document.elementFromPoint(left + x * (right - left), top + y * (bottom - top));
        return found && (at.contains(found) || found.contains(at));
    });
    return {tag: at.tagName, text: at.textContent.trim().slice(0, 40), frame, seen, there: at.matches(wanted)};
}"""

Tab = Callable[..., None]


@pytest.fixture
def tab(page: Page) -> Tab:
    """Press Tab (or Shift and Tab) until the focus is on what is meant, and see it at every stop on the way."""

    def reach(selector: str, key: str = "Tab") -> None:
        for _ in range(STOPS):
            page.keyboard.press(key)
            stop = page.evaluate(IN_SIGHT, selector)
            if stop["tag"] == "BODY":  # past the end: once round
                continue
            assert stop["frame"], stop
            assert stop["seen"], stop
            if stop["there"]:
                return
        pytest.fail(f"{selector} cannot be reached with the Tab key")

    return reach


def focus_is_kept(page: Page) -> None:
    assert page.evaluate(f"{FOCUSED} !== document.body && {FOCUSED}.checkVisibility()")


def heading(page: Page, text: str) -> None:
    """Wait for the exchange, and look where it has left the reader."""
    expect(page.locator("#microscope h2")).to_contain_text(text)
    focus_is_kept(page)


def test_the_whole_walk(page: Page, base_url: str, tab: Tab) -> None:
    page.goto(f"{base_url}/en/walk")
    tab("#sample-digit-3")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"image=sample\.digit-3"))
    expect(page.locator("#sample-digit-3")).to_be_focused()
    expect(page.locator("#status")).to_contain_text("It says 3, with")

    tab(".station h2 a")
    page.keyboard.press("Enter")
    heading(page, "input")
    tab(".stages + * a, .fitting .segmented a:not([aria-current])")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("crop=whole"))
    focus_is_kept(page)
    page.keyboard.press("]")
    heading(page, "conv1")

    tab(".near [data-grid] button")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("cell="))
    focus_is_kept(page)
    tab("#go-to-cell")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("3.9.11")
    page.keyboard.press("Enter")
    heading(page, "map 3, row 9, column 11")
    expect(page.locator("#go-to-cell")).to_be_focused()
    expect(page.locator("#status")).to_have_text(re.compile(r"^conv1, map 3, row 9, column 11: −?\d\.\d{3}$"))

    tab("#layer-forward", "Shift+Tab")
    for layer in ("relu1", "pool1", "conv2", "relu2", "pool2", "dense", "softmax"):
        page.keyboard.press("Enter")
        heading(page, layer)
        if layer == "dense":
            tab(".group:not([open]) summary")
            page.keyboard.press("Space")
            expect(page.locator(".group[open]")).to_have_count(2)
            tab("#layer-forward", "Shift+Tab")
    tab(".ledger a:not([aria-current])")
    page.keyboard.press("Enter")
    heading(page, "softmax class 0")


def test_the_whole_way_back(page: Page, base_url: str, tab: Tab) -> None:
    page.goto(f"{base_url}/en/walk?layer=softmax")
    tab("#way-backward")
    page.keyboard.press("Enter")
    heading(page, "loss towards class 2")
    expect(page.locator("#way-backward")).to_be_focused()
    tab("#target-3")
    page.keyboard.press("Enter")
    heading(page, "loss towards class 3")
    expect(page.locator("#target-3")).to_be_focused()
    page.keyboard.press("]")
    heading(page, "dense gradient of the score of class 3")
    tab("#of-input")
    page.keyboard.press("Enter")
    heading(page, "dense gradient of its input")
    expect(page.locator("#of-input")).to_be_focused()
    for layer in ("pool2", "relu2", "conv2"):
        page.keyboard.press("]")
        heading(page, f"{layer} gradient of its input")
    tab(".group:not([open]) summary")
    page.keyboard.press("Space")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#arithmetic td.pointed").first).to_be_visible()
    tab("#of-weight", "Shift+Tab")
    page.keyboard.press("Enter")
    heading(page, "conv2 gradient of kernel")
    tab(".terms tbody a")
    page.keyboard.press("Enter")
    expect(page.locator(".position")).to_contain_text("window")
    focus_is_kept(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator("#status")).to_contain_text("conv2, gradient of kernel")
    tab("#from-loop")
    page.keyboard.press("Enter")
    expect(page.locator("#to-loop")).to_be_visible()
    focus_is_kept(page)
    tab(".whole [data-grid] button")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("at="))
    focus_is_kept(page)


def test_the_whole_tour(page: Page, base_url: str, tab: Tab) -> None:
    page.goto(f"{base_url}/en/walk")
    tab("#tour-start")
    page.keyboard.press("Enter")
    expect(page.locator("#tour h2")).to_be_focused()  # the way here is gone: this is what has come instead
    tab("#tour-on")
    for stop in range(2, 26):
        page.keyboard.press("Enter" if stop % 2 else "Space")
        expect(page.locator(".tour-count")).to_contain_text(f"stop {stop} of 25")
        focus_is_kept(page)
        expect(page.locator("#status")).to_contain_text(f"stop {stop} of 25")
        expect(page.locator("#status")).to_contain_text(page.locator("#tour h2").inner_text())
    tab("#tour-back")
    page.keyboard.press("Enter")
    expect(page.locator(".tour-count")).to_contain_text("stop 24 of 25")
    expect(page.locator("#tour-back")).to_be_focused()
    tab(".station a.map", "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#tour-on")).to_have_attribute("data-tour", "here")
    focus_is_kept(page)
    tab("#tour-leave")
    page.keyboard.press("Enter")
    expect(page.locator("#tour")).to_have_count(0)
    expect(page.locator("#microscope h2")).to_be_focused()


def test_a_control_that_leads_no_further_keeps_the_focus(page: Page, base_url: str, tab: Tab) -> None:
    page.goto(f"{base_url}/en/walk?layer=pool2&cell=15.2.2")
    tab("#step-last")
    page.keyboard.press("Enter")
    heading(page, "row 4, column 4")
    expect(page.locator("#step-last")).to_be_focused()
    expect(page.locator("#step-last")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("Enter")
    tab("#step-first", "Shift+Tab")
    page.keyboard.press("Enter")
    heading(page, "row 0, column 0")
    expect(page.locator("#step-first")).to_be_focused()
    expect(page.locator("#step-last")).to_have_attribute("href", re.compile("cell=15.4.4"))
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(f"{FOCUSED}.id") != "step-last"
    page.goto(f"{base_url}/en/walk?layer=conv1")
    tab("#layer-back")
    page.keyboard.press("Enter")
    expect(page.locator("#microscope h2")).to_contain_text("input")
    expect(page.locator("#microscope h2")).to_be_focused()  # there is no layer before


def test_back_does_not_lose_the_focus(page: Page, base_url: str, tab: Tab) -> None:
    page.goto(f"{base_url}/en/walk?layer=pool2&cell=3.2.2")
    tab("#step-forward")
    page.keyboard.press("Enter")
    heading(page, "row 2, column 3")
    page.go_back()
    heading(page, "row 2, column 2")
    expect(page.locator("#step-forward")).to_be_focused()


def test_a_panel_stays_open_around_the_focus(page: Page, base_url: str, tab: Tab) -> None:
    page.goto(f"{base_url}/en/walk")
    tab("#more-panel > summary")
    page.keyboard.press("Enter")
    tab("#sample-cat")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("image=sample.cat"))
    expect(page.locator("#sample-cat")).to_be_focused()
    expect(page.locator("#sample-cat")).to_be_visible()


@pytest.mark.parametrize(("width", "form"), [(1280, ".whole"), (375, ".near .cells")])
def test_a_grid_is_one_stop_with_arrows_inside(page: Page, base_url: str, width: int, form: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{base_url}/en/walk?layer=pool2&cell=3.0.0")
    grid = page.locator(f"{form} [data-grid]")
    expect(grid).to_have_accessible_name(re.compile("cells"))
    stops = grid.locator("button:not([tabindex='-1'])")
    expect(stops).to_have_count(1)
    stops.focus()
    end = 4 if form == ".whole" else 2  # near an edge, only some of the cells around the picked one are on the map
    for key, row, column in (
        ("ArrowUp", 0, 0),
        ("ArrowLeft", 0, 0),
        ("ArrowRight", 0, 1),
        ("ArrowDown", 1, 1),
        ("End", 1, end),
        ("ArrowRight", 1, end),
        ("Home", 1, 0),
        ("Control+End", end, end),
        ("ArrowDown", end, end),
        ("Control+Home", 0, 0),
    ):
        page.keyboard.press(key)
        cell = grid.locator(f"button[value='3.{row}.{column}']")
        expect(cell).to_be_focused()
        expect(cell).to_have_accessible_name(re.compile(rf"^row {row}, column {column}: [−\d.]+$"))
        expect(stops).to_have_count(1)
    page.keyboard.press("Tab")
    assert not page.evaluate(f"{FOCUSED}.matches('{form} *')")
    page.keyboard.press("Shift+Tab")
    expect(grid.locator("button[value='3.0.0']")).to_be_focused()


@pytest.mark.parametrize("path", ["/en/", "/zh/walk", "/en/walk?tour=2"])
def test_the_skip_link(page: Page, base_url: str, path: str) -> None:
    page.goto(base_url + path)
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate(f"document.getElementById('main').contains({FOCUSED})")


@pytest.mark.parametrize(("path", "width"), [("/en/", 1280), ("/zh/", 375), ("/zh/walk?layer=conv2", 320)])
def test_every_stop_is_in_sight(page: Page, base_url: str, tab: Tab, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(base_url + path)
    page.keyboard.press("Tab")
    tab(".skip")  # all the way round


def test_the_line_that_is_read_aloud(page: Page, base_url: str) -> None:
    status = page.locator("#status")
    for lang, said in (
        ("en", r"^conv1, map 3, row 9, column 11: −?\d\.\d{3}$"),
        ("zh", r"^conv1，特征图 3，行 9，列 11：−?\d\.\d{3}$"),
    ):
        page.goto(f"{base_url}/{lang}/walk?layer=conv1&cell=3.9.10")
        expect(status).to_be_empty()
        page.keyboard.press("ArrowRight")
        expect(status).to_have_text(re.compile(said))
        value = page.locator("[data-result]").inner_text()
        expect(status).to_contain_text(value)
        expect(page).to_have_title("conv1 · Convscope")
    page.keyboard.press("]")
    expect(status).to_have_text(re.compile("^relu1，"))
    expect(page).to_have_title("relu1 · Convscope")
    # Nothing but that one line speaks by itself.
    assert page.locator("output, [aria-live], [role=status], [role=alert], [role=log] >> visible=true").count() == 1


def test_playing_is_not_read_aloud(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=pool2&cell=0.0.0")
    page.locator("[data-speed]").select_option("250")
    page.locator("[data-step=play]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#microscope h2")).to_contain_text("row 0, column 2")
    expect(page.locator("#status")).to_be_empty()
    expect(page.locator("#step-play")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_have_text(re.compile(r"^pool2, map 0, row 0, column \d: "))


def test_the_keys_can_be_switched_off(page: Page, base_url: str) -> None:
    title = page.locator("#microscope h2")
    page.goto(f"{base_url}/en/walk?layer=pool2&cell=3.2.2")
    page.locator("#shortcuts").focus()
    page.keyboard.press("Space")
    page.locator("#microscope h2").focus()
    page.keyboard.press("]")
    page.locator("#step-forward").press("Enter")
    expect(title).to_contain_text("pool2 map 3, row 2, column 3")
    page.reload()
    expect(page.locator("#shortcuts")).not_to_be_checked()
    page.keyboard.press("ArrowRight")
    page.locator("#shortcuts").check()
    page.locator("#microscope h2").focus()
    page.keyboard.press("ArrowRight")
    expect(title).to_contain_text("pool2 map 3, row 2, column 4")


def test_a_product_and_what_it_was_made_from(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=conv2&cell=0.4.4")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    marked = page.locator("[data-block] td.pointed")
    expect(marked).to_have_count(3)
    read, weight, product = marked.all_inner_texts()
    expect(page.locator("#status")).to_have_text(f"{read} × {weight} = {product}")
    expect(page.locator("[data-block='0'] table.grid").nth(2).locator("tr").nth(1).locator("td").nth(1)).to_have_class(
        re.compile("pointed")
    )
    for _ in range(2):
        page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("[data-block='1'] td.pointed")).to_have_count(3)
    expect(page.locator("#microscope h2")).to_contain_text("row 4, column 4")
