"""On the way back the step bar leads through every place, then to the layer before, and never into a dead end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.step_bar import Steps, steps
from cnn_core import load_network
from cnn_core.zoo import ZOO
from tests.app.odd_networks import ODD

NETWORKS = {name: load_network(name) for name in ZOO} | ODD
CACHE = PassCache(NETWORKS, open_store("memory:"))
PLACES = [
    (network, layer, of)
    for network, made in NETWORKS.items()
    for layer, kind in zip(made.names, made.layers, strict=True)
    for of in ("output", "input", *kind.params)
]


def go(scene: Scene) -> WalkState:
    return resolve(scene, CACHE)


def asked(network: str, layer: str, of: str) -> Scene:
    return go(Scene.read({"network": network, "way": "backward", "layer": layer, "of": of})).scene


def place(scene: Scene) -> tuple[int, ...]:
    found = scene.cell if scene.of == "output" else scene.at
    assert found is not None
    return found


@pytest.mark.parametrize(("network", "layer", "of"), PLACES)
def test_on_leads_to_the_next_place_and_behind_the_last_one_to_the_layer_before(
    network: str, layer: str, of: str
) -> None:
    first = asked(network, layer, of)
    shape, field = go(first).asked().shape, "cell" if of == "output" else "at"
    size = int(np.prod(shape))
    rng = np.random.default_rng(2)
    numbers = range(size) if size <= 100 else sorted({0, 1, size - 2, size - 1, *rng.integers(0, size, 12).tolist()})
    names = ("input", *NETWORKS[network].names, "loss")
    before, behind = names[names.index(layer) - 1], names[names.index(layer) + 1]
    for number in numbers:
        at = tuple(int(index) for index in np.unravel_index(number, shape))
        scene = go(first.but(**{field: at})).scene
        bar = steps(go(scene))
        if number + 1 < size:
            assert bar.forward is not None
            following = go(bar.forward).scene
            assert (following.layer, following.of) == (layer, of)
            assert place(following) == tuple(np.unravel_index(number + 1, shape))
            assert steps(go(following)).back == scene
        else:
            assert bar.forward == bar.layer_forward
            assert go(bar.forward or scene).layer == before
        if not number:
            assert bar.back == bar.layer_back
            assert go(bar.back or scene).layer == behind
        check_bounds(bar, scene, at)


def check_bounds(bar: Steps, scene: Scene, at: tuple[int, ...]) -> None:
    """The first and the last press stay in the map or kernel; what is told of the position is true."""
    first, last = place(bar.first), place(bar.last)
    assert first <= at <= last
    if len(at) > 1:
        assert first[0] == last[0] == at[0] == bar.channel
    assert set(first[1:]) <= {0}
    assert 1 <= bar.position <= bar.cells
    assert (at == first) is (bar.position == 1)
    assert (at == last) is (bar.position == bar.cells)
    strongest = go(bar.most_active)
    assert np.abs(strongest.asked()[place(strongest.scene)]) == np.abs(strongest.asked()).max()
    assert (bar.play is not None) is (bar.forward is not None)
    assert all(go(found).scene.way == "backward" for found in (bar.layer_back, bar.layer_forward) if found is not None)


@pytest.mark.parametrize(("network", "layer", "of"), [place for place in PLACES if place[2] != "output"])
def test_from_window_to_window_and_behind_the_last_one_to_the_layer_before(network: str, layer: str, of: str) -> None:
    scene = asked(network, layer, of)
    shape = go(scene).outputs[layer].shape
    size = int(np.prod(shape))
    for number in {0, 1, size // 2, size - 2, size - 1}:
        cell = tuple(int(index) for index in np.unravel_index(number, shape))
        here = go(scene.but(cell=cell)).scene
        bar = steps(go(here))
        assert bar.through == "window"
        if number + 1 < size:
            assert bar.forward == replace(here, cell=tuple(int(n) for n in np.unravel_index(number + 1, shape)))  # type: ignore[arg-type]
            assert steps(go(bar.forward)).back == here
        else:
            assert bar.forward == bar.layer_forward
        assert (bar.first.at, bar.last.at) == (here.at, here.at)
        assert bar.most_active.cell is None


@pytest.mark.parametrize("of", ["output", "input", "weight", "bias"])
@pytest.mark.parametrize("network", NETWORKS)
def test_from_layer_to_layer_one_comes_from_the_loss_to_the_picture_and_back(network: str, of: str) -> None:
    made = NETWORKS[network]
    names = ("input", *made.names, "loss")
    scene, seen = Scene.read({"network": network, "way": "backward", "layer": "loss"}), []
    while True:
        found = go(scene)
        seen.append(found.layer)
        layer = found.layer_of(found.layer)
        if layer is not None and (of in ("output", "input") or of in layer.params):
            found = go(found.scene.but(of=of))
        following = steps(found).layer_forward
        if following is None:
            break
        back = steps(go(following)).layer_back
        assert back is not None
        assert go(back).layer == found.layer
        scene = following
    assert seen == list(reversed(names))
    assert steps(found).forward is None or found.cell != (0, 0, 0)


def test_the_question_stays_as_far_as_it_can_be_asked() -> None:
    for of, layer, kept in (
        ("weight", "conv2", "input"),  # pool1 has no weights
        ("bias", "dense", "input"),
        ("input", "relu2", "input"),
        ("output", "conv1", "output"),
    ):
        following = steps(go(asked("digits", layer, of))).layer_forward
        assert following is not None
        assert following.of == kept
    last = steps(go(asked("digits", "conv1", "weight"))).layer_forward
    assert last is not None
    assert (last.layer, last.of) == ("input", "output")


def test_playing_goes_on_with_the_step_and_with_nothing_else() -> None:
    scene = replace(asked("digits", "conv1", "weight"), play=True)
    bar = steps(go(scene))
    assert bar.forward is not None
    assert bar.forward.play
    assert not any(other.play for other in (bar.first, bar.last, bar.most_active))
    assert bar.play is not None
    assert not bar.play.play


def test_what_is_stepped_through_has_a_name() -> None:
    for network, layer, of, through, cells in (
        ("digits", "dense", "output", "class", 1),
        ("digits", "dense", "input", "cell", 25),
        ("digits", "dense", "weight", "weight", 400),
        ("digits", "conv2", "weight", "weight", 72),
        ("digits", "conv2", "bias", "bias", 16),
        ("digits", "pool1", "output", "cell", 169),
        ("deep", "hidden", "output", "cell", 1),
        ("far", "fifth", "output", "class", 1),
    ):
        bar = steps(go(asked(network, layer, of)))
        assert (bar.through, bar.cells) == (through, cells), (network, layer, of)
