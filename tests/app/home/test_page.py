"""The home page: previews and links of the rooms, canonical addresses, caching, and problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup, Tag

from app.home.miniature import walk_scene
from app.home.page import home
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from cnn_core import load_network

if TYPE_CHECKING:
    from flask.testing import FlaskClient

CACHE = PassCache({"digits": load_network("digits")}, open_store("memory:"))


def parse(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def one(found: BeautifulSoup | Tag, selector: str) -> Tag:
    (tag,) = found.select(selector)
    return tag


def test_the_doors_show_every_map_of_the_layer_and_the_way_through_all_of_them() -> None:
    page = home(resolve(walk_scene(Scene()), CACHE))
    assert len(page.maps) == 8
    assert [plate.width for plate in page.way] == [28, 26, 26, 13, 11, 11, 5]
    assert page.miniature.ahead == 6
    assert len(page.errors) == 8
    assert any(plate.least != plate.most for plate in page.errors)


def test_the_door_to_the_tour_says_how_many_stops_there_are(client: FlaskClient) -> None:
    count = one(parse(client.get("/en/walk?tour=1").text), "#tour .tour-count").text
    stops = count.strip().rpartition(" ")[2]
    assert one(parse(client.get("/en/").text), ".door:nth-child(2) p").text.startswith(f"{stops} stops")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_home_page_says_what_this_is_and_leads_in(lang: str, client: FlaskClient) -> None:
    answer = client.get(f"/{lang}/")
    assert answer.status_code == 200
    page = parse(answer.text)
    assert len(page.select("main h1")) == 1
    assert [link["href"] for link in page.select(".ways-in a")] == [f"/{lang}/walk", f"/{lang}/walk?tour=1"]
    assert [link["href"] for link in page.select(".door a")] == [
        f"/{lang}/walk",
        f"/{lang}/walk?tour=1",
        f"/{lang}/walk?way=backward",
        f"/{lang}/walk?network=photos",
        f"/{lang}/filters",
    ]
    assert one(page, ".wordmark")["aria-current"] == "page"
    assert not page.select(".rooms [aria-current]")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_link_of_the_home_page_leads_nowhere(lang: str, client: FlaskClient) -> None:
    links = {str(link["href"]) for link in parse(client.get(f"/{lang}/").text).select("main a[href]")}
    assert len(links) >= 6
    for link in links:
        assert client.get(link).status_code == 200, link


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/en/?cell=6.8.9", "/en/"),
        ("/en/?layer=relu1&cell=6.13.10", "/en/?cell=6.13.10"),
        ("/zh/?image=sample.digit-3", "/zh/"),
    ],
)
def test_one_scene_has_one_address(asked: str, canonical: str, client: FlaskClient) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.headers["Location"]) == (302, canonical)


def test_unknown_names_are_ignored(client: FlaskClient) -> None:
    assert client.get("/en/?utm_source=x").status_code == 200


@pytest.mark.parametrize("path", ["/en/", "/zh/?cell=6.13.10", "/en/home/miniature"])
def test_the_same_address_is_answered_once(path: str, client: FlaskClient) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path).data == first.data


@pytest.mark.parametrize("path", ["/en/?cell=9.0.0", "/en/home/miniature?cell=9.0.0"])
def test_a_cell_that_is_not_there_leads_to_the_nearest(path: str, client: FlaskClient) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    nearest = str(one(parse(answer.text), ".problem-onward .primary")["href"])
    there = client.get("/en/" + nearest if nearest.startswith("?") else nearest, follow_redirects=True)
    assert there.status_code == 200
    assert "7.0.0" in there.request.url


def test_a_cell_that_cannot_be_read_is_said_so(client: FlaskClient) -> None:
    assert client.get("/en/?cell=all").status_code == 400
