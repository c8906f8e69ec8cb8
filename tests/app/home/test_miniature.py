"""The miniature: its numbers are the walk's and re-add as shown; its cycle of cells; its links."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from app.home.miniature import CELLS, Miniature, miniature, miniature_scene, walk_scene
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from cnn_core import Cell, load_network

if TYPE_CHECKING:
    from flask.testing import FlaskClient

HALF = 0.0005  # half a unit of the third decimal, which is what the page shows
CACHE = PassCache({"digits": load_network("digits")}, open_store("memory:"))


def look(cell: Cell | None) -> Miniature:
    return miniature(resolve(walk_scene(Scene(cell=cell)), CACHE))


def value(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def parse(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def one(found: BeautifulSoup | Tag, selector: str) -> Tag:
    (tag,) = found.select(selector)
    return tag


@pytest.mark.parametrize("cell", CELLS)
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


@pytest.mark.parametrize("cell", CELLS)
def test_the_numbers_are_those_of_the_network(cell: Cell) -> None:
    mini = look(cell)
    found = resolve(Scene(layer="conv1", cell=cell), CACHE)
    assert abs(value(mini.value.text) - float(found.outputs["conv1"][cell])) <= HALF
    assert mini.map.box == (cell[2], cell[1], 1, 1)
    assert mini.block.plate.box == (cell[2], cell[1], 3, 3)
    assert mini.prediction.name == "8"
    assert math.fsum(chance.bar for chance in mini.classes) == pytest.approx(100, abs=0.1)
    assert mini.scene == Scene(layer="conv1", cell=cell)


def test_the_round_visits_each_of_its_cells_once_and_comes_back() -> None:
    seen, scene = [], Scene()
    for _ in CELLS:
        mini = look(scene.cell)
        seen.append(mini.cell)
        assert (mini.number, mini.total) == (len(seen), len(CELLS))
        scene = mini.next
    assert tuple(seen) == CELLS
    assert len(set(seen)) == len(CELLS) >= 10
    assert scene == Scene()


def test_the_round_shows_both_signs_and_bare_paper() -> None:
    signs = [look(cell).sign for cell in CELLS]
    assert signs.count("positive") >= 3
    assert signs.count("negative") >= 3
    assert signs.count("bare") == 1
    bare = look(CELLS[signs.index("bare")])
    assert bare.value.text == bare.bias.text != "0"


def test_a_cell_beside_the_round_leads_back_to_its_beginning() -> None:
    mini = look((0, 3, 4))
    assert mini.number == 0
    assert mini.next == Scene()


def test_the_scene_of_the_home_page_is_a_cell_and_nothing_else() -> None:
    asked = Scene(network="digits-average", layer="relu1", cell=(1, 2, 3), precision="6")
    assert miniature_scene(asked) == Scene(cell=(1, 2, 3))
    assert miniature_scene(Scene(cell=CELLS[0])) == Scene()


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
    last = ".".join(map(str, CELLS[-1]))
    assert one(parse(client.get(f"/en/?cell={last}").text), "[data-next]")["href"] == "/en/#miniature"
