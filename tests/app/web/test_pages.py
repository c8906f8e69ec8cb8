"""Pages and fragments: one address, one answer; a fragment is part of its page; every link leads somewhere."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.scenes.walk_scene import Scene

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

SCENES = [
    "",
    "?layer=input",
    "?image=sample.cat&crop=10.20.100.120&layer=input",
    "?network=digits-average&layer=pool1&cell=3.4.5",
    "?image=drawn.AABBCCzz&layer=conv2&precision=exact",
    "?layer=conv2&pixel=0.9.9&scope=network",
    "?layer=relu2&cell=0.0.0&play=on",
    "?layer=dense&cell=9.0.0",
    "?layer=softmax",
    "?tour=4",
    "?target=3&against=8&heat=cam",
    "?image=sample.rocket&heat=occlusion&precision=5",
    "?way=backward&layer=conv1&heat=integrated",
    "?network=photos",
    "?network=photos&layer=input&cell=2.31.31",
    "?network=photos&image=sample.rocket&layer=conv4&pixel=1.0.0",
    "?network=photos&layer=dense&cell=3.0.0",
    "?network=photos&tour=1",
    "?way=backward&layer=loss",
    "?way=backward&layer=dense&of=bias&at=3",
    "?way=backward&of=weight&page=3&precision=exact",
    "?way=backward&layer=conv2&of=input&at=3.4.5&target=0",
    "?network=digits-average&way=backward&layer=pool2&of=input",
    "?network=photos&way=backward&layer=conv3&cell=1.2.3&of=weight",
    "?way=backward&layer=conv1&of=weight&check=0.001&scope=map",
    "?tour=20",
]
FRAGMENTS = ["view", "pictures", "strip", "microscope", "heat"]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("query", SCENES)
def test_a_fragment_is_a_part_of_its_page(client: FlaskClient, lang: str, query: str) -> None:
    page = client.get(f"/{lang}/walk{query}").text
    for fragment in FRAGMENTS:
        part = client.get(f"/{lang}/walk/{fragment}{query}")
        assert part.status_code == 200
        assert part.text.strip() in page
        assert not part.text.lstrip().startswith("<!doctype")
        assert f'id="{fragment}"' in part.text


@pytest.mark.parametrize("query", SCENES)
def test_the_same_address_gives_the_same_bytes_and_is_known_again(client: FlaskClient, query: str) -> None:
    for url in (f"/en/walk{query}", f"/en/walk/view{query}"):
        first, second = client.get(url), client.get(url)
        assert first.data == second.data
        assert first.headers["ETag"] == second.headers["ETag"]
        again = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_another_language_has_another_tag(client: FlaskClient) -> None:
    assert client.get("/en/walk").headers["ETag"] != client.get("/zh/walk").headers["ETag"]


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("?cell=5.3.7&layer=conv1", "?layer=conv1&cell=5.3.7"),
        ("?network=digits&image=sample.digit-8&cell=5.3.7&layer=conv1", "?layer=conv1&cell=5.3.7"),
        ("?precision=3", ""),
        ("?network=photos&image=sample.cat", "?network=photos"),
        ("?image=sample.cat&network=photos&layer=conv1", "?network=photos&layer=conv1"),
        ("?layer=relu1&layer=pool1", "?layer=relu1"),
        ("?way=forward&of=output&page=1&steps=0", ""),
        ("?at=3.0.0.1&of=weight&way=backward", "?way=backward&of=weight&at=3.0.0.1"),
        ("?target=3&way=backward&cell=1.0.0&layer=conv1", "?way=backward&layer=conv1&cell=1.0.0&target=3"),
    ],
)
def test_one_scene_has_one_address(client: FlaskClient, asked: str, canonical: str) -> None:
    answer = client.get(f"/en/walk{asked}")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/en/walk{canonical}"
    fragment = client.get(f"/en/walk/view{asked}")
    assert fragment.status_code == 200
    assert fragment.headers["HX-Push-Url"] == f"/en/walk{canonical}"


def test_unknown_parameters_are_ignored(client: FlaskClient) -> None:
    assert client.get("/en/walk?layer=relu1&utm_source=course").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("query", SCENES)
def test_every_link_leads_to_the_scene_that_it_names(client: FlaskClient, query: str) -> None:
    soup = BeautifulSoup(client.get(f"/en/walk{query}").text, "html.parser")
    links = [str(link["href"]) for link in soup.select("main a[href]:not([href^='#'])")]
    assert len(links) > 80
    assert all(soup.select_one(str(link["href"])) for link in soup.select("main a[href^='#']"))
    for url in links:
        path, found = urlsplit(url).path, urlsplit(url).query
        assert path == "/en/walk"
        scene = Scene.read(dict(parse_qsl(found, strict_parsing=bool(found))))
        assert scene.query() == (f"?{found}" if found else "")
    for url in sorted(set(links))[::9]:  # a ninth of them is asked for
        assert client.get(url).status_code == 200, url


def test_every_address_is_short(client: FlaskClient) -> None:
    drawing = "drawn." + ".".join(["AzBy" * 10] * 12)
    soup = BeautifulSoup(client.get(f"/en/walk?image={drawing}&layer=conv2").text, "html.parser")
    assert max(len(str(link["href"])) for link in soup.select("main a[href]")) < 2000


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?network=resnet", 404),
        ("?layer=conv9", 404),
        ("?image=sample.unicorn", 404),
        ("?image=upload.00000000000000000000000000000000", 410),
        ("?cell=1.2", 400),
        ("?image=drawn.!!", 400),
        ("?layer=conv1&cell=8.0.0", 422),
        ("?pixel=0.28.0", 422),
        ("?crop=0.0.99.99", 422),
        ("?tour=99", 422),
        ("?target=10", 422),
        ("?against=10&heat=cam", 422),
        ("?heat=warm", 400),
        ("?way=sideways", 400),
        ("?way=backward&of=weights", 400),
        ("?way=backward&at=1.2.3.4.5", 400),
        ("?way=backward&of=weight&page=two", 400),
        ("?way=backward&layer=relu1&of=weight", 422),
        ("?way=backward&layer=input&of=input", 422),
        ("?way=backward&layer=softmax&of=bias", 422),
        ("?way=backward&layer=conv2&of=weight&at=1.2", 422),
        ("?way=backward&layer=conv2&of=input&at=8.0.0", 422),
        ("?way=backward&layer=conv2&cell=16.0.0&of=input", 422),
        ("?way=backward&of=weight&page=58", 422),
        ("?way=backward&of=bias&page=0", 422),
        ("?way=backward&target=10", 422),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_cannot_be_shown_is_said_on_a_page_with_a_way_on(
    client: FlaskClient, lang: str, query: str, status: int
) -> None:
    page = client.get(f"/{lang}/walk{query}")
    assert page.status_code == status
    assert page.text.startswith("<!doctype html>")
    fragment = client.get(f"/{lang}/walk/view{query}")
    assert fragment.status_code == status
    for answer in (page, fragment):
        ways = BeautifulSoup(answer.text, "html.parser").select("#problem a[href]")
        assert ways
        for way in ways:
            url = str(way["href"])
            target = answer.request.path + url if url.startswith("?") else url
            assert client.get(target, follow_redirects=True).status_code == 200
            assert not urlsplit(target).path.endswith("/view")


VALUES = {
    "network": ["digits", "digits-average", "photos", "letters"],
    "way": ["forward", "backward", "sideways"],
    "layer": ["input", "conv1", "relu1", "pool1", "conv2", "pool3", "dense", "softmax", "loss"],
    "cell": ["0.0.0", "9.0.0", "7.25.25", "15.10.10", "99999.9.9", "0.0"],
    "of": ["output", "input", "weight", "bias", "gradient"],
    "at": ["0", "3.0.1.2", "9.399", "0.0.0", "7.12.12", "31.15.2.2", "99999", "0.0.0.0.0"],
    "target": ["0", "9", "10", "cat"],
    "steps": ["0", "1", "51"],
    "rate": ["0.01", "1", "0"],
    "check": ["0.001", "1", "2"],
    "page": ["1", "2", "57", "99"],
    "scope": ["map", "layer", "network"],
    "tour": ["1", "17", "25", "99"],
    "precision": ["2", "exact", "7"],
}
QUERIES = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()})


@given(args=QUERIES, fragment=st.sampled_from(["", *(f"/{name}" for name in FRAGMENTS)]))
@settings(max_examples=120)
def test_no_scene_is_the_servers_fault(app: Flask, args: dict[str, str], fragment: str) -> None:
    client = app.test_client()
    answer = client.get(f"/en/walk{fragment}", query_string=args, follow_redirects=True)
    assert answer.status_code in (200, 400, 404, 422), answer.request.url
    for _ in args:  # where several things are out of range, they are put right one after the other
        if answer.status_code == 422:
            way = BeautifulSoup(answer.text, "html.parser").select("#problem a.button[href]")[0]
            answer = client.get(urljoin(answer.request.url, str(way["href"])), follow_redirects=True)
            assert not answer.request.path.startswith("/en/walk/")
    assert answer.status_code != 422


def test_what_shows_an_upload_is_kept_by_no_browser(client: FlaskClient) -> None:
    file = io.BytesIO()
    Image.new("RGB", (30, 20), "white").save(file, "PNG")
    file.seek(0)
    image = client.post("/api/v1/images", data={"image": (file, "x.png")}).get_json()["image"]
    tag = client.get("/en/walk").headers["ETag"]
    paths = ["/en/walk", *(f"/en/walk/{fragment}" for fragment in FRAGMENTS), "/api/v1/forward", "/api/v1/activations"]
    for path in paths:
        answer = client.get(f"{path}?image={image}", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
        assert "ETag" not in answer.headers
        sample = client.get(path)
        assert (sample.headers["Cache-Control"], "ETag" in sample.headers) == ("no-cache", True)


@pytest.mark.parametrize("path", ["walk", "walk/view"])
@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("layer=conv2&cell=0.0.0&pixel=0.9.9&scope=map&precision=5", "?layer=conv2&pixel=0.9.9&scope=map&precision=5"),
        ("layer=conv2&tour=3", "?tour=3"),
    ],
)
def test_where_a_picture_is_gone_the_place_stays(client: FlaskClient, path: str, query: str, place: str) -> None:
    answer = client.get(f"/en/{path}?image=upload.{'0' * 32}&{query}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (410, "no-store")
    problem = BeautifulSoup(answer.text, "html.parser").select_one("#problem")
    assert problem is not None
    assert "deleted" in problem.text
    assert "two hours" in problem.text
    (way,) = problem.select("a.button:-soup-contains('sample picture')")
    assert way["href"] == f"/en/walk{place}"
    (form,) = problem.select("form[action='/en/images'][method=post][enctype='multipart/form-data']")
    fields = {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
    assert Scene.read(fields).query() == place
    assert form.select("input[type=file][name=image]")
