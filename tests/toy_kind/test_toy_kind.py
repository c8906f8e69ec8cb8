"""A new kind of layer needs a file in cnn_core/layers, one in loops, one in app/explain and a template, and no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from bs4 import BeautifulSoup

from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.scenes.walk_scene import Scene
from app.store.protocol import Store, open_store
from cnn_core import Network
from cnn_core.analysis.gradient_check import check
from cnn_core.analysis.receptive_field import comes_from
from tests.toy_kind.layer import LeakyReLU
from tests.toy_kind.loop import leaky_relu_backward, leaky_relu_forward

if TYPE_CHECKING:
    from flask.testing import FlaskClient

STORE: Store = open_store("memory:")
STATIONS = ("input", "seek", "leak", "pool", "tell", "softmax", "loss")


@pytest.fixture(scope="module")
def go(network: Network) -> Callable[..., WalkState]:
    """The state of the walk at a place of this network."""
    cache = PassCache({"toy": network}, STORE)
    return lambda **args: resolve(Scene.read({"network": "toy", **args}), cache)


def page(leaky: FlaskClient, query: str) -> BeautifulSoup:
    answer = leaky.get(f"/en/walk?network=toy&{query}", follow_redirects=True)
    assert answer.status_code == 200, query
    return BeautifulSoup(answer.text, "html.parser")


def said(soup: BeautifulSoup, selector: str) -> str:
    found = soup.select_one(selector)
    assert found is not None, selector
    return found.text.strip()


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


# In the core ------------------------------------------------------------------------------------------------------


def test_it_does_what_its_loops_do() -> None:
    rng = np.random.default_rng(1)
    x, dy = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 3, 4, 5))
    layer = LeakyReLU(0.3)
    np.testing.assert_allclose(layer.forward(x), leaky_relu_forward(x, 0.3))
    np.testing.assert_allclose(layer.backward(x, dy).x, leaky_relu_backward(x, dy, 0.3))
    for at in ((0, 0, 0), (2, 3, 4), (1, 2, 2)):
        assert layer.explain(x, at).value == layer.forward(x)[0][at]
        assert layer.explain_gradient(x, dy, "input", at).value == layer.backward(x, dy).x[0][at]


def test_a_check_across_its_kink_says_so(network: Network) -> None:
    x = np.full((1, 1, 28, 28), 0.5)
    before = network.activations(x)[1]
    place = (0, 4, 4)
    h = 2 * abs(float(before[0][place])) + 0.1
    found = check(network, x, 1, "output", 0, place, h)
    assert found.reason == "kinks"
    assert (found.kinks[0].layer, found.kinks[0].count) == (1, 1)


def test_it_sees_one_cell(network: Network) -> None:
    fields = comes_from(network, (1, 28, 28), 2, (1, 5, 6))
    assert (fields[1].count, fields[1].box, fields[0].count) == (1, (6, 5, 1, 1), 9)


# On the pages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["forward", "backward"])
@pytest.mark.parametrize("layer", STATIONS)
def test_every_station_has_its_page(layer: str, way: str, leaky: FlaskClient) -> None:
    soup = page(leaky, f"layer={layer}&way={way}")
    assert said(soup, "#arithmetic")


@pytest.mark.parametrize("negative", [False, True])
def test_its_page_shows_what_it_did(negative: bool, leaky: FlaskClient, go: Callable[..., WalkState]) -> None:
    state = go(layer="leak")
    came = state.before("leak")
    cell = tuple(map(int, np.unravel_index((-came if negative else came).argmax(), came.shape)))
    soup = page(leaky, f"layer=leak&cell={'.'.join(map(str, cell))}&precision=6&loop=on&formula=on")
    expected = float(came[cell]) * (0.1 if negative else 1)
    assert number(said(soup, "[data-part]")) == pytest.approx(float(came[cell]), abs=1e-6)
    assert said(soup, "#factor") == ("0.1" if negative else "1")
    assert number(said(soup, "[data-result]")) == pytest.approx(expected, abs=1e-6)
    assert "A gate that leaks" in said(soup, ".why")
    place = ", ".join(map(str, cell))
    assert said(soup, ".code .current small") == f"out[{place}] = max(0.1 * x[{place}], x[{place}])"
    assert "leaky ReLU" in soup.text
    assert "0.1" in said(soup, ".formulas math")


@pytest.mark.parametrize("negative", [False, True])
def test_its_gradient_is_shown_rightly(negative: bool, leaky: FlaskClient, go: Callable[..., WalkState]) -> None:
    state = go(layer="leak", way="backward", of="input")
    came, dy = state.before("leak"), state.backward.outputs["leak"]
    wanted = np.abs(dy) * ((came <= 0) if negative else (came > 0))
    at = tuple(map(int, np.unravel_index(wanted.argmax(), wanted.shape)))
    soup = page(leaky, f"layer=leak&way=backward&of=input&at={'.'.join(map(str, at))}&precision=6")
    expected = float(dy[at]) * (0.1 if negative else 1)
    assert expected != 0
    assert number(said(soup, "[data-result]")) == pytest.approx(expected, abs=1e-6)
    assert "The gate that leaks" in said(soup, ".why")
    stopped = page(leaky, f"layer=leak&way=backward&of=input&at={'.'.join(map(str, at))}&cell={'.'.join(map(str, at))}")
    assert "dX" in said(stopped, "#arithmetic")


def test_the_panel_of_the_check_names_its_gates(leaky: FlaskClient, go: Callable[..., WalkState]) -> None:
    came = go(layer="seek").outputs["seek"]
    cell = tuple(map(int, np.unravel_index(np.abs(came).argmin(), came.shape)))
    soup = page(leaky, f"layer=seek&way=backward&cell={'.'.join(map(str, cell))}&check=1")
    assert re.search(r"leak: gates that open or shut: \d+", soup.text)


@pytest.mark.parametrize("query", ["tour=1", "tour=5", "way=backward&steps=3", "way=backward&heat=cam", "pixel=0.9.9"])
def test_the_panels_open(query: str, leaky: FlaskClient) -> None:
    page(leaky, query)


def test_the_way_through_all_stops_of_the_tour(leaky: FlaskClient, go: Callable[..., WalkState]) -> None:
    for stop in range(1, len(go().base.stops()) + 1):
        page(leaky, f"tour={stop}")


# In the API -------------------------------------------------------------------------------------------------------


def test_the_api_says_the_same(leaky: FlaskClient, go: Callable[..., WalkState]) -> None:
    trace = leaky.get("/api/v1/trace?network=toy&layer=leak&cell=1.3.4").get_json()
    assert (trace["kind"], trace["value"]) == ("leaky-relu", float(go().outputs["leak"][1, 3, 4]))
    gradient = leaky.get("/api/v1/trace?network=toy&layer=leak&of=input&at=1.3.4&way=backward").get_json()
    expected = go(way="backward").backward.outputs["seek"][1, 3, 4]
    assert gradient["value"] == pytest.approx(float(expected))
    schemas = leaky.get("/api/v1/openapi.json").get_json()["components"]["schemas"]
    assert "leaky-relu" in schemas["Trace"]["properties"]["kind"]["enum"]
