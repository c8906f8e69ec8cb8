"""A picture goes in by a form or as JSON, belongs to whoever sent it, and goes away when they say so."""

from __future__ import annotations

import gc
import io
import re
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from app.passes.network_pass import ForwardPass
from app.passes.pass_cache import PassCache
from app.pictures import reference as images
from app.pictures.decode import decode_png
from app.scenes.walk_scene import Scene
from app.store.memory import MemoryStore
from app.store.protocol import Store
from app.web.services import service

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

OURS = {"Sec-Fetch-Site": "same-origin"}
MIB = 1024 * 1024


@pytest.fixture(scope="session")
def counting_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The site as it is for strangers: uploads are counted."""
    from app import create_app
    from app.web.settings import Settings

    environment = {"CONVSCOPE_STORE": "memory:", "CONVSCOPE_SECRET": "another secret, and also long enough"}
    return create_app(Settings.from_environ(environment, tmp_path_factory.mktemp("counting")))


@pytest.fixture
def counting(counting_app: Flask) -> Iterator[FlaskClient]:
    with counting_app.test_client() as client:
        yield client


def picture(seed: int = 0, size: tuple[int, int] = (30, 20)) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def png(seed: int = 0, size: tuple[int, int] = (30, 20)) -> bytes:
    out = io.BytesIO()
    picture(seed, size).save(out, "PNG")
    return out.getvalue()


def multipart(*parts: tuple[str, str | None, bytes]) -> dict[str, Any]:
    """Write a form as browsers do, from (name, file name or None, bytes); an empty file field has the file name ""."""
    body = b""
    for name, file, data in parts:
        label = f'form-data; name="{name}"' + ("" if file is None else f'; filename="{file}"')
        body += f"--line\r\nContent-Disposition: {label}\r\n\r\n".encode() + data + b"\r\n"
    return {"data": body + b"--line--\r\n", "content_type": "multipart/form-data; boundary=line"}


def post(client: FlaskClient, data: bytes, path: str = "/en/images", **fields: str) -> TestResponse:
    texts = [(name, None, value.encode()) for name, value in fields.items()]
    return client.post(path, headers=OURS, **multipart(*texts, ("image", "secret name.png", data)))


def post_json(client: FlaskClient, data: bytes, headers: dict[str, str] | None = None) -> TestResponse:
    return client.post("/api/v1/images", headers=headers or {}, **multipart(("image", "x.png", data)))


def name_of(response: TestResponse) -> str:
    found = re.search(r"image=(upload\.[0-9a-f]{32})", response.headers["Location"])
    assert found is not None
    return found[1]


def stored(app: Flask, image: str) -> Image.Image | None:
    data = service(Store, app).get(f"picture:{image.removeprefix('upload.')}")
    return None if data is None else decode_png(data)


# The form of the walk page ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_form_keeps_the_picture_and_leads_to_its_walk(app: Flask, client: FlaskClient, lang: str) -> None:
    response = post(client, png(1), f"/{lang}/images")
    assert response.status_code == 303
    assert response.headers["Location"] == f"/{lang}/walk?image={name_of(response)}"
    image = stored(app, name_of(response))
    assert image is not None
    np.testing.assert_array_equal(np.asarray(image), np.asarray(picture(1)))


OLD = {"image": "sample.cat", "crop": "1.2.3.4", "ink": "dark", "cell": "0.1.2", "play": "on"}
PLACE = {"network": "digits-average", "layer": "conv2", "pixel": "0.9.9", "scope": "map", "precision": "5"}


def test_the_place_stays_and_what_belonged_to_the_other_picture_goes(client: FlaskClient) -> None:
    response = post(client, png(1), **OLD, **PLACE)
    expected = f"?network=digits-average&image={name_of(response)}&layer=conv2&pixel=0.9.9&scope=map&precision=5"
    assert response.headers["Location"] == f"/en/walk{expected}"
    assert client.get(response.headers["Location"]).status_code == 200


def test_on_a_tour_the_stop_chooses_layer_and_cell_anew(client: FlaskClient) -> None:
    response = post(client, png(1), **OLD, tour="4", layer="conv1")
    assert response.headers["Location"] == f"/en/walk?image={name_of(response)}&tour=4"


def test_a_tour_that_has_fewer_stops_on_the_new_picture_goes_to_its_last(client: FlaskClient) -> None:
    response = post(client, png(1), tour="99")
    assert re.search(r"&tour=\d\d$", response.headers["Location"])
    assert client.get(response.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("field", "status"),
    [
        ({"network": "../etc"}, 400),
        ({"network": "resnet"}, 404),
        ({"layer": "conv9"}, 404),
        ({"cell": "1.2"}, 400),
        ({"image": "cat"}, 400),
    ],
)
def test_a_place_that_there_is_not_is_said_before_the_picture_is_stored(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, field: dict[str, str], status: int
) -> None:
    stored_keys: list[str] = []
    monkeypatch.setattr(MemoryStore, "put", lambda self, key, value, seconds: stored_keys.append(key))
    assert post(client, png(1), **field).status_code == status
    assert stored_keys == []


@pytest.mark.parametrize("query", ["?image=sample.cat&crop=whole&layer=conv2&cell=1.2.3&scope=map", "?tour=3", ""])
def test_the_forms_of_the_page_send_its_scene(client: FlaskClient, query: str) -> None:
    page = client.get(f"/en/walk{query}")
    asked, forms = dict(page.request.args), BeautifulSoup(page.text, "html.parser").select("form.upload")
    assert len(forms) == 2
    for form in forms:
        (field,) = form.select("input[type=hidden]")
        assert field["name"] == "from"
        sent = dict(parse_qsl(str(field["value"])))
        assert {"layer", "cell"} <= set(sent), "which the page has filled in where the address does not name them"
        assert asked.items() <= sent.items()
        assert set(sent) - set(asked) <= {"layer", "cell"}


def test_the_page_that_it_leads_to_is_there(client: FlaskClient) -> None:
    assert client.get(post(client, png(1)).headers["Location"]).status_code == 200


def test_the_first_upload_gives_a_cookie_that_no_script_and_no_other_site_sees(client: FlaskClient) -> None:
    cookie = post(client, png(1)).headers["Set-Cookie"]
    assert re.fullmatch(r"convscope_owner=[0-9a-f]{32}; HttpOnly; Path=/; SameSite=Strict", cookie)
    assert "Set-Cookie" not in post(client, png(2)).headers


def test_under_tls_the_cookie_travels_by_tls_alone(client: FlaskClient) -> None:
    form = multipart(("image", "x.png", png(1)))
    response = client.post("/en/images", headers=OURS, base_url="https://localhost", **form)
    assert "; Secure;" in response.headers["Set-Cookie"]


def test_a_cookie_that_was_not_given_out_in_this_form_is_replaced(client: FlaskClient) -> None:
    client.set_cookie("convscope_owner", "x" * 1_000)
    assert "Set-Cookie" in post(client, png(1)).headers


def test_the_same_picture_has_the_same_name_for_one_browser_and_another_for_another(app: Flask) -> None:
    with app.test_client() as one, app.test_client() as other:
        first = name_of(post(one, png(1)))
        assert name_of(post(one, png(1))) == first
        assert name_of(post(one, png(2))) != first
        assert name_of(post(other, png(1))) != first


def test_a_page_with_several_file_fields_sends_the_one_that_was_filled_in(app: Flask, client: FlaskClient) -> None:
    nothing, chosen = ("image", "", b""), ("image", "x.png", png(4))
    response = client.post("/en/images", headers=OURS, **multipart(nothing, chosen, nothing))
    image = stored(app, name_of(response))
    assert image is not None
    np.testing.assert_array_equal(np.asarray(image), np.asarray(picture(4)))


def test_its_browser_takes_a_picture_back(app: Flask, client: FlaskClient) -> None:
    image = name_of(post(client, png(1)))
    form = {**OLD, **PLACE, "image": image}
    response = client.post("/zh/images/delete", data=form, headers=OURS)
    place = "?network=digits-average&layer=conv2&pixel=0.9.9&scope=map&precision=5"
    assert (response.status_code, response.headers["Location"]) == (303, f"/zh/walk{place}")
    assert stored(app, image) is None


@pytest.mark.parametrize("field", [{"network": "resnet"}, {"layer": "conv9"}, {"cell": "x"}])
def test_a_picture_is_taken_back_from_wherever_that_is_asked(
    app: Flask, client: FlaskClient, field: dict[str, str]
) -> None:
    image = name_of(post(client, png(1)))
    response = client.post("/en/images/delete", data={"image": image, **field}, headers=OURS)
    assert (response.status_code, response.headers["Location"]) == (303, "/en/walk")
    assert stored(app, image) is None


def remembered(app: Flask, image: str) -> weakref.ref[ForwardPass]:
    """What the site remembers of a picture, without keeping it alive."""
    scene = Scene.read({"image": image})
    return weakref.ref(service(PassCache, app).forward(scene.network, scene.image, scene.crop, scene.ink))


@pytest.mark.parametrize("way", ["form", "api"])
def test_what_is_taken_back_leaves_the_memory_too(app: Flask, client: FlaskClient, way: str) -> None:
    if way == "form":
        image = name_of(post(client, png(1)))
        kept = remembered(app, image)
        gc.collect()
        assert kept() is not None
        client.post("/en/images/delete", data={"image": image}, headers=OURS)
    else:
        body = post_json(client, png(1)).get_json()
        kept = remembered(app, body["image"])
        client.delete(f"/api/v1/images/{body['image']}", headers={"X-Delete-Token": body["delete_token"]})
    gc.collect()
    assert kept() is None


def test_a_picture_is_unpacked_once_for_all_its_views(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[bytes] = []

    def count(data: bytes) -> Image.Image:
        unpacked.append(data)
        return decode_png(data)

    monkeypatch.setattr(images, "decode_png", count)
    image = name_of(post(client, png(11)))
    for url in ("/en/walk", "/en/walk/view", "/en/walk/strip", "/api/v1/forward", "/api/v1/trace"):
        assert client.get(f"{url}?image={image}").status_code == 200
    assert len(unpacked) == 1


def test_another_browser_does_not(app: Flask, client: FlaskClient) -> None:
    image = name_of(post(client, png(1)))
    with app.test_client() as stranger:
        answers = [stranger.post("/en/images/delete", data={"image": image}, headers=OURS)]
        post(stranger, png(2))
        answers.append(stranger.post("/en/images/delete", data={"image": image}, headers=OURS))
        # Of one that never was, the very same is said.
        answers.append(stranger.post("/en/images/delete", data={"image": f"upload.{'0' * 32}"}, headers=OURS))
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.text for answer in answers}) == 1
    assert stored(app, image) is not None


@pytest.mark.parametrize("image", ["", "upload.", "upload.../../x", "sample.digit-8", "upload." + "0" * 33])
def test_what_is_no_uploaded_picture_cannot_be_taken_back(client: FlaskClient, image: str) -> None:
    post(client, png(1))
    assert client.post("/en/images/delete", data={"image": image}, headers=OURS).status_code == 404


# JSON ---------------------------------------------------------------------------------------------------------------


def test_json_says_name_size_and_what_deletes_it(app: Flask, client: FlaskClient) -> None:
    response = post_json(client, png(1, (2048, 1024)))
    assert response.status_code == 201
    body = response.get_json()
    assert set(body) == {"image", "width", "height", "delete_token"}
    assert re.fullmatch(r"upload\.[0-9a-f]{32}", body["image"])
    assert (body["width"], body["height"]) == (1024, 512)
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    image = stored(app, body["image"])
    assert image is not None
    assert image.size == (1024, 512)


def test_the_token_deletes_it_once(app: Flask, client: FlaskClient) -> None:
    body = post_json(client, png(1)).get_json()
    other = post_json(client, png(1)).get_json()
    assert other["image"] != body["image"]
    address = f"/api/v1/images/{body['image']}"
    for headers in ({}, {"X-Delete-Token": other["delete_token"]}, {"X-Delete-Token": "x"}):
        refusal = client.delete(address, headers=headers)
        assert refusal.status_code == 404
        assert refusal.mimetype == "application/problem+json"
        assert refusal.get_json()["code"] == "picture-not-yours"
    assert stored(app, body["image"]) is not None
    mine = {"X-Delete-Token": body["delete_token"]}
    response = client.delete(address, headers=mine)
    assert (response.status_code, response.data) == (204, b"")
    assert stored(app, body["image"]) is None
    assert client.delete(address, headers=mine).status_code == 404


def test_a_program_that_keeps_its_token_owns_all_its_pictures(client: FlaskClient) -> None:
    first = post_json(client, png(1)).get_json()
    mine = {"X-Delete-Token": first["delete_token"]}
    second = post_json(client, png(2), mine).get_json()
    assert second["delete_token"] == first["delete_token"]
    assert post_json(client, png(1), mine).get_json()["image"] == first["image"]
    assert client.delete(f"/api/v1/images/{second['image']}", headers=mine).status_code == 204


def test_no_script_is_told_what_the_cookie_holds(client: FlaskClient) -> None:
    response = post(client, png(1))
    cookie = client.get_cookie("convscope_owner")
    assert cookie is not None
    body = post_json(client, png(1), OURS).get_json()
    assert body["delete_token"] != cookie.value
    assert body["image"] != name_of(response)
    own = {"X-Delete-Token": body["delete_token"], **OURS}
    assert client.delete(f"/api/v1/images/{body['image']}", headers=own).status_code == 204
    assert client.delete(f"/api/v1/images/{name_of(response)}", headers=own).status_code == 404


@pytest.mark.parametrize("name", ["upload.", "upload.x", "upload." + "0" * 32, "sample.digit-8", "upload.%2e%2e"])
def test_deleting_what_is_not_there_is_404(client: FlaskClient, name: str) -> None:
    headers = {"X-Delete-Token": "0" * 32}
    assert client.delete(f"/api/v1/images/{name}", headers=headers).status_code in (404, 405)


# Refusals -----------------------------------------------------------------------------------------------------------


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("L", (10_000, 6_000)).save(out, "JPEG")
    return out.getvalue()


ODD = {
    "zip": (b"PK\x03\x04" + bytes(100), 415, "not-a-picture", "PNG, JPEG, WebP, GIF"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "not-a-picture", "PNG, JPEG, WebP, GIF"),
    "empty": (b"", 422, "picture-empty", "empty"),
    "cut short": (png()[:100], 422, "picture-broken", "PNG"),
    "60 megapixels": (bomb(), 413, "picture-too-many-pixels", "50"),
    "too many bytes": (png() + bytes(10 * MIB), 413, "picture-too-many-bytes", "10"),
    "far too many bytes": (png() + bytes(12 * MIB), 413, "picture-too-many-bytes", "10"),
}


@pytest.mark.parametrize("kind", ODD)
def test_a_program_is_told_what_was_expected(client: FlaskClient, kind: str) -> None:
    data, status, code, words = ODD[kind]
    response = post_json(client, data)
    body = response.get_json()
    assert response.mimetype == "application/problem+json"
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert words in body["detail"]
    assert "%(" not in body["detail"]


@pytest.mark.parametrize("kind", ODD)
def test_a_reader_is_told_on_a_page(client: FlaskClient, kind: str) -> None:
    data, status, _, words = ODD[kind]
    response = post(client, data)
    assert response.status_code == status
    assert response.mimetype == "text/html"
    assert words in response.text
    assert "Set-Cookie" not in response.headers


FROM = "?image=sample.cat&crop=10.20.100.120&layer=conv2&cell=1.2.3&precision=5"


@pytest.mark.parametrize("kind", ODD)
def test_a_refused_picture_leaves_the_way_back_and_another_try(client: FlaskClient, kind: str) -> None:
    fields = dict(part.split("=") for part in FROM[1:].split("&"))
    form = multipart(
        *((name, None, value.encode()) for name, value in fields.items()), ("image", "secret name.png", ODD[kind][0])
    )
    # A form that is too large to be read says nothing of its scene, but the browser says where it was.
    headers = OURS | ({"Referer": f"http://localhost/en/walk{FROM}"} if kind == "far too many bytes" else {})
    page = BeautifulSoup(client.post("/en/images", headers=headers, **form).text, "html.parser")
    assert page.select(f"#problem a[href='/en/walk{FROM}']")
    again = page.select_one("#problem form")
    assert again is not None
    assert {str(field["name"]): str(field["value"]) for field in again.select("input[type=hidden]")} == fields
    assert again.select("input[type=file][name=image]")


@pytest.mark.parametrize("page", ["", "http://[", "http://localhost/en/", "http://localhost/en/walk?layer=conv9"])
def test_where_nobody_can_tell_the_way_back_the_walk_is_offered(client: FlaskClient, page: str) -> None:
    form = multipart(("image", "x.png", ODD["far too many bytes"][0]))
    problem = BeautifulSoup(client.post("/en/images", headers=OURS | {"Referer": page}, **form).text, "html.parser")
    assert [str(way["href"]) for way in problem.select("#problem a")] == ["/en/walk"]
    assert not problem.select("#problem form")


@pytest.mark.parametrize("path", ["/en/images", "/api/v1/images"])
def test_a_form_without_a_picture_is_told_what_was_expected(client: FlaskClient, path: str) -> None:
    answers = [
        client.post(path, headers=OURS),
        client.post(path, headers=OURS, **multipart(("picture", "x.png", png()))),
        client.post(path, headers=OURS, **multipart(("image", None, b"text"))),
        client.post(path, headers=OURS, data={"image": "text"}),
        client.post(path, data=png(), content_type="image/png", headers=OURS),
        client.post(path, data=b"no parts", content_type="multipart/form-data; boundary=x", headers=OURS),
        client.post(path, data=b"no boundary", content_type="multipart/form-data", headers=OURS),
        client.post(path, headers=OURS, **multipart(("image", "", b""))),
    ]
    assert [answer.status_code for answer in answers] == [400] * len(answers)
    assert all("field named image" in answer.text for answer in answers)


def test_a_form_of_many_parts_is_refused(client: FlaskClient) -> None:
    fields = {f"field{number}": "x" for number in range(19)}
    assert post(client, png(1), **fields).status_code == 303
    response = post(client, png(1), **fields, one_more="x")
    assert response.status_code == 413
    assert "at most 20 fields" in response.text


def test_a_page_of_another_site_uploads_and_deletes_nothing(app: Flask, client: FlaskClient) -> None:
    image = name_of(post(client, png(1)))
    foreign: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {},  # with the cookie of the upload above
    ]
    for headers in foreign:
        for path in ("/en/images", "/en/images/delete", "/api/v1/images"):
            response = client.post(path, data={"image": image}, headers=headers)
            assert response.status_code == 403
            assert "localhost" in response.text
        assert client.delete(f"/api/v1/images/{image}", headers=headers).status_code == 403
    assert stored(app, image) is not None
    assert (
        client.post("/en/images/delete", data={"image": image}, headers={"Origin": "http://localhost"}).status_code
        == 303
    )


def test_every_other_room_is_guarded_too(client: FlaskClient) -> None:
    assert client.post("/en/walk", headers={"Sec-Fetch-Site": "cross-site"}).status_code in (403, 405)
    assert client.get("/en/walk", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_the_sixty_first_picture_of_a_minute_has_to_wait(counting: FlaskClient) -> None:
    answers = [post(counting, png(1)) for _ in range(62)]
    # The first one was sent before the browser had its token, so it is counted for its address alone.
    assert [answer.status_code for answer in answers] == [303] * 61 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert "60" in answers[-1].text
    # Another browser behind the same address goes on.
    assert post_json(counting.application.test_client(), png(1)).status_code == 201


def test_nothing_of_the_file_but_its_pixels_is_kept(app: Flask, client: FlaskClient) -> None:
    words = b"tEXtAuthor\0Somebody"
    note = (len(words) - 4).to_bytes(4, "big") + words + zlib.crc32(words).to_bytes(4, "big")
    data = png(7)
    image = post_json(client, data[:33] + note + data[33:]).get_json()["image"]
    kept = service(Store, app).get(f"picture:{image.removeprefix('upload.')}")
    assert kept is not None
    assert b"Somebody" not in kept
    assert b"secret name" not in kept


def test_a_picture_survives_a_restart_and_can_still_be_deleted(tmp_path: Path) -> None:
    from app import create_app
    from app.web.settings import Settings

    environment = {
        "CONVSCOPE_STORE": f"sqlite:{tmp_path / 'store.db'}",
        "CONVSCOPE_SECRET": "the same secret before and after it",
    }
    apps = [create_app(Settings.from_environ(environment, tmp_path)) for _ in range(2)]
    body = post_json(apps[0].test_client(), png(1)).get_json()
    address, mine = f"/api/v1/images/{body['image']}", {"X-Delete-Token": body["delete_token"]}
    assert stored(apps[1], body["image"]) is not None
    assert apps[1].test_client().delete(address, headers=mine).status_code == 204
    assert stored(apps[0], body["image"]) is None
    for app in apps:
        service(Store, app).close()
