"""A reader draws, pastes or drops a picture, and the page that comes shows that picture's way through the network."""

from __future__ import annotations

import base64
import io
import re
from contextlib import suppress

import pytest
from PIL import Image
from playwright.sync_api import Error, Locator, Page, Route, expect

from app.pictures.reference import ImageRef, open_picture
from app.store.protocol import open_store

PAD = "canvas[data-drawing=pad]"
INK_ON_PAD = """pad => {
  const { data } = pad.getContext("2d").getImageData(0, 0, pad.width, pad.height);
  let inked = 0;
  for (let at = 3; at < data.length; at += 4) inked += data[at] > 127;
  return inked / (pad.width * pad.height);
}"""


@pytest.fixture
def pad(page: Page, base_url: str) -> Locator:
    page.goto(f"{base_url}/en/walk")
    expect(page.locator("a[data-step=forward]")).to_have_attribute("data-htmx-powered", "true")
    page.locator("#draw-panel > summary").click()
    return page.locator(PAD)


def draw(page: Page, pad: Locator, *points: tuple[float, float]) -> None:
    """Press at the first point, move through the others and let go; 0..1 is the pad."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def payload(page: Page) -> str:
    found = re.search(r"image=drawn\.([\w.-]*)", page.url)
    return found[1] if found else ""


def test_a_stroke_becomes_the_picture_of_the_scene(page: Page, pad: Locator) -> None:
    draw(page, pad, (0.55, 0.15), (0.5, 0.5), (0.45, 0.85))
    page.wait_for_url(re.compile(r"image=drawn\.\w{8,}"))
    expect(pad).to_have_attribute("data-strokes", payload(page))
    expect(page.locator("#strip .answer, [data-prediction]").first).to_be_attached()
    inked = pad.evaluate(INK_ON_PAD)
    drawn = open_picture(ImageRef("drawn", payload(page)), open_store("memory:"))
    on_server = sum(drawn.histogram()[:128]) / (drawn.width * drawn.height)
    assert inked == pytest.approx(on_server, rel=0.05), "the pad shows the picture that the server draws"


def test_a_drawing_is_there_again_after_a_reload_and_after_back(page: Page, pad: Locator) -> None:
    draw(page, pad, (0.3, 0.2), (0.7, 0.2))
    page.wait_for_url(re.compile("image=drawn"))
    first = payload(page)
    one = pad.evaluate(INK_ON_PAD)
    draw(page, pad, (0.7, 0.2), (0.4, 0.8))
    page.wait_for_url(re.compile(rf"image=drawn\.{first}\.\w+"))
    two = pad.evaluate(INK_ON_PAD)
    assert two > 1.5 * one > 0
    page.reload()
    expect(pad).to_have_attribute("data-strokes", payload(page))
    assert pad.evaluate(INK_ON_PAD) == pytest.approx(two)
    page.go_back()
    page.wait_for_url(re.compile(rf"image=drawn\.{first}(&|$)"))
    expect(pad).to_have_attribute("data-strokes", first)
    assert pad.evaluate(INK_ON_PAD) == pytest.approx(one)


def test_strokes_that_are_faster_than_the_server_are_all_kept(page: Page, pad: Locator) -> None:
    waiting: list[Route] = []
    page.route("**/walk/change?**", lambda route: waiting.append(route))
    for at in (0.2, 0.35, 0.5, 0.65, 0.8):
        draw(page, pad, (0.2, at), (0.8, at))
    page.unroute("**/walk/change?**")
    for route in waiting:
        with suppress(Error):  # The page has given up all requests but the last.
            route.continue_()
    page.wait_for_url(re.compile(r"image=drawn\.\w+(\.\w+){4}"))
    expect(pad).to_have_attribute("data-strokes", payload(page))
    assert pad.evaluate(INK_ON_PAD) > 0.25


def test_undo_takes_one_stroke_and_clear_all(page: Page, pad: Locator) -> None:
    draw(page, pad, (0.2, 0.3), (0.8, 0.3))
    page.wait_for_url(re.compile("image=drawn"))
    first = payload(page)
    draw(page, pad, (0.5, 0.5))
    page.wait_for_url(re.compile(rf"drawn\.{first}\.\w\w(&|$)"))
    page.locator("[data-drawing=undo]").click()
    page.wait_for_url(re.compile(rf"drawn\.{first}(&|$)"))
    page.locator("[data-drawing=clear]").click()
    page.wait_for_url(re.compile(r"drawn\.0(&|$)"))
    assert pad.evaluate(INK_ON_PAD) == 0


def test_the_pad_forgets_the_drawing_when_a_sample_is_chosen(page: Page, pad: Locator) -> None:
    draw(page, pad, (0.2, 0.3), (0.8, 0.3))
    page.wait_for_url(re.compile("image=drawn"))
    page.locator("a.sample[href*='digit-3']").first.click()
    page.wait_for_url(re.compile("sample.digit-3"))
    expect(pad).to_have_attribute("data-strokes", "")
    assert pad.evaluate(INK_ON_PAD) == 0


def test_a_long_scribble_still_fits_into_an_address(page: Page, pad: Locator) -> None:
    scribble = [((0.05, 0.95)[k % 2], 0.05 + 0.015 * k) for k in range(60)]
    draw(page, pad, *scribble)
    page.wait_for_url(re.compile("image=drawn"))
    expect(page.locator("#own-picture")).to_be_visible()  # it moves the pad, which is measured anew
    draw(page, pad, *((y, x) for x, y in scribble))
    page.wait_for_url(re.compile(r"drawn\.[\w-]+\.[\w-]+"))
    assert 200 < len(payload(page)) <= 1500


def picture_bytes() -> str:
    out = io.BytesIO()
    sheet = Image.new("L", (120, 160), 255)
    sheet.paste(0, (55, 40, 65, 120))
    sheet.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


BRING = """([kind, text]) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "one.png", { type: "image/png" }));
  const send = (type) => document.body.dispatchEvent(kind === "paste"
    ? new ClipboardEvent(type, { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
  if (kind === "paste") return send("paste");
  send("dragenter");
  const marked = document.documentElement.classList.contains("dragging");
  send("dragover");
  send("drop");
  return marked && !document.documentElement.classList.contains("dragging");
}"""


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_can_be_pasted_or_dropped_anywhere(page: Page, base_url: str, kind: str) -> None:
    page.goto(f"{base_url}/en/walk")
    expect(page.locator("a[data-step=forward]")).to_have_attribute("data-htmx-powered", "true")
    page.evaluate(BRING, [kind, picture_bytes()])
    page.wait_for_url(re.compile("image=upload"))


def test_a_dragged_file_is_announced(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk")
    expect(page.locator("a[data-step=forward]")).to_have_attribute("data-htmx-powered", "true")
    assert page.evaluate(BRING, ["drop", picture_bytes()]) is True
    page.wait_for_url(re.compile("image=upload"))


def test_choosing_a_file_sends_it(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/walk")
    expect(page.locator("a[data-step=forward]")).to_have_attribute("data-htmx-powered", "true")
    file = {"name": "one.png", "mimeType": "image/png", "buffer": base64.b64decode(picture_bytes())}
    page.locator("input[data-picture=file]").set_input_files(file)  # type: ignore[arg-type]
    page.wait_for_url(re.compile("image=upload"))
