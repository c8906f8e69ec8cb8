"""From a page of the way back every link and every cell leads to a page, in networks that the pages have never seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup

from app.scenes.walk_scene import Scene
from cnn_core import load_network
from cnn_core.zoo import ZOO
from tests.app.odd_networks import ODD

if TYPE_CHECKING:
    from flask.testing import FlaskClient

FULL = os.environ.get("CONVSCOPE_FULL") == "1"
NETWORKS = {name: load_network(name) for name in ZOO} | ODD
PLACES = [
    f"?network={network}&way=backward&layer={layer}&of={of}{more}"
    for network, made in NETWORKS.items()
    for layer, kind in zip(made.names, made.layers, strict=True)
    for of in ("output", "input", *kind.params)
    for more in (("", "&cell=0.0.0") if of != "output" else ("",))
]
STARTS = [
    "?network=far&way=backward&layer=first&of=input",
    "?network=far&way=backward&layer=third&of=weight&cell=7.0.6",
    "?network=odd&way=backward&layer=gamma&of=input&at=3.4.5&target=0",
    "?network=deep&way=backward&layer=hidden&of=weight",
    "?network=deep&way=backward&layer=again",
    "?way=backward&layer=loss",
    "?way=backward&layer=conv2&of=bias&page=3",
    "?network=photos&way=backward&layer=conv3&of=weight&check=0.01",
]


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A site with more networks than it is shipped with."""
    from app import create_app
    from app.passes.pass_cache import PassCache
    from app.store.protocol import Store
    from app.web.services import provide, service
    from app.web.settings import Settings

    environ = {"CONVSCOPE_STORE": "memory:", "CONVSCOPE_SECRET": "known to the tests alone, and long enough"}
    site = create_app(Settings.from_environ(environ, tmp_path_factory.mktemp("data")))
    provide(site, PassCache, PassCache(NETWORKS, service(Store, site)))
    with site.test_client() as client:
        yield client


@pytest.fixture(scope="module")
def soup(wide: FlaskClient) -> Callable[[str], BeautifulSoup]:
    """A page of the walk, taken apart."""

    def get(query: str) -> BeautifulSoup:
        answer = wide.get(f"/en/walk{query}", follow_redirects=True)
        assert answer.status_code == 200, query
        return BeautifulSoup(answer.text, "html.parser")

    return get


def links(page: BeautifulSoup) -> set[str]:
    return {urlsplit(str(link["href"])).query for link in page.select("main a[href^='/en/walk']")}


def presses(page: BeautifulSoup) -> Iterator[str]:
    """What the forms of the page's maps send, a corner and a few cells of each."""
    for form in page.select("main form[method=get]"):
        fields = {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
        buttons = form.select("button[name]")
        for button in {*buttons[:1], *buttons[-1:], *buttons[7::97]}:
            changes = {**fields, str(button["name"]): str(button["value"])}
            yield f"?{urlencode(changes)}"


@pytest.mark.slow
@pytest.mark.parametrize("start", PLACES if FULL else STARTS)
def test_every_link_and_every_cell_leads_somewhere(
    soup: Callable[[str], BeautifulSoup], wide: FlaskClient, start: str
) -> None:
    page = soup(start)
    found = sorted(links(page))
    assert len(found) > 60
    for query in found if FULL else found[::3]:
        answer = wide.get(f"/en/walk?{query}" if query else "/en/walk")
        assert answer.status_code == 200, query  # and no redirection: a link names its scene as it is
    sent = list(presses(page))
    for query in sent:
        answer = wide.get(f"/en/walk{query}", follow_redirects=True)
        assert (answer.status_code, 'id="microscope"' in answer.text) == (200, True), query
    scene = Scene.read(dict(parse_qsl(start[1:])))
    assert sent or scene.layer in ("loss", "decide", "fifth", "hidden", "dense", "zeta")


@pytest.mark.slow
@pytest.mark.parametrize(("lang", "query"), [("en", each) for each in PLACES] + [("zh", each) for each in PLACES[::5]])
def test_every_question_has_a_page(wide: FlaskClient, lang: str, query: str) -> None:
    answer = wide.get(f"/{lang}/walk/microscope{query}")
    assert answer.status_code == 200, query
    result = BeautifulSoup(answer.text, "html.parser").select("#microscope [data-result]")
    assert len(result) == 1
    assert result[0].text.strip()
