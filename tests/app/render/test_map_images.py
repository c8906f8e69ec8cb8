"""The maps of a network as images: their colour scales by scope, and that each is rendered once."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from app.render.colours import levels
from app.render.map_images import Maps, Scope

ARRAYS = {
    "conv": np.array([[[1.0, -2.0]], [[0.5, 0.0]]]),
    "pool": np.array([[[4.0]], [[-1.0]]]),
    "dense": np.array([[[9.0]], [[-10.0]]]),
}


@pytest.fixture
def maps() -> Maps:
    return Maps(ARRAYS, frozenset({"dense"}))


def opacity(uri: str) -> list[int]:
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGBA"))[..., 3].ravel().tolist()


@pytest.mark.parametrize(
    ("scope", "conv", "dense"),
    [("map", [2.0, 0.5], [9.0, 10.0]), ("layer", [2.0, 2.0], [10.0, 10.0]), ("network", [4.0, 4.0], [10.0, 10.0])],
)
def test_a_scope_shares_one_scale(scope: Scope, conv: list[float], dense: list[float], maps: Maps) -> None:
    assert [maps.scale("conv", channel, scope) for channel in (0, 1)] == conv
    assert [maps.scale("dense", channel, scope) for channel in (0, 1)] == dense


def test_scores_do_not_count_for_the_scale_of_the_network(maps: Maps) -> None:
    assert maps.widest == 4.0
    assert Maps({"dense": ARRAYS["dense"]}, frozenset({"dense"})).widest == 0.0


def test_an_image_has_the_colours_of_its_scale(maps: Maps) -> None:
    full = opacity(maps.picture("conv", 0, "map"))
    half = opacity(maps.picture("conv", 0, "network"))
    assert full[1] == 255
    assert 0 < half[0] < half[1] < full[1]
    assert opacity(maps.picture("conv", 1, "map"))[1] == 0, "zero is transparent"
    assert levels(ARRAYS["conv"][0], 2.0).tolist() == [[192, 1]]


def test_maps_are_rendered_once_for_each_scope_and_scores_are_not(maps: Maps) -> None:
    assert [name for name in ("conv", "pool", "dense", "nothing") if maps.shows(name)] == ["conv", "pool"]
    assert maps.picture("conv", 0, "layer") is maps.picture("conv", 0, "layer")
    assert maps.picture("conv", 1, "layer") != maps.picture("conv", 1, "map")
    assert maps.column("conv", "layer") is maps.column("conv", "layer")
    assert maps.sheet("conv", "layer") is maps.sheet("conv", "layer")
    assert maps.picture("dense", 1, "map").startswith("data:image/png;base64,")


@pytest.mark.parametrize(("count", "columns"), [(3, 3), (4, 4), (8, 4), (9, 8), (16, 8)])
def test_a_sheet_has_at_most_four_or_eight_maps_in_a_row(count: int, columns: int) -> None:
    maps = Maps({"conv": np.ones((count, 16, 16))}, frozenset())
    _, width, height = maps.sheet("conv", "layer")
    gap, sheet_rows = 2, -(-count // columns)
    assert (width, height) == (columns * 18 - gap, sheet_rows * 18 - gap)
