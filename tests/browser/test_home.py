"""The miniature on the home page moves by itself, stops, waits and leads on; and it does none of that unasked."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from app.home.miniature import CELLS
from app.web.settings import HTMX_URL as CDN
from scripts.fetch_htmx import TARGET

HALF = 0.0005  # half a unit of the third decimal, which is what the page shows
PACE = 2_200  # milliseconds from cell to cell
PLACES = [f"map {c}, row {i}, column {j}" for c, i, j in CELLS]

# A message, because it comes while the clock stands still.
HTMX_IS_THERE = """async () => {
    const turn = () => new Promise((go) => {
        const {port1, port2} = new MessageChannel();
        port1.onmessage = go;
        port2.postMessage(0);
    });
    while (!window.htmx) await turn();
    htmx.process(document.body);
}"""


def number(text: str) -> float:
    return float(text.strip().replace("\N{MINUS SIGN}", "-"))


def numbers(found: Locator) -> list[float]:
    return [number(text) for text in found.all_inner_texts()]


@pytest.fixture
def moving(browser: Browser) -> Iterator[Page]:
    """A page of a reader who does not mind motion, and whose clock the test turns."""
    context = browser.new_context(reduced_motion="no-preference", viewport={"width": 1280, "height": 900})
    context.route(
        CDN,
        lambda route: route.fulfill(
            path=TARGET, content_type="text/javascript", headers={"Access-Control-Allow-Origin": "*"}
        ),
    )
    page = context.new_page()
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    yield page
    context.unroute_all(behavior="ignoreErrors")
    context.close()


def open_home(page: Page, base_url: str, path: str = "/en/") -> None:
    page.goto(base_url + path)
    page.evaluate(HTMX_IS_THERE)


def place(page: Page) -> Locator:
    return page.locator("#miniature [data-place]")


def test_it_goes_round_once_and_stops(moving: Page, base_url: str) -> None:
    open_home(moving, base_url)
    play = moving.locator("[data-play]")
    expect(play).to_have_accessible_name("Pause")
    expect(place(moving)).to_contain_text(PLACES[0])
    for following in (*PLACES[1:], PLACES[0]):
        moving.clock.run_for(PACE)
        expect(place(moving)).to_contain_text(following)
    expect(play).to_have_accessible_name("Play")
    moving.clock.run_for(3 * PACE)
    expect(place(moving)).to_contain_text(PLACES[0])
    expect(moving).to_have_url(f"{base_url}/en/")
    expect(moving.locator("#status")).to_be_empty()  # nobody is talked to who has not asked


def test_it_pauses_and_goes_on_for_a_whole_round(moving: Page, base_url: str) -> None:
    open_home(moving, base_url)
    moving.clock.run_for(PACE)
    expect(place(moving)).to_contain_text(PLACES[1])
    play = moving.locator("[data-play]")
    play.click()
    expect(play).to_have_accessible_name("Play")
    moving.clock.run_for(3 * PACE)
    expect(place(moving)).to_contain_text(PLACES[1])
    play.click()
    expect(place(moving)).to_contain_text(PLACES[2])  # at once: who presses wants to see something
    expect(play).to_have_accessible_name("Pause")
    expect(play).to_be_focused()
    for following in (*PLACES[3:], *PLACES[:2]):
        moving.clock.run_for(PACE)
        expect(place(moving)).to_contain_text(following)
    expect(play).to_have_accessible_name("Play")


def test_who_presses_next_takes_over(moving: Page, base_url: str) -> None:
    open_home(moving, base_url)
    following = moving.locator("[data-next]")
    following.focus()
    moving.keyboard.press("Enter")
    expect(place(moving)).to_contain_text(PLACES[1])
    expect(moving.locator("[data-play]")).to_have_accessible_name("Play")
    expect(following).to_be_focused()
    expect(moving.locator("#status")).to_have_text(re.compile(rf"conv1 · {PLACES[1]}: −\d\.\d{{3}}"))
    expect(moving).to_have_url(re.compile(r"/en/\?cell=6\.8\.12$"))
    moving.clock.run_for(3 * PACE)
    expect(place(moving)).to_contain_text(PLACES[1])


def test_it_waits_while_somebody_is_about_to_press(moving: Page, base_url: str) -> None:
    open_home(moving, base_url)
    moving.locator("#miniature .to").hover()
    moving.clock.run_for(3 * PACE)
    expect(place(moving)).to_contain_text(PLACES[0])
    moving.mouse.move(2, 2)
    moving.clock.run_for(PACE)
    expect(place(moving)).to_contain_text(PLACES[1])


def test_it_waits_while_nobody_can_see_it(moving: Page, base_url: str) -> None:
    hide = "hidden => Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden})"
    open_home(moving, base_url)
    moving.evaluate(hide, True)
    moving.clock.run_for(3 * PACE)
    expect(place(moving)).to_contain_text(PLACES[0])
    moving.evaluate(hide, False)
    moving.clock.run_for(PACE)
    expect(place(moving)).to_contain_text(PLACES[1])
    moving.set_viewport_size({"width": 375, "height": 300})
    moving.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    moving.clock.run_for(3 * PACE)
    expect(place(moving)).to_contain_text(PLACES[1])


def test_it_stops_where_the_server_is_gone(moving: Page, base_url: str) -> None:
    open_home(moving, base_url)
    moving.route("**/home/miniature*", lambda route: route.abort())
    moving.clock.run_for(PACE)
    expect(moving.locator("[data-play]")).to_have_accessible_name("Play")
    expect(place(moving)).to_contain_text(PLACES[0])


def test_nothing_moves_for_who_wants_things_still(page: Page, base_url: str) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(1_000)
    open_home(page, base_url)
    expect(page.locator("[data-play]")).to_be_hidden()
    page.clock.run_for(4 * PACE)
    expect(place(page)).to_contain_text(PLACES[0])
    page.locator("[data-next]").click()
    expect(place(page)).to_contain_text(PLACES[1])
    page.clock.run_for(4 * PACE)
    expect(place(page)).to_contain_text(PLACES[1])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_number_re_adds_as_shown(page: Page, base_url: str, lang: str) -> None:
    open_home(page, base_url, f"/{lang}/")
    before = ""
    for at in range(len(CELLS)):
        if at:
            page.locator("[data-next]").click()
            expect(place(page)).not_to_have_text(before)
        before = place(page).inner_text()
        window, kernel, products = (numbers(grid.locator("td")) for grid in page.locator("#miniature .grid").all())
        for x, w, p in zip(window, kernel, products, strict=True):
            assert abs(x * w - p) <= HALF * (abs(x) + abs(w) + 2)
        total, bias = numbers(page.locator("#miniature [data-part]"))
        result = number(page.locator("#miniature [data-result]").inner_text())
        assert abs(math.fsum(products) - total) <= HALF * 10
        assert abs(total + bias - result) <= HALF * 3


def test_its_parts_lead_into_the_walk_and_back_comes_home(page: Page, base_url: str) -> None:
    open_home(page, base_url)
    for cell in ("6.8.12", "6.13.10"):
        page.locator("[data-next]").click()
        expect(page).to_have_url(f"{base_url}/en/?cell={cell}")
    result = page.locator("#miniature [data-result]").inner_text()
    # The link covers its part: what is pressed is what lies under the pointer.
    for part in (page.locator("#miniature .to img"), page.locator("#miniature .grid").nth(2)):
        box = part.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
        expect(page).to_have_url(f"{base_url}/en/walk?layer=conv1&cell=6.13.10")
        expect(page.locator("#microscope [data-result]")).to_have_text(result)
        page.go_back()
        expect(place(page)).to_contain_text("row 13, column 10")


def test_the_language_link_keeps_the_cell(page: Page, base_url: str) -> None:
    open_home(page, base_url)
    page.locator("[data-next]").click()
    expect(page).to_have_url(re.compile("cell=6.8.12"))
    page.locator("#languages a").click()
    expect(page).to_have_url(f"{base_url}/zh/?cell=6.8.12")


def test_it_works_without_javascript(browser: Browser, base_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base_url}/en/")
    expect(page.locator("[data-play]")).to_be_hidden()
    page.locator("[data-next]").click()
    expect(page).to_have_url(f"{base_url}/en/?cell=6.8.12#miniature")
    expect(place(page)).to_contain_text(PLACES[1])
    page.locator("#miniature .sum-of a").click()
    expect(page.locator("#microscope h2")).to_contain_text(PLACES[1])
    page.go_back()
    page.locator(".ways-in a").nth(1).click()
    expect(page.locator("#tour")).to_be_visible()
    context.close()


def test_every_part_can_be_reached_by_keyboard_in_the_order_of_the_page(page: Page, base_url: str) -> None:
    open_home(page, base_url)
    page.locator(".ways-in a").first.focus()
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(page.locator(":focus").inner_text())
    assert reached == [
        "Take the tour",
        "Next cell",
        "the picture",
        "see it in the walk",
        "map 6 of conv1",
        "It says 8, with > 99.99%",
        "The walk",
    ]


@pytest.mark.parametrize("width", [320, 375, 768, 1024, 1280, 1920])
def test_the_home_page_is_not_wider_than_the_screen(context: BrowserContext, base_url: str, width: int) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    for lang in ("en", "zh"):
        for cell in ("", "?cell=6.8.12"):
            page.goto(f"{base_url}/{lang}/{cell}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            card = page.locator("#miniature").bounding_box()
            assert card is not None
            for part in page.locator("#miniature :is(.part, .term, .grid, .plate, .button)").all():
                box = part.bounding_box()
                assert box is None or (
                    box["x"] >= card["x"] and box["x"] + box["width"] <= card["x"] + card["width"]
                ), (lang, part.inner_text())


def test_nothing_jumps_from_cell_to_cell(context: BrowserContext, base_url: str) -> None:
    page = context.new_page()
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        heights = []
        for c, i, j in CELLS:
            page.goto(f"{base_url}/en/?cell={c}.{i}.{j}")
            box = page.locator("#miniature").bounding_box()
            assert box is not None
            heights.append(box["height"])
        assert all(one == other for one, other in pairwise(heights)), (width, heights)
