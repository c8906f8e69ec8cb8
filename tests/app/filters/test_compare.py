"""Two results stand side by side with their ranges, and the picture between is one less the other."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from app.filters.compare import compare_view, difference
from app.filters.engine.result import Filtered
from app.filters.engine.runner import FilterRoom
from app.pictures.reference import ImageRef
from app.scenes.filter_scene import FilterScene, read_filter_scene
from app.scenes.kernel_text import named
from app.store.protocol import open_store

if TYPE_CHECKING:
    from flask.testing import FlaskClient

ROOM = FilterRoom({}, open_store("memory:"))


def both(scene: FilterScene) -> tuple[Filtered, Filtered]:
    return ROOM.run(scene), ROOM.run(scene.other())


def test_the_difference_is_that_of_the_numbers() -> None:
    scene = FilterScene(kernel=named("box"), kernel2=named("gaussian"), stride=2)
    a, b = both(scene)
    plain = [ROOM.run(FilterScene(kernel=named(name), stride=2)).after for name in ("box", "gaussian")]
    np.testing.assert_array_equal(difference(a, b), plain[0] - plain[1])
    view = compare_view(a, b)
    assert view.difference is not None
    assert view.b is not None
    assert float(view.a.least) == pytest.approx(plain[0].min(), abs=6e-4)
    assert float(view.b.most) == pytest.approx(plain[1].max(), abs=6e-4)
    assert float(view.difference.most) == pytest.approx((plain[0] - plain[1]).max(), abs=6e-4)


def test_another_picture_goes_through_the_same_stages() -> None:
    scene = read_filter_scene({"image2": "sample.rocket", "kernel": "emboss", "then": "relu~max.2.2"}, lambda _: None)
    other = scene.other()
    assert (other.image, other.kernel, other.then) == (ImageRef("sample", "rocket"), scene.kernel, scene.then)
    assert not other.compares


def test_exchanging_twice_changes_nothing() -> None:
    scene = FilterScene(kernel=named("box"), kernel2=named("gaussian"), image2=ImageRef("sample", "rocket"))
    swap = compare_view(*both(scene)).swap
    assert (swap.kernel, swap.image) == (scene.kernel2, scene.image2)
    assert compare_view(*both(swap)).swap == scene


def test_results_of_different_sizes_have_no_difference(client: FlaskClient) -> None:
    query = "/en/filters?border=none&kernel2=box.9"
    a, b = both(FilterScene(border="none", kernel2=named("box", 9)))
    assert difference(a, b) is None
    assert "not of one size" in client.get(query).text
    assert client.get("/filters/difference?border=none&kernel2=box.9").status_code == 404


def test_the_page_shows_three_pictures_and_leads_back(client: FlaskClient) -> None:
    answer = client.get("/en/filters?kernel2=gaussian")
    page = BeautifulSoup(answer.text, "html.parser")
    pictures = [client.get(str(image["src"])) for image in page.select("#compare img")]
    assert [each.status_code for each in pictures] == [200] * 3
    assert [Image.open(io.BytesIO(each.data)).size for each in pictures] == [(256, 256)] * 3
    stop = page.select_one("#compare-stop")
    assert stop is not None
    assert "kernel2" not in str(stop["href"])
    keep = BeautifulSoup(client.get("/en/filters?kernel=emboss").text, "html.parser").select_one("#compare-keep")
    assert keep is not None
    assert "kernel2=emboss" in str(keep["href"])
    assert "No number differs." in client.get(str(keep["href"])).text


@pytest.mark.parametrize(
    "query", ["crop=9.9.90.90&border=none&kernel2=box.31&dilation=8", "border=zero&padding=2&kernel2=gaussian"]
)
def test_b_that_does_not_fit_leaves_a_in_sight(query: str, client: FlaskClient) -> None:
    answer = client.get(f"/en/filters?{query}", follow_redirects=True)
    assert answer.status_code == 200
    assert ("B does not fit" in answer.text) == ("dilation" in query)


def test_a_form_that_compares_nothing_leads_to_a_alone(client: FlaskClient) -> None:
    answer = client.get("/en/filters?kernel=emboss&kernel2=&image2=")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/en/filters?kernel=emboss")


@pytest.mark.parametrize(
    ("query", "status"),
    [("image2=drawn.AzAz", 400), ("image2=sample.nothing", 404), ("kernel2=nothing-such", 404), ("kernel2=1,2;3", 400)],
)
def test_what_cannot_be_compared_with_is_said(query: str, status: int, client: FlaskClient) -> None:
    assert client.get(f"/en/filters?{query}").status_code == status
