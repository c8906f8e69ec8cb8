"""Pages and fragments: one address, one answer; a fragment is part of its page; every link leads somewhere."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.scene import read_scene

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
]
FRAGMENTS = ["view", "pictures", "strip", "microscope"]


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
        ("?layer=relu1&layer=pool1", "?layer=relu1"),
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


@pytest.mark.parametrize("query", SCENES)
def test_every_link_leads_to_the_scene_that_it_names(client: FlaskClient, query: str) -> None:
    soup = BeautifulSoup(client.get(f"/en/walk{query}").text, "html.parser")
    links = [str(link["href"]) for link in soup.select("main a[href]")]
    assert len(links) > 80
    for url in links:
        path, found = urlsplit(url).path, urlsplit(url).query
        assert path == "/en/walk"
        scene = read_scene(dict(parse_qsl(found, strict_parsing=bool(found))))
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
            target = f"/{lang}/walk{url}" if url.startswith("?") else url
            assert client.get(target, follow_redirects=True).status_code == 200
            assert not urlsplit(url).path.endswith("/view")
