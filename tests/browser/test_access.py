"""Nobody is kept out: axe-core finds nothing on the pages, in both languages, at three widths, light and dark."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from scripts.fetch_axe import AXE

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
IN_COLOUR = ["color-contrast", "link-in-text-block"]  # all else is the same in the dark
LAYERS = ["input", "relu1", "pool1", "conv2", "dense", "softmax"]  # the walk begins with conv1, see below
STOPS = [1, 2, 8, 13, 16, 21, 24, 25]
# The cells of a grid are alike: ten stand for the hundreds, which would take all the time there is.
REST_OF_GRIDS = "[data-grid] :is(tr:nth-child(n+3), td:nth-child(n+6))"

RUN = """([rules, whole]) => axe
    .run({include: [["html"]], exclude: whole ? [] : [[REST]]}, {runOnly: rules, resultTypes: ["violations"]})
    .then((found) => found.violations.flatMap(({id, nodes}) => nodes.map(
        ({target, html, failureSummary}) => [id, target.join(" "), html, failureSummary].join("\\n  "))))
""".replace("REST", repr(REST_OF_GRIDS))

Look = Callable[..., list[str]]


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core, which is fetched like htmx."""
    if not AXE.is_there():
        missing = "no axe-core: install npm (Debian: apt-get install npm) and run `make test` online"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return AXE.target.read_text("utf-8")


@pytest.fixture(scope="module")
def still(browser: Browser) -> Iterator[Page]:
    """One page for all of these tests; they only look."""
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def look(axe: str, still: Page, base_url: str) -> Look:
    """Open an address, unless it is None: then the page that is open; answer what axe-core finds there."""

    def find(path: str | None, whole: bool = False, rules: dict[str, Any] | None = None) -> list[str]:
        if path is not None:
            still.goto(base_url + path)
            still.evaluate(axe)
        return list(still.evaluate(RUN, [rules or {"type": "tag", "values": TAGS}, whole]))

    return find


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer(look: Look, layer: str) -> None:
    assert look(f"/en/walk?layer={layer}") == []


@pytest.mark.parametrize("place", ["layer=input", "layer=conv4", "way=backward&layer=conv1"])
def test_the_walk_with_photographs(look: Look, still: Page, place: str) -> None:
    assert look(f"/en/walk?network=photos&{place}") == []
    still.evaluate("document.querySelectorAll('details').forEach((panel) => { panel.open = true; })")
    assert look(None) == []
    still.emulate_media(color_scheme="dark")
    try:
        assert look(None, rules={"type": "rule", "values": IN_COLOUR}) == []
    finally:
        still.emulate_media(color_scheme="light")


BACK = [
    "layer=conv1&of=weight&page=2",
    "layer=conv2&of=input&at=1.9.11",  # kernels that are folded, and some that say nothing
    "layer=pool1&of=input&at=1.18.22",  # a tie
    "layer=conv1&cell=2.9.9&of=weight&at=2.0.1.1",  # the loops, at a window
    "network=photos&layer=conv3&of=weight",
    "network=photos&layer=loss",
]


@pytest.mark.parametrize("place", BACK)
def test_the_way_back(look: Look, still: Page, place: str) -> None:
    address = f"/en/walk?way=backward&{place}"
    assert look(address) == []
    still.evaluate("document.querySelectorAll('details').forEach((panel) => { panel.open = true; })")
    still.emulate_media(color_scheme="dark")
    try:
        assert look(None, rules={"type": "rule", "values": IN_COLOUR}) == []
        still.set_viewport_size({"width": 375, "height": 800})
        assert look(None) == []
    finally:
        still.emulate_media(color_scheme="light")
        still.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("stop", STOPS)
def test_the_tour(look: Look, stop: int) -> None:
    assert look(f"/en/walk?tour={stop}") == []


@pytest.mark.parametrize("heat", ["cam", "integrated"])
def test_a_heatmap(look: Look, heat: str) -> None:
    assert look(f"/en/walk?against=3&heat={heat}") == []


@pytest.mark.parametrize("query", ["kernel=random.31", "then=relu~max.2.2&pixel=0.9.9", "kernel=learned.photos.3"])
def test_the_filter_explorer(look: Look, still: Page, query: str) -> None:
    assert look(f"/en/filters?{query}") == []
    still.evaluate("document.querySelectorAll('details').forEach((panel) => { panel.open = true; })")
    assert look(None) == []


@pytest.mark.parametrize("path", ["/en/nowhere", "/zh/walk?cell=99.0.0"])
def test_a_problem(look: Look, path: str) -> None:
    assert look(path) == []


def test_every_cell_of_a_grid_and_what_is_folded_away(look: Look, still: Page, base_url: str) -> None:
    assert look("/en/walk?layer=pool1&pixel=0.10.10&image=drawn.AABBCC") == []
    still.evaluate("document.querySelectorAll('details').forEach((panel) => { panel.open = true; })")
    assert look(None, whole=True) == []


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("path", ["/", "/walk", "/walk?tour=3", "/walk?heat=cam", "/filters"])
def test_both_languages_at_every_width_light_and_dark(look: Look, still: Page, lang: str, path: str) -> None:
    address: str | None = f"/{lang}{path}"
    try:
        for width in (375, 768, 1280):
            still.set_viewport_size({"width": width, "height": 800})
            assert look(address) == [], width
            address = None
            still.emulate_media(color_scheme="dark")
            assert look(None, rules={"type": "rule", "values": IN_COLOUR}) == [], (width, "dark")
            still.emulate_media(color_scheme="light")
    finally:
        still.set_viewport_size({"width": 1280, "height": 800})
        still.emulate_media(color_scheme="light")


@pytest.mark.parametrize("steps", [0, 3])
def test_checking_and_learning(look: Look, still: Page, steps: int) -> None:
    place = "way=backward&layer=conv1&of=weight&at=3.0.1.2"
    assert look(f"/en/walk?{place}&steps={steps}&optimizer=adam&check=0.1") == []
    still.evaluate("document.querySelectorAll('details').forEach((panel) => { panel.open = true; })")
    assert look(None, rules={"type": "rule", "values": IN_COLOUR}) == []
