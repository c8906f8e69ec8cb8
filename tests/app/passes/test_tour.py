"""The tour: every stop of every network has its text, its cell is on the picture, and the ways lead on and back."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.passes.tour_forward import stops
from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.page import WalkPage
from cnn_core import Conv, Dense, Network, load_network, softmax
from tests.app.way_out import way_out

NETWORKS = {name: load_network(name) for name in ("digits", "digits-average")}
CACHE = PassCache(NETWORKS, open_store("memory:"))
TEXTS = Path(__file__).parents[3] / "templates" / "walk" / "panels" / "tour.html"


def at(number: int, **scene: object) -> WalkState:
    return resolve(Scene(tour=number, **scene), CACHE)  # type: ignore[arg-type]


@pytest.mark.parametrize("network", NETWORKS)
def test_a_dozen_stops_from_the_picture_to_the_probability_and_a_dozen_back(network: str) -> None:
    found = at(1, network=network).base.stops()
    order = ["input", *NETWORKS[network].names, "softmax", "loss"]
    ahead = [order.index(stop.layer) for stop in found[:-1] if stop.way == "forward"]
    back = [order.index(stop.layer) for stop in found if stop.way == "backward" and not stop.steps]
    assert (len(ahead), len(back), len(found)) == (12, 11, 25)
    assert (ahead[0], ahead[-1]) == (0, order.index("softmax"))
    assert ahead == sorted(ahead)
    assert (back[0], back[-1]) == (order.index("loss"), 0)
    assert back == sorted(back, reverse=True)
    assert [stop.name for stop in found[-2:]] == ["update", "yours"]


@pytest.mark.parametrize("network", NETWORKS)
def test_the_way_back_stops_where_there_is_something_to_see(network: str) -> None:
    walked = at(1, network=network)
    target = walked.base.ranking[1]
    back = walked.base.backward(target)
    found = {stop.name: stop for stop in walked.base.stops()}
    assert found["blame"].cell == (target, 0, 0)
    for stop in found.values():
        if stop.way == "backward" and stop.of == "input":
            came = NETWORKS[network].names.index(stop.layer)
            before = ("input", *NETWORKS[network].names)[came]
            gradient = back.outputs[before][stop.at]
            assert (float(gradient) == 0) is (stop.name == "stopped"), stop
    stopped = found["stopped"]
    assert back.outputs[stopped.layer][stopped.at] != 0
    weights = back.params[found["weight"].layer]["weight"]
    assert abs(weights[found["weight"].at]) == abs(weights).max()
    window, weight = found["grows"].cell, found["weight"].at
    assert window is not None
    assert weight is not None
    assert window[0] == weight[0], "a window of the same kernel"


def test_every_stop_opens_and_is_where_it_says() -> None:
    for number in range(1, len(at(1).base.stops()) + 1):
        page = WalkPage(at(number), NETWORKS)
        assert page.tour is not None
        assert page.tour.here is None, page.tour.name


def test_every_stop_has_its_text() -> None:
    written = set(re.findall(r'tour\.name == "(\w+)"', TEXTS.read_text()))
    assert {stop.name for stop in at(1).base.stops()} == written


def test_the_cells_are_what_their_stops_say() -> None:
    walked = at(1, image=ImageRef("sample", "digit-7"))
    found = {stop.name: stop for stop in walked.base.stops()}
    outputs = walked.outputs
    assert outputs[found["against"].layer][found["against"].cell] == outputs[found["against"].layer].min() < 0
    assert outputs[found["shut"].layer][found["shut"].cell] == 0
    assert outputs[found["open"].layer][found["open"].cell] > 0
    window, slide = found["window"].cell, found["slide"].cell
    assert window is not None
    assert slide is not None
    assert (window[0], window[1]) == (slide[0], slide[1])
    assert abs(window[2] - slide[2]) == 1
    assert found["score"].cell == (walked.prediction, 0, 0) != found["rival"].cell


def test_a_stop_chooses_layer_and_cell_and_a_press_looks_elsewhere() -> None:
    walked = at(5)
    stop = walked.base.stops()[4]
    assert (walked.layer, walked.cell) == (stop.layer, stop.cell)
    page = WalkPage(walked, NETWORKS)
    assert page.tour is not None
    assert page.tour.here is None
    assert (page.tour.number, page.tour.total) == (5, 25)
    elsewhere = WalkPage(resolve(walked.scene.but(layer="conv2", cell=(0, 0, 0)), CACHE), NETWORKS)
    assert elsewhere.tour is not None
    assert elsewhere.tour.here == Scene(tour=5)


def test_forward_and_back_are_each_other_s_undo_and_the_picture_stays() -> None:
    scene = Scene(image=ImageRef("sample", "digit-2"), tour=1, precision="4")
    for number in range(1, 26):
        tour = WalkPage(resolve(scene, CACHE), NETWORKS).tour
        assert tour is not None
        assert tour.number == number
        assert tour.back == (None if number == 1 else Scene(image=scene.image, tour=number - 1, precision="4"))
        assert tour.leave.tour is None
        assert tour.leave.image == scene.image
        if tour.forward is None:
            break
        scene = tour.forward
    assert number == 25


def test_another_picture_keeps_the_stop() -> None:
    page = WalkPage(at(7), NETWORKS)
    chosen = next(choice for choice in page.samples if choice.name == "digit-4").scene
    assert chosen == Scene(image=ImageRef("sample", "digit-4"), tour=7)


def test_a_stop_that_is_not_there_is_refused_with_the_last_one() -> None:
    with pytest.raises(Refusal) as refused:
        at(26)
    assert (refused.value.status, refused.value.code) == (422, "tour-out-of-range")
    assert way_out(refused.value) == "?tour=25"


def test_a_network_without_pooling_and_gates_has_a_shorter_tour() -> None:
    rng = np.random.default_rng(0)
    network = Network(
        (Conv(rng.normal(size=(2, 1, 3, 3)), np.zeros(2)), Dense(rng.normal(size=(3, 2 * 36)), np.zeros(3))),
        ("look", "decide"),
        (1, 8, 8),
    )
    activations = network.activations(rng.random((1, 1, 8, 8)))
    arrays = (*activations, softmax(activations[-1]))
    outputs = {name: array[0] for name, array in zip(("input", "look", "decide", "softmax"), arrays, strict=True)}
    names = [stop.name for stop in stops(network, outputs)]
    assert names == ["picture", "window", "slide", "against", "score", "rival", "probability"]
