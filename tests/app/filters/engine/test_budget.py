"""What a filter scene may cost, and how it is fitted to another kernel: the same from the gallery and by an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from bs4 import BeautifulSoup

from app.filters.engine.budget import MOST_SECONDS, admit, check_range, check_shapes, fits, settled
from app.refusal import Refusal
from app.scenes.chain_text import read_stages
from app.scenes.filter_scene import FilterScene, read_filter_scene
from cnn_core import MaxPool
from cnn_core.filters.borders import Border
from cnn_core.filters.filter import Chain, Filter

if TYPE_CHECKING:
    from flask.testing import FlaskClient

SHAPE = (1, 8, 8)


def chain_of(scene: FilterScene, side: int = 5) -> Chain:
    kernels = np.ones((1, side, side))
    border: Border = "zero" if scene.border == "zero" else "none" if scene.border == "none" else "same"
    first = Filter(kernels, scene.stride, border, scene.padding, scene.dilation)
    return (first, *(MaxPool(2, 2) for _ in scene.then))


def fitted(scene: FilterScene, side: int = 5) -> FilterScene:
    return settled(scene, (side, side), lambda nearer: chain_of(nearer, side), SHAPE)


def test_what_fits_stays_as_it_is() -> None:
    scene = FilterScene(border="zero", padding=2, then=read_stages("max.2.2"), cell=(0, 1, 1))
    assert fitted(scene) == scene


@pytest.mark.parametrize(
    ("scene", "expected"),
    [
        (FilterScene(border="zero", padding=6), FilterScene(border="zero", padding=4)),
        (FilterScene(border="none", dilation=3), FilterScene(border="none")),
        (
            FilterScene(border="none", stride=8, then=read_stages("max.2.2")),
            FilterScene(then=read_stages("max.2.2")),
        ),
        (FilterScene(border="none", cell=(0, 7, 0)), FilterScene(border="none")),
        (FilterScene(border="none", cell=(0, 3, 0)), FilterScene(border="none", cell=(0, 3, 0))),
        (FilterScene(pixel=(0, 8, 0)), FilterScene()),
    ],
)
def test_as_little_as_possible_is_changed(scene: FilterScene, expected: FilterScene) -> None:
    assert fitted(scene) == expected


def test_the_chain_goes_last() -> None:
    found = fitted(FilterScene(border="none", dilation=2, stride=8, then=read_stages("~".join(["max.2.2"] * 4))))
    assert found == FilterScene()


def test_a_kernel_from_the_gallery_and_one_by_an_edit_keep_the_same_chain(client: FlaskClient) -> None:
    begun = "/en/filters?crop=0.0.8.8&kernel=box.3&border=zero&padding=2&stride=8&then=max.2.2"
    page = BeautifulSoup(client.get(begun, follow_redirects=True).text, "html.parser")
    link = page.select_one("#kernel-box")
    assert link is not None
    picked = read_filter_scene(dict(parse_qsl(urlsplit(str(link["href"])).query)), lambda _: None)
    edited = client.get(begun + "&n=5").headers["Location"]
    by_edit = read_filter_scene(dict(parse_qsl(urlsplit(edited).query)), lambda _: None)
    assert picked == by_edit
    assert picked.then == read_stages("max.2.2")
    assert picked.stride == 1


@pytest.mark.parametrize(
    ("scene", "name", "nearest"),
    [
        (FilterScene(stride=9), "stride", FilterScene(stride=8)),
        (FilterScene(stride=0), "stride", FilterScene(stride=1)),
        (FilterScene(dilation=9), "dilation", FilterScene(dilation=8)),
        (FilterScene(border="zero", padding=5), "padding", FilterScene(border="zero", padding=4)),
    ],
)
def test_what_is_out_of_range_is_refused_with_the_nearest_value(
    scene: FilterScene, name: str, nearest: FilterScene
) -> None:
    with pytest.raises(Refusal) as refused:
        check_range(scene, (5, 5))
    assert (refused.value.status, refused.value.code) == (422, f"filter-{name}-out-of-range")
    assert refused.value.values["nearest"] == nearest


def test_a_window_that_does_not_fit_is_refused_by_its_stage() -> None:
    scene = FilterScene(border="none", then=read_stages("~".join(["max.2.2"] * 3)))
    assert not fits(chain_of(scene), SHAPE)
    with pytest.raises(Refusal) as refused:
        check_shapes(scene, chain_of(scene), SHAPE)
    assert refused.value.values["stage"] == 4
    assert refused.value.values["nearest"] == FilterScene(border="none", then=read_stages("max.2.2~max.2.2"))


def test_the_budget_is_that_of_all_filters_together() -> None:
    costly = Filter(np.random.default_rng(1).normal(size=(1, 31, 31)))
    shape = (3, 512, 512)
    seconds, _ = costly.cost(shape)
    many = int(MOST_SECONDS / seconds)
    assert many >= 1
    admit(FilterScene(), (costly,) * many, (shape,) * (many + 1))
    with pytest.raises(Refusal) as refused:
        admit(FilterScene(), (costly,) * (many + 1), (shape,) * (many + 2))
    assert refused.value.code == "filter-too-much"
    assert (refused.value.values["stage"], refused.value.values["seconds"]) == (many + 1, f"{seconds * (many + 1):.2f}")
