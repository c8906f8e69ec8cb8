"""Every room answers alike: canonical addresses, 304, no cache for uploads, and a way out of problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.scenes.filter_scene import FilterScene
from app.scenes.walk_scene import Scene
from app.web.respond import answer, way_out
from app.web.rooms import room_of

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

UPLOAD = ImageRef("upload", "0" * 32)


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/en/walk?cell=0.1.1&layer=conv1", "/en/walk?layer=conv1&cell=0.1.1"),
        ("/zh/filters?stride=2&kernel=box", "/zh/filters?kernel=box&stride=2"),
        ("/en/filters?do=add-relu", "/en/filters?then=relu"),
    ],
)
def test_a_page_leads_to_its_one_address(asked: str, canonical: str, client: FlaskClient) -> None:
    response = client.get(asked)
    assert (response.status_code, response.headers["Location"]) == (302, canonical)


def test_a_view_is_not_redirected_but_names_the_address(client: FlaskClient) -> None:
    response = client.get("/en/walk/view?cell=0.1.1&layer=conv1")
    assert (response.status_code, response.headers["HX-Push-Url"]) == (200, "/en/walk?layer=conv1&cell=0.1.1")


def test_what_the_browser_has_is_not_made_again(app: Flask) -> None:
    made: list[int] = []

    def make() -> str:
        made.append(1)
        return "answer"

    with app.test_request_context("/en/walk"):
        first = answer(make, Scene(), "one part", id(made))
    with app.test_request_context("/en/walk", headers={"If-None-Match": first.headers["ETag"]}):
        assert answer(make, Scene(), "one part", id(made)).status_code == 304
    with app.test_request_context("/en/walk", headers={"If-None-Match": first.headers["ETag"]}):
        assert answer(make, Scene(), "another part", id(made)).status_code == 200
    assert len(made) == 2


def test_an_upload_is_kept_by_no_browser(app: Flask) -> None:
    with app.test_request_context("/en/walk"):
        response = answer(lambda: "answer", Scene(image=UPLOAD))
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in response.headers


def test_a_way_out_is_an_address_of_the_room(app: Flask) -> None:
    with app.test_request_context("/en/walk"):
        app.preprocess_request()
        with pytest.raises(Refusal) as refused, way_out(room_of(Scene())):
            raise Refusal(422, "steps-out-of-range", got=99, last=50, nearest=Scene(steps=50))
        assert refused.value.values["nearest"] == "/en/walk?steps=50"
        with pytest.raises(Refusal) as refused, way_out(room_of(FilterScene())):
            raise Refusal(422, "filter-stride-out-of-range", nearest=FilterScene(stride=8))
        assert refused.value.values["nearest"] == "/en/filters?stride=8"


def test_a_forgotten_picture_is_exchanged_at_the_same_place(app: Flask) -> None:
    scene = Scene(image=UPLOAD, layer="conv2", crop="whole")
    with app.test_request_context("/en/walk"):
        with pytest.raises(Refusal) as refused, way_out(room_of(scene), scene=scene):
            raise Refusal(410, "picture-forgotten")
        assert refused.value.values["place"] == Scene(layer="conv2")
