"""A still from the camera: live where a browser allows it, and a plain file field without script or permission."""

from __future__ import annotations

import io
import re

from PIL import Image
from playwright.sync_api import Browser, Page, expect

UPLOADED = re.compile(r"/en/filters\?image=upload\.[0-9a-f]{32}&kernel=emboss")
# A camera that sees one colour: a headless browser has none of its own.
A_CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const sheet = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const pen = sheet.getContext("2d");
  setInterval(() => { pen.fillStyle = "rgb(200, 40, 40)"; pen.fillRect(0, 0, 64, 48); }, 30);
  return sheet.captureStream(30);
};
"""


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(file, "PNG")
    return file.getvalue()


def test_without_script_the_camera_is_a_file_field(browser: Browser, base_url: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base_url}/en/filters?kernel=emboss")
    page.locator("#upload-panel summary").click()
    form = page.locator("#camera")
    expect(form.locator("[data-camera=stage]")).to_be_hidden()
    field = form.locator("input[type=file]")
    expect(field).to_have_attribute("capture", "environment")
    field.set_input_files({"name": "still.png", "mimeType": "image/png", "buffer": picture()})
    form.get_by_role("button", name="Use this photo").click()
    expect(page).to_have_url(UPLOADED)
    context.close()


def test_a_camera_that_cannot_be_opened_is_said(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/en/filters")
    page.locator("#upload-panel summary").click()
    page.get_by_role("button", name="Live preview").click()
    expect(page.locator("[data-camera=denied]")).to_be_visible()


def test_a_still_is_sent_only_when_it_is_used(page: Page, base_url: str) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.add_init_script(A_CAMERA)
    page.goto(f"{base_url}/en/filters?kernel=emboss")
    page.locator("#upload-panel summary").click()
    page.get_by_role("button", name="Live preview").click()
    expect(page.locator("[data-camera=video]")).to_be_visible()
    page.get_by_role("button", name="Take a still").click()
    expect(page.locator("[data-camera=still]")).to_be_visible()
    page.get_by_role("button", name="Again").click()
    page.get_by_role("button", name="Take a still").click()
    expect(page.locator("[data-camera=still]")).to_be_visible()
    assert sent == []
    page.get_by_role("button", name="Use this still").click()
    expect(page).to_have_url(UPLOADED)
    assert len(sent) == 1
