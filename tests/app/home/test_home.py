"""The home page: one sentence, the doors that are there, and a miniature whose every number is the walk's own."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from app.home.miniature import ROUND, Miniature, home, in_the_walk, miniature, on_the_round
from app.passes.pass_cache import Walker
from app.passes.resolve import walk
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from cnn_core import Cell, load_network

if TYPE_CHECKING:
    from flask.testing import FlaskClient

HALF = 0.0005  # half a unit of the third decimal, which is what the page shows
WALKER = Walker({"digits": load_network("digits")}, open_store("memory:"))


def look(cell: Cell | None) -> Miniature:
    return miniature(walk(in_the_walk(Scene(cell=cell)), WALKER))


def value(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def parse(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def one(found: BeautifulSoup | Tag, selector: str) -> Tag:
    (tag,) = found.select(selector)
    return tag


@pytest.mark.parametrize("cell", ROUND)
def test_every_number_re_adds_as_shown(cell: Cell) -> None:
    mini = look(cell)
    products = []
    for read, weight, product in zip(mini.block.read, mini.block.weights, mini.block.products, strict=True):
        for x, w, p in zip(read, weight, product, strict=True):
            slack = HALF * (1 + abs(value(x.text)) + abs(value(w.text)) + HALF)
            assert value(x.text) * value(w.text) == pytest.approx(value(p.text), abs=slack + 1e-12)
            products.append(value(p.text))
    assert len(products) == mini.terms == 9
    assert math.fsum(products) == pytest.approx(value(mini.block.total.text), abs=HALF * 10 + 1e-12)
    total = value(mini.block.total.text) + value(mini.bias.text)
    assert total == pytest.approx(value(mini.value.text), abs=HALF * 3 + 1e-12)


@pytest.mark.parametrize("cell", ROUND)
def test_the_numbers_are_those_of_the_network(cell: Cell) -> None:
    mini = look(cell)
    found = walk(Scene(layer="conv1", cell=cell), WALKER)
    assert abs(value(mini.value.text) - float(found.outputs["conv1"][cell])) <= HALF
    assert mini.map.box == (cell[2], cell[1], 1, 1)
    assert mini.block.plate.box == (cell[2], cell[1], 3, 3)
    assert mini.prediction.name == "8"
    assert math.fsum(chance.bar for chance in mini.classes) == pytest.approx(100, abs=0.1)
    assert mini.scene == Scene(layer="conv1", cell=cell)


def test_the_round_visits_each_of_its_cells_once_and_comes_back() -> None:
    seen, scene = [], Scene()
    for _ in ROUND:
        mini = look(scene.cell)
        seen.append(mini.cell)
        assert (mini.number, mini.total) == (len(seen), len(ROUND))
        scene = mini.next
    assert tuple(seen) == ROUND
    assert len(set(seen)) == len(ROUND) >= 10
    assert scene == Scene()


def test_the_round_shows_both_signs_and_bare_paper() -> None:
    signs = [look(cell).sign for cell in ROUND]
    assert signs.count("positive") >= 3
    assert signs.count("negative") >= 3
    assert signs.count("bare") == 1
    bare = look(ROUND[signs.index("bare")])
    assert bare.value.text == bare.bias.text != "0"


def test_a_cell_beside_the_round_leads_back_to_its_beginning() -> None:
    mini = look((0, 3, 4))
    assert mini.number == 0
    assert mini.next == Scene()


def test_the_doors_show_every_map_of_the_layer_and_the_way_through_all_of_them() -> None:
    page = home(walk(in_the_walk(Scene()), WALKER))
    assert len(page.maps) == 8
    assert [plate.width for plate in page.way] == [28, 26, 26, 13, 11, 11, 5]
    assert page.miniature.ahead == 6
    assert len(page.errors) == 8
    assert any(plate.least != plate.most for plate in page.errors)


def test_the_door_to_the_tour_says_how_many_stops_there_are(client: FlaskClient) -> None:
    count = one(parse(client.get("/en/walk?tour=1").text), "#tour .tour-count").text
    stops = count.strip().rpartition(" ")[2]
    assert one(parse(client.get("/en/").text), ".door:nth-child(2) p").text.startswith(f"{stops} stops")


def test_the_scene_of_the_home_page_is_a_cell_and_nothing_else() -> None:
    asked = Scene(network="digits-average", layer="relu1", cell=(1, 2, 3), precision="6")
    assert on_the_round(asked) == Scene(cell=(1, 2, 3))
    assert on_the_round(Scene(cell=ROUND[0])) == Scene()


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


@pytest.mark.parametrize("query", ["", "?cell=6.13.10", "?cell=0.3.4"])
def test_the_fragment_lies_inside_the_page(query: str, client: FlaskClient) -> None:
    page, fragment = client.get(f"/en/{query}").text, client.get(f"/en/home/miniature{query}")
    assert fragment.text in page
    assert fragment.headers["HX-Replace-Url"] == f"/en/{query}"


def test_its_parts_lead_to_exactly_that_scene_of_the_walk(client: FlaskClient) -> None:
    mini = parse(client.get("/en/home/miniature?cell=6.13.10").text)
    for part in (".sum-of a", ".to a"):
        parts = urlsplit(str(one(mini, part)["href"]))
        assert parts.path == "/en/walk"
        assert Scene.read(dict(parse_qsl(parts.query))) == Scene(layer="conv1", cell=(6, 13, 10))
        microscope = parse(client.get("/en/walk/microscope?" + parts.query).text)
        assert one(microscope, "[data-result]").text == one(mini, "[data-result]").text
    assert str(one(mini, ".answer a")["href"]).endswith("layer=softmax&cell=8.0.0")


def test_the_next_link_works_as_a_page_and_as_a_fragment(client: FlaskClient) -> None:
    following = one(parse(client.get("/en/").text), "[data-next]")
    assert following["href"] == "/en/?cell=6.8.12#miniature"
    assert following["hx-get"] == "/en/home/miniature?cell=6.8.12"
    last = ".".join(map(str, ROUND[-1]))
    assert one(parse(client.get(f"/en/?cell={last}").text), "[data-next]")["href"] == "/en/#miniature"


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
