"""Following a digit by pressing, from the picture to its probability, and adding up what the page says on the way."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Route, expect

HALF = 0.0005  # half a unit of the third decimal, which is what the page shows
NETWORKS = {"digits": "max", "digits-average": "average"}


def number(text: str) -> float:
    return float(text.strip().replace("\N{MINUS SIGN}", "-"))


def numbers(found: Locator) -> list[float]:
    return [number(text) for text in found.all_inner_texts()]


def close(sum_of_terms: float, shown: float, terms: int) -> bool:
    return abs(sum_of_terms - shown) <= HALF * (terms + 1) + 1e-9


def layer_forward(page: Page, expected: str) -> None:
    page.locator("[data-step=layer-forward]").click()
    expect(page.locator("#microscope h2")).to_contain_text(expected)
    expect(page).to_have_url(re.compile(f"layer={expected}"))


def pressable(page: Page) -> None:
    """Wait until htmx takes the presses: before, each loads a page, and the next key may come before its scripts."""
    expect(page.locator("[data-step=most]")).to_have_attribute("data-htmx-powered", "true")


def result(page: Page) -> float:
    return number(page.locator("[data-result]").inner_text())


def check_blocks(page: Page) -> None:
    """Every block's products are window times kernel and add up to its sum; the sums and the bias are the value."""
    for group in page.locator("details.group > summary").all()[1:]:  # the first is open already
        group.click()
    sums = numbers(page.locator("[data-sum]"))
    for block, shown in zip(page.locator("[data-block]").all(), sums, strict=True):
        reads, weights, products = (numbers(table.locator("td")) for table in block.locator("table.grid").all())
        for read, weight, product in zip(reads, weights, products, strict=True):
            assert abs(read * weight - product) <= HALF * (abs(read) + abs(weight) + 2)
        assert close(math.fsum(products), shown, len(products))
    parts = numbers(page.locator(".total [data-part]"))
    assert sorted(parts[:-1]) == sorted(sums)
    assert close(math.fsum(parts), result(page), len(parts))


def check_pool(page: Page, kind: str) -> None:
    window = numbers(page.locator(".block table.grid td"))
    terms = numbers(page.locator(".total [data-part]"))
    assert terms == window
    if kind == "max":
        assert max(window) == result(page)
        marked = page.locator(".block td.marked")
        expect(marked).to_have_count(1)
        assert number(marked.inner_text()) == result(page)
    else:
        assert abs(math.fsum(window) / len(window) - result(page)) <= 2 * HALF + 1e-9


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("network", NETWORKS)
def test_a_digit_from_picture_to_probability(page: Page, base_url: str, lang: str, network: str) -> None:
    page.goto(f"{base_url}/{lang}/walk")
    expect(page.locator("html")).to_have_attribute("lang", {"en": "en", "zh": "zh-Hans"}[lang])
    choice = page.locator(".pictures .segmented a").nth(list(NETWORKS).index(network))
    choice.click()
    expect(choice).to_have_attribute("aria-current", "true")
    page.locator(".sample").nth(3).click()
    expect(page).to_have_url(re.compile(r"image=sample\.digit-3"))

    page.locator(".station h2 a").first.click()
    expect(page.locator(".stages li").first).to_be_visible()
    assert result(page) == 1.0  # the most active pixel of a drawn digit

    layer_forward(page, "conv1")
    check_blocks(page)
    layer_forward(page, "relu1")
    assert max(0.0, number(page.locator(".sum[data-part]").inner_text())) == result(page)
    layer_forward(page, "pool1")
    check_pool(page, NETWORKS[network])
    layer_forward(page, "conv2")
    expect(page.locator("[data-block]")).to_have_count(8)
    check_blocks(page)
    layer_forward(page, "relu2")
    assert max(0.0, number(page.locator(".sum[data-part]").inner_text())) == result(page)
    layer_forward(page, "pool2")
    check_pool(page, NETWORKS[network])
    layer_forward(page, "dense")
    expect(page.locator("[data-block]")).to_have_count(16)
    check_blocks(page)
    layer_forward(page, "softmax")

    powers, total = numbers(page.locator("[data-power]")), number(page.locator("[data-total]").inner_text())
    assert len(powers) == 10
    assert close(math.fsum(powers), total, 10)
    power, divisor = numbers(page.locator(".total [data-part]"))
    assert abs(power / divisor - result(page)) <= 3 * HALF
    assert result(page) > 0.9
    expect(page.locator(".verdict strong")).to_have_text("3")


def test_exact_digits_re_add_to_a_millionth_of_a_millionth(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=conv2&precision=exact")
    parts = numbers(page.locator(".total [data-part]"))
    assert abs(math.fsum(parts) - result(page)) <= 1e-12
    for block, shown in zip(page.locator("[data-block]").all(), numbers(page.locator("[data-sum]")), strict=True):
        products = numbers(block.locator("table.grid").nth(2).locator("td"))
        assert abs(math.fsum(products) - shown) <= 1e-12


def test_steps_keys_and_back(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=pool2&cell=3.2.2")
    pressable(page)
    title = page.locator("#microscope h2")
    expect(title).to_contain_text("map 3, row 2, column 2")
    page.keyboard.press("ArrowRight")
    expect(title).to_contain_text("row 2, column 3")
    page.keyboard.press("ArrowLeft")
    expect(title).to_contain_text("row 2, column 2")
    page.keyboard.press("End")
    expect(title).to_contain_text("row 4, column 4")
    page.keyboard.press("ArrowRight")
    expect(title).to_contain_text("map 4, row 0, column 0")
    page.keyboard.press("]")
    expect(title).to_contain_text("dense")
    page.keyboard.press("[")
    expect(title).to_contain_text("pool2")
    page.go_back()
    expect(title).to_contain_text("dense")
    page.go_back()
    page.go_back()
    expect(title).to_contain_text("row 4, column 4")
    expect(page.locator("#status")).not_to_be_empty()


def test_a_cell_is_picked_by_pressing_and_by_arrow_keys(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk")
    page.locator("#cells-choice").click()
    page.locator(".whole button[value='5.3.7']").click()
    expect(page.locator("#microscope h2")).to_contain_text("map 5, row 3, column 7")
    expect(page).to_have_url(re.compile(r"/en/walk\?layer=conv1&cell=5\.3\.7&cells=on$"))
    stops = page.locator(".whole button:not([tabindex='-1'])")
    expect(stops).to_have_count(1)
    stops.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(".whole button[value='5.4.9']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#microscope h2")).to_contain_text("map 5, row 4, column 9")


def test_playing_goes_on_by_itself_and_stops(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=pool2&cell=0.0.0")
    page.locator("[data-speed]").select_option("250")
    page.locator("[data-step=play]").click()
    # It goes on four times a second and is looked at less often: the fourth cell, or any behind it.
    later = re.compile(r"map 0, row (0, column [34]|[1-4], column \d)|map [1-9]")
    expect(page.locator("#microscope h2")).to_contain_text(later)
    page.locator("[data-step=play]").click()
    expect(page.locator("#steps:not([data-playing])")).to_be_visible()
    expect(page).not_to_have_url(re.compile("play=on"))
    page.go_back()
    expect(page.locator("#microscope h2")).to_contain_text("row 0, column 0")
    expect(page.locator("#steps:not([data-playing])")).to_be_visible()


def test_the_language_link_keeps_the_scene_after_a_swap(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk")
    page.locator("[data-step=layer-forward]").click()
    expect(page).to_have_url(re.compile("layer=relu1"))
    page.locator("#languages a").click()
    expect(page).to_have_url(re.compile(r"/zh/walk\?layer=relu1"))


def test_drawing_a_digit_changes_the_answer(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk")
    page.locator("#draw-panel > summary").click()
    pad = page.locator("canvas[data-drawing=pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    page.mouse.move(*at(0.5, 0.15))
    page.mouse.down()
    for step in range(1, 15):
        page.mouse.move(*at(0.5, 0.15 + 0.05 * step))
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"image=drawn\.[\w-]+"))
    expect(page.locator(".verdict strong")).to_have_text("1")
    expect(page.locator("#draw-panel")).to_have_attribute("open", "")
    page.reload()
    expect(page.locator(".verdict strong")).to_have_text("1")


def test_an_uploaded_file_is_walked(page: Page, base_url: str) -> None:
    from io import BytesIO

    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(picture).line([(200, 40), (195, 150)], fill="navy", width=9)
    file = BytesIO()
    picture.save(file, "PNG")
    page.goto(f"{base_url}/zh/walk")
    page.locator("#upload-panel > summary").click()
    page.locator("input[data-picture=file]").set_input_files(
        {"name": "one.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page).to_have_url(re.compile(r"/zh/walk\?.*image=upload\."))
    expect(page.locator(".verdict strong")).to_have_text("1")
    page.locator(".station h2 a").first.click()
    expect(page.locator(".stages li")).not_to_have_count(1)


def test_everything_works_without_javascript(browser: Browser, base_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base_url}/en/walk")
    page.locator(".sample").nth(5).click()
    page.locator(".station").nth(4).locator("a.map").nth(2).click()
    expect(page.locator("#microscope h2")).to_contain_text("conv2 map 2")
    page.locator("#cells-choice").click()
    page.locator(".whole button[value='2.1.1']").click()
    expect(page).to_have_url(re.compile(r"/en/walk\?image=sample\.digit-5&layer=conv2&cell=2\.1\.1&cells=on$"))
    page.locator(".go-to input[name=cell]").fill("3.0.5")
    page.locator(".go-to button").click()
    expect(page.locator("#microscope h2")).to_contain_text("map 3, row 0, column 5")
    page.locator("[data-step=forward]").click()
    expect(page.locator("#microscope h2")).to_contain_text("map 3, row 0, column 6")
    expect(page.locator("[data-step=play]")).to_be_hidden()
    page.go_back()
    expect(page.locator("#microscope h2")).to_contain_text("map 3, row 0, column 5")
    context.close()


@pytest.mark.parametrize(
    "path",
    [
        *(f"walk?layer={layer}" for layer in ("input", "conv1", "relu1", "pool1", "conv2", "dense", "softmax")),
        "walk?image=sample.cat&layer=input&pixel=0.10.10",
        "walk?layer=conv2&precision=exact",
        "walk?tour=1",
        "walk?tour=8",
        "walk?cell=99.0.0",
        "walk?image=sample.nothing-of-this-name-is-here-and-it-is-long",
        "nowhere",
    ],
)
def test_no_page_is_wider_than_the_screen(context: BrowserContext, base_url: str, path: str) -> None:
    page = context.new_page()
    for lang in ("en", "zh"):
        page.goto(f"{base_url}/{lang}/{path}")
        for width in (1280, 768, 375, 320):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (lang, width)
        page.evaluate("document.querySelectorAll('details').forEach(panel => { panel.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, (lang, "unfolded")


def test_a_frame_dragged_on_the_picture_uses_only_that_part(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?image=sample.cat&layer=input")
    plate = page.locator("[data-crop]")
    plate.scroll_into_view_if_needed()
    box = plate.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"], steps=3)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"crop=\d+\.\d+\.\d+\.\d+"))
    found = re.search(r"crop=(\d+)\.(\d+)\.(\d+)\.(\d+)", page.url)
    assert found is not None
    for got, wanted in zip(map(int, found.groups()), (64, 64, 128, 64), strict=True):
        assert abs(got - wanted) <= 4
    expect(page.locator(".stages li").nth(1)).to_contain_text("the part that is used")


def test_the_tour_by_the_space_key_alone(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk")
    pressable(page)
    page.get_by_role("link", name="Take the tour").click()
    count = page.locator(".tour-count")
    headings = set()
    for stop in range(1, 26):
        expect(count).to_contain_text(f"stop {stop} of 25")
        expect(page).to_have_url(re.compile(rf"tour={stop}$"))
        headings.add(page.locator("#tour h2").inner_text())
        page.keyboard.press("Space")
    assert len(headings) == 25
    expect(count).to_contain_text("stop 25 of 25")
    page.go_back()
    expect(count).to_contain_text("stop 24 of 25")
    page.locator(".station").nth(1).locator("a.map").first.click()
    expect(page.locator("#tour h2")).to_have_text("You are looking around.")
    page.keyboard.press("Space")
    expect(page.locator("#tour h2")).not_to_have_text("You are looking around.")
    page.locator("[data-tour=leave]").click()
    expect(page.locator("#tour")).to_have_count(0)


def test_a_pixel_and_who_sees_it(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=conv1&cell=0.5.5")
    page.locator("#pixel a.button").click()
    expect(page.locator(".whole td.sees")).not_to_have_count(0)
    page.locator("#pixel button[value='0.10.10']").click()
    expect(page).to_have_url(re.compile(r"pixel=0\.10\.10"))
    expect(page.locator(".whole td.sees")).to_have_count(9)
    expect(page.locator("#pixel")).to_contain_text("9 cells of this map see it, 72 in all of conv1")
    page.locator("#pixel a.button").click()
    expect(page.locator(".whole td.sees")).to_have_count(0)


def test_pointing_at_a_product_marks_its_pixel_and_its_weight_and_back(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=conv1&cell=0.9.9")
    block = page.locator(".block").first
    block.locator("table.grid").nth(2).locator("td").nth(5).hover()
    expect(block.locator("td.pointed")).to_have_count(3)
    mark = block.locator("rect.pointer")
    expect(mark).to_have_attribute("x", "11")
    expect(mark).to_have_attribute("y", "10")
    frame = block.locator(".window rect").first.bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + frame["width"] * 0.17, frame["y"] + frame["height"] * 0.83)
    expect(block.locator("table.grid").nth(1).locator("td").nth(6)).to_contain_class("pointed")


def test_the_theme_is_chosen_and_kept(page: Page, base_url: str) -> None:
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(f"{base_url}/en/walk")
    page.locator("#theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_on_a_phone_the_cells_around_the_picked_one_are_large_enough_to_press(
    context: BrowserContext, base_url: str
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(f"{base_url}/en/walk?layer=conv1&cell=5.9.9")
    expect(page.locator(".cells.whole")).to_be_hidden()
    box = page.locator(".near button[value='5.10.10']").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    page.locator(".near button[value='5.10.10']").click()
    expect(page.locator("#microscope h2")).to_contain_text("map 5, row 10, column 10")


def test_one_scale_for_a_map_a_layer_or_all(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=conv1&cell=2.9.9")
    limits = []
    for scope in range(3):
        choice = page.locator(".scope .segmented a").nth(scope)
        choice.click()
        expect(choice).to_have_attribute("aria-current", "true")
        limits.append(number(page.locator(".legend.value > span").last.inner_text()))
    assert limits[0] < limits[1] < limits[2]


def test_the_newest_press_wins(page: Page, base_url: str) -> None:
    held: list[Route] = []
    page.goto(f"{base_url}/en/walk?cells=on")
    expect(page.locator("html")).to_contain_class("js")
    pressable(page)
    page.route("**/walk/change**", lambda route: held.append(route))
    page.locator(".station h2 a").nth(4).click()
    page.locator(".station h2 a").nth(3).click()
    page.locator(".whole button[value='5.3.3']").click()
    page.locator(".whole button[value='5.20.20']").click()
    for route in reversed(held):
        try:
            route.continue_()
        except Error:  # the browser has taken it back already
            continue
    expect(page.locator("#microscope h2")).to_contain_text("map 5, row 20, column 20")
    expect(page).to_have_url(re.compile(r"cell=5\.20\.20"))


@pytest.mark.console_errors
def test_a_press_that_does_not_get_through_says_so(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk")
    expect(page.locator("[data-step=forward]")).to_have_attribute("data-htmx-powered", "true")
    page.route("**/walk/change**", lambda route: route.abort())
    page.locator("[data-step=forward]").click()
    expect(page.locator("#trouble")).to_be_visible()
    page.unroute("**/walk/change**")
    page.locator("[data-step=forward]").click()
    expect(page.locator("#trouble")).to_be_hidden()
    page.route("**/walk/change**", lambda route: route.fulfill(status=503, body="busy"))
    page.locator("[data-step=forward]").click()
    expect(page.locator("#trouble")).to_be_visible()


def test_an_address_alone_starts_nothing_for_who_wants_things_still(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=pool2&cell=0.0.0&play=on")
    page.locator("[data-speed]").select_option("250")
    page.wait_for_timeout(900)
    expect(page.locator("#microscope h2")).to_contain_text("row 0, column 0")


def test_a_press_on_the_picture_of_a_map_picks_the_cell_under_it(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk")
    pressable(page)
    expect(page.locator(".cells.whole")).to_have_count(0)
    picture = page.locator(".near [data-picks]")
    box = picture.bounding_box()
    assert box is not None
    picture.click(position={"x": box["width"] * 5.5 / 26, "y": box["height"] * 20.5 / 26})
    expect(page.locator("#microscope h2")).to_contain_text("map 5, row 20, column 5")
    page.locator("#cells-choice").click()
    expect(page.locator(".whole button[aria-current]")).to_have_attribute("value", "5.20.5")
    page.locator("#step-forward").click()
    expect(page.locator(".whole button[aria-current]")).to_have_attribute("value", "5.20.6")
    expect(page.locator(".whole button:not([tabindex='-1'])")).to_have_count(1)


def test_a_press_fetches_what_it_changes(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk?layer=conv2&cell=3.4.4")
    pressable(page)
    with page.expect_response(re.compile("/walk/change")) as answer:
        page.locator("#step-forward").click()
    expect(page.locator("#microscope h2")).to_contain_text("map 3, row 4, column 5")
    text = answer.value.text()
    assert len(text) < 25_000
    assert re.findall(r'<hx-partial hx-target="#([\w-]+)"', text) == ["scene", "frames", "number", "near"]
    expect(page.locator(".map[aria-current]")).to_have_attribute("data-mark", "conv2.3")
    page.locator(".station").nth(4).locator("a.map").nth(5).click()
    expect(page.locator(".map[aria-current]")).to_have_attribute("data-mark", "conv2.5")
    page.go_back()
    expect(page.locator(".map[aria-current]")).to_have_attribute("data-mark", "conv2.3")
    expect(page.locator("#microscope h2")).to_contain_text("map 3, row 4, column 5")


def test_a_link_that_no_press_has_sent_again_has_its_full_address_all_the_same(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk")
    pressable(page)
    page.locator("#sample-digit-3").click()
    expect(page).to_have_url(re.compile(r"image=sample\.digit-3"))
    page.locator("#step-forward").click()
    expect(page).to_have_url(re.compile(r"cell="))
    here = page.url
    link = page.locator("#foot .segmented a").nth(2)
    link.hover()
    there = page.context.new_page()
    there.goto(link.evaluate("link => link.href"))
    assert there.url == f"{here}&precision=4"
