"""A kernel of one's own in a trained network: it is there, all that follows from it changes, and a way leads back."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from bs4 import BeautifulSoup

from app.passes.network_facts import first_weight
from app.passes.pass_cache import PassCache
from app.passes.patch import patched
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.refusal import Refusal
from app.scenes.kernel_text import named, read_kernel
from app.scenes.patch_text import Patch, read_patch
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from cnn_core import Conv, softmax
from cnn_core.filters.presets import preset
from cnn_core.zoo import ZOO, load_network

if TYPE_CHECKING:
    from flask.testing import FlaskClient

NETWORKS = {name: load_network(name) for name in ZOO}
SOBEL = Patch(3, named("sobel-x"))
ROWS = "0.1,0,-1;2,0.5,-2;1,0,-1"
THREE = "15.sobel-x|identity|1,2,3;4,5,6;7,8,9"


def go(scene: Scene) -> WalkState:
    return resolve(scene, PassCache(NETWORKS, open_store("memory:")))


@pytest.mark.parametrize("text", ["3.sobel-x", ROWS, THREE, "2.gaussian.3.1_2", "0.learned.photos.7"])
def test_a_patch_survives_its_address(text: str) -> None:
    scene = Scene(patch=read_patch(text), layer="conv2")
    assert scene.to_args() == {"patch": text, "layer": "conv2"}
    assert Scene.read(dict(parse_qsl(scene.query().removeprefix("?"), strict_parsing=True))) == scene
    assert re.fullmatch(r"[\w?=&.,;%-]+", scene.query())


@pytest.mark.parametrize("text", ["", "3", "sobel-x", "x.sobel-x", "-1.sobel-x", "3.1,2;3", "3.a|b"])
def test_what_is_no_patch_is_said(text: str, client: FlaskClient) -> None:
    with pytest.raises(Refusal, match="patch-unreadable"):
        Scene.read({"patch": text})
    assert client.get("/en/walk", query_string={"patch": text}).status_code == 400


def test_only_the_kernel_that_gave_way_is_another() -> None:
    made = patched(Scene(network="photos", patch=read_patch(THREE)), NETWORKS)
    assert made is not None
    old, new = first_weight(NETWORKS["photos"]), first_weight(made.network)
    np.testing.assert_array_equal(new[:15], old[:15])
    np.testing.assert_allclose(new[15], [preset("sobel-x"), preset("identity"), np.arange(1, 10).reshape(3, 3)])
    for before, after in zip(NETWORKS["photos"].layers[1:], made.network.layers[1:], strict=True):
        assert all((after.params[name] == before.params[name]).all() for name in before.params)
    first = made.network.layers[0]
    assert isinstance(first, Conv)
    np.testing.assert_array_equal(first.bias, NETWORKS["photos"].layers[0].params["bias"])


def test_one_kernel_serves_all_channels() -> None:
    made = patched(Scene(network="photos", patch=SOBEL), NETWORKS)
    assert made is not None
    np.testing.assert_allclose(first_weight(made.network)[3], [preset("sobel-x")] * 3)


@pytest.mark.parametrize(
    ("network", "text", "code", "numbers"),
    [
        ("digits", "8.sobel-x", "patch-no-such-kernel", {"got": 8, "last": 7}),
        ("digits", "0.box.5", "patch-size", {"expected": "3 × 3", "got": "5 × 5"}),
        ("photos", "0.1,2;3,4", "patch-size", {"expected": "3 × 3", "got": "2 × 2"}),
        ("digits", THREE.replace("15", "1"), "patch-planes", {"expected": 1, "got": 3}),
        ("digits", "0.learned.photos.1", "patch-planes", {"expected": 1, "got": 3}),
        ("digits", "0.learned.photos.99", "no-such-learned", {"got": 99}),
    ],
)
def test_what_does_not_fit_is_refused_with_the_numbers(
    network: str, text: str, code: str, numbers: dict[str, object], client: FlaskClient
) -> None:
    with pytest.raises(Refusal) as refused:
        go(Scene(network=network, patch=read_patch(text)))
    assert (refused.value.status, refused.value.code) == (422, code)
    assert numbers.items() <= refused.value.values.items()
    answer = client.get("/en/walk", query_string={"network": network, "patch": text}, follow_redirects=True)
    assert answer.status_code == 422
    api = client.get("/api/v1/forward", query_string={"network": network, "patch": text})
    assert api.status_code == 422
    assert client.get(api.get_json()["nearest"]).status_code == 200


def test_an_unknown_kernel_is_not_there(client: FlaskClient) -> None:
    assert client.get("/en/walk?patch=0.nothing-such").status_code == 404


def test_every_later_map_and_the_answer_come_from_the_patched_network() -> None:
    found, plain = go(Scene(patch=SOBEL)), go(Scene())
    assert found.plain is not None
    own = patched(Scene(patch=SOBEL), NETWORKS)
    assert own is not None
    activations = own.network.activations(found.outputs["input"][None])
    for name, expected in zip(own.network.names, activations[1:], strict=True):
        np.testing.assert_array_equal(found.outputs[name], expected[0])
        assert not np.array_equal(found.outputs[name], plain.outputs[name])
    np.testing.assert_allclose(found.outputs["softmax"], softmax(activations[-1])[0])
    np.testing.assert_array_equal(found.plain.outputs["dense"], plain.outputs["dense"])


def test_learning_begins_with_the_patch() -> None:
    base = go(Scene(patch=SOBEL, way="backward", target=3)).base
    learned = go(Scene(patch=SOBEL, way="backward", target=3, steps=2, rate=0.01)).forward
    assert learned.learned is not None
    at_start = base.backward(3).loss
    assert learned.learned.losses[0] == pytest.approx(at_start)
    own = first_weight(learned.network)[3, 0]
    assert np.abs(own - preset("sobel-x")).max() < 1
    assert not np.array_equal(own, preset("sobel-x"))


def test_one_walker_tells_patched_networks_apart() -> None:
    cache = PassCache(NETWORKS, open_store("memory:"))
    scenes = [Scene(), Scene(patch=SOBEL), Scene(patch=Patch(4, SOBEL.kernel)), Scene(patch=Patch(3, named("emboss")))]
    first = [resolve(scene, cache).outputs["dense"].tobytes() for scene in scenes]
    again = [resolve(scene, cache).outputs["dense"].tobytes() for scene in scenes]
    assert first == again
    assert len(set(first)) == 4


def test_the_api_goes_through_the_patched_network(client: FlaskClient) -> None:
    query = {"patch": "3.sobel-x", "layer": "conv1"}
    first = np.load(io.BytesIO(client.get("/api/v1/activations", query_string=query).data))
    x = np.load(io.BytesIO(client.get("/api/v1/activations?layer=input").data))
    np.testing.assert_allclose(first, go(Scene(patch=SOBEL)).outputs["conv1"])
    bias = NETWORKS["digits"].layers[0].params["bias"][3]
    window = x[0, 10:13, 9:12]
    assert first[3, 10, 9] == pytest.approx(float((window * preset("sobel-x")).sum() + bias), abs=1e-5)


def test_the_walk_says_so_and_leads_back(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/en/walk?patch=3.sobel-x&layer=conv2").text, "html.parser")
    card = page.select_one("#patch")
    assert card is not None
    assert "kernel 3 of conv1" in " ".join(card.text.split())
    ways = {str(link["id"]): str(link["href"]) for link in card.select("a")}
    assert "patch" not in ways["patch-back"]
    assert "layer=conv2" in ways["patch-back"]
    assert urlsplit(ways["patch-filters"]).path == "/en/filters"
    assert all(client.get(href).status_code == 200 for href in ways.values())
    assert page.select_one("#record") is None, "how good the network is was counted with its own kernels"
    assert not BeautifulSoup(client.get("/en/walk").text, "html.parser").select("#patch")


def test_another_network_keeps_the_patch_where_its_kernels_are_alike(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/en/walk?patch=3.sobel-x").text, "html.parser")
    links = [str(link["href"]) for link in page.select("#pictures .choice a")]
    kept = {dict(parse_qsl(urlsplit(link).query)).get("network"): "patch=" in link for link in links}
    assert kept == {None: True, "digits-average": True, "photos": False}


def test_the_filter_page_leads_into_the_networks(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/en/filters?image=sample.espresso&kernel=emboss&flip=on").text, "html.parser")
    links = {str(link["id"]): str(link["href"]) for link in page.select("#bridge a")}
    assert len(links) == 8 + 8 + 16
    photos = Scene.read(dict(parse_qsl(urlsplit(links["put-photos-5"]).query)))
    turned = Patch(5, read_kernel("2,1,0;1,1,-1;0,-1,-2"))
    assert (str(photos.image), photos.patch) == ("sample.espresso", turned), "networks lay a kernel on as it is"
    assert photos.cell is not None
    assert photos.cell[0] == 5
    digits = Scene.read(dict(parse_qsl(urlsplit(links["put-digits-0"]).query)))
    assert str(digits.image) == "sample.digit-8", "a digits network can make nothing of a cup"
    assert client.get(links["put-photos-5"]).status_code == 200


def test_a_kernel_that_fits_nowhere_is_told_the_size(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/en/filters?kernel=box.7").text, "html.parser")
    assert not page.select("#bridge a")
    assert "3 × 3" in page.select("#bridge .note")[1].text
    page = BeautifulSoup(client.get("/en/filters?kernel=learned.photos.2").text, "html.parser")
    assert len(page.select("#bridge a")) == 16
