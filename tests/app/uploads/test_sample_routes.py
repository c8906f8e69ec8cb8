"""The thumbnails of the samples: small, cached by browsers, and refused by name."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from app.pictures.samples import open_sample
from app.render.colours import thumbnail

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient


@pytest.mark.parametrize(("name", "size"), [("digit-8", (28, 28)), ("cat", (96, 96))])
def test_a_thumbnail_shows_its_sample_at_96_pixels_or_fewer(
    name: str, size: tuple[int, int], client: FlaskClient
) -> None:
    answer = client.get(f"/samples/{name}.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    with Image.open(io.BytesIO(answer.data)) as image:
        assert (image.size, image.mode) == (size, "RGB")
        assert np.array_equal(np.asarray(image), np.asarray(thumbnail(open_sample(name).convert("RGB"))))


def test_browsers_keep_it_for_a_day_and_then_ask_whether_it_changed(client: FlaskClient) -> None:
    answer = client.get("/samples/cat.png")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    again = client.get("/samples/cat.png", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_unknown_sample_is_404(client: FlaskClient) -> None:
    assert client.get("/samples/dog.png").status_code == 404


def test_templates_address_it_under_any_prefix(app: Flask) -> None:
    with app.test_request_context("/en/", environ_overrides={"SCRIPT_NAME": "/cnn"}):
        make = app.jinja_env.globals["sample_url"]
        assert make("cat") == "/cnn/samples/cat.png"  # type: ignore[operator]
        assert make("digit-8") == "/cnn/samples/digit-8.png"  # type: ignore[operator]
