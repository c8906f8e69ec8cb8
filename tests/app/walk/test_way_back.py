"""The way back: what came back from the loss, whose gradient a scene asks for, and what is not there to be asked."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest

from app.explain.conv import ConvGradient
from app.explain.dispatch import explainer_of
from app.explain.of_state import look_back
from app.explain.pool import PoolGradient
from app.explain.softmax_loss import LOSS_FORMULA, SCORE_GRADIENT, loss_loop
from app.explain.weight_terms import WeightTerms
from app.passes.network_pass import TARGETS
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import Question, WalkState
from app.passes.tour_backward import stops_back
from app.refusal import Refusal
from app.render.mathml import mathml
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from cnn_core import AveragePool, Conv, MaxPool, cross_entropy, load_network
from cnn_core.zoo import ZOO
from tests.app.odd_networks import ODD
from tests.app.way_out import way_out

NETWORKS = {name: load_network(name) for name in ZOO} | ODD
CACHE = PassCache(NETWORKS, open_store("memory:"))
each_network = pytest.mark.parametrize("network", NETWORKS)


def go(scene: Scene) -> WalkState:
    return resolve(scene, CACHE)


def backward(**args: str) -> Scene:
    return Scene.read({"way": "backward", **args})


@each_network
def test_every_station_has_the_gradient_of_its_output_and_every_layer_those_of_its_parameters(network: str) -> None:
    found = go(backward(network=network))
    back, made = found.backward, found.network
    assert list(back.outputs) == ["input", *made.names]
    assert list(back.params) == list(made.names)
    for name, array in back.outputs.items():
        assert array.shape == found.outputs[name].shape
    for name, layer in zip(made.names, made.layers, strict=True):
        assert {of: array.shape for of, array in back.params[name].items()} == {
            of: array.shape for of, array in layer.params.items()
        }
    loss = cross_entropy(found.outputs[made.names[-1]][None], np.array([found.target]))
    assert back.loss == loss.value == found.outputs["loss"].item()
    np.testing.assert_array_equal(back.outputs[made.names[-1]], loss.dscores[0])


def test_the_gradients_are_those_of_the_loss() -> None:
    """Each of a few pixels, moved a little both ways."""
    found = go(backward(network="deep"))
    x = found.outputs["input"]
    rng = np.random.default_rng(1)
    for flat in rng.choice(x.size, 10, replace=False).tolist():
        losses = []
        for h in (1e-6, -1e-6):
            moved = x.copy()
            moved.flat[flat] += h
            scores = found.network.activations(moved[None])[-1]
            losses.append(cross_entropy(scores, np.array([found.target])).value)
        assert (losses[0] - losses[1]) / 2e-6 == pytest.approx(found.backward.outputs["input"].flat[flat], abs=1e-6)


def test_the_gradients_towards_the_last_few_classes_are_remembered() -> None:
    found = go(Scene())
    first = found.forward.backward(3)
    assert found.forward.backward(3) is first
    for target in range(4, 4 + TARGETS):
        assert found.forward.backward(target).target == target
    assert found.forward.backward(3) is not first


@each_network
def test_unless_a_class_is_named_the_loss_asks_for_the_likeliest_and_on_the_way_back_for_the_next(network: str) -> None:
    ranking = go(Scene.read({"network": network})).forward.ranking
    assert go(Scene.read({"network": network})).target == ranking[0]
    assert go(backward(network=network)).target == ranking[1]
    assert go(backward(network=network, target=str(ranking[-1]))).target == ranking[-1]


def test_the_goal_does_not_move_when_the_network_has_learned() -> None:
    before, after = go(backward()), go(backward(steps="20", rate="0.1"))
    assert after.prediction == before.target != before.prediction
    assert after.target == before.target
    assert after.backward.loss < before.backward.loss
    assert after.backward.target == before.target


@each_network
def test_the_layer_behind_answers_for_an_output_and_the_loss_for_a_score(network: str) -> None:
    names = ("input", *NETWORKS[network].names)
    for name, behind in itertools.pairwise(names):
        found = go(backward(network=network, layer=name))
        assert found.question == Question(behind, "input", found.cell)
        assert found.asked() is found.backward.outputs[name]
    last = go(backward(network=network, layer=names[-1]))
    assert last.question == Question("loss", "score", last.cell)
    assert last.asked() is last.backward.outputs[names[-1]]
    loss = go(backward(network=network, layer="loss"))
    assert loss.question == Question("loss", "loss", (loss.target,))
    assert loss.asked().tolist() == [[[loss.backward.loss]]]


@each_network
def test_a_layer_answers_for_its_input_its_weights_and_its_biases(network: str) -> None:
    made = NETWORKS[network]
    for before, name, layer in zip(("input", *made.names), made.names, made.layers, strict=False):
        for of in ("input", *layer.params):
            found = go(Scene.read({"network": network, "way": "backward", "layer": name, "of": of}))
            at = found.scene.at
            assert at is not None
            assert found.question == Question(name, of, at)  # type: ignore[arg-type]
            array = found.backward.outputs[before] if of == "input" else found.backward.params[name][of]
            assert found.asked() is array
            assert np.abs(array[at]) == np.abs(array).max()  # unless a place is named, it is the strongest
            assert found.scene.cell is None


def test_forward_a_scene_asks_for_its_number_whatever_it_would_ask_on_the_way_back() -> None:
    found = go(Scene(layer="conv2", of="weight", at=(1, 2, 0, 1), cell=(3, 4, 5)))
    assert found.question == Question("relu2", "input", (3, 4, 5))
    assert found.cell == (3, 4, 5)


def test_on_the_way_back_softmax_and_the_loss_are_one_station() -> None:
    found = go(backward(layer="softmax", cell="7.0.0"))
    assert (found.layer, found.cell) == ("loss", (0, 0, 0))


@each_network
def test_the_strongest_gradient_of_a_station_is_that_furthest_from_zero(network: str) -> None:
    found = go(backward(network=network))
    for name, array in found.backward.outputs.items():
        assert abs(array[found.strongest(name)]) == np.abs(array).max()
        for channel in range(len(array)):
            at = found.strongest(name, channel)
            assert (at[0], abs(array[at])) == (channel, np.abs(array[channel]).max())
    assert found.strongest("loss") == found.strongest("softmax") == (0, 0, 0)


REFUSED = [
    ("layer=relu1&of=weight", "of-nothing", "layer=relu1&of=input"),
    ("layer=pool1&of=bias&at=3", "of-nothing", "layer=pool1&of=input"),
    ("layer=input&of=input", "of-nothing", "layer=input"),
    ("layer=loss&of=weight&at=0.0.0.0", "of-nothing", "layer=loss"),
    ("layer=softmax&of=bias&cell=3.0.0", "of-nothing", "layer=loss"),
    ("layer=conv1&of=weight&at=3", "at-out-of-range", "layer=conv1&of=weight&at=3.0.0.0"),
    ("layer=conv1&of=weight&at=8.1.3.0", "at-out-of-range", "layer=conv1&of=weight&at=7.0.2.0"),
    ("layer=conv1&of=bias&at=1.2.3.4", "at-out-of-range", "layer=conv1&of=bias&at=1"),
    ("layer=conv2&of=input&at=8.13.0", "at-out-of-range", "layer=conv2&of=input&at=7.12.0"),
    ("layer=dense&of=weight&at=9.400", "at-out-of-range", "layer=dense&of=weight&at=9.399"),
    ("layer=dense&of=input&at=15.4", "at-out-of-range", "layer=dense&of=input&at=15.4.0"),
    ("of=input&cell=8.0.0&at=0.1.2", "cell-out-of-range", "layer=conv1&cell=7.0.0&of=input&at=0.1.2"),
    ("layer=dense&of=bias&cell=10.0.0&at=2", "cell-out-of-range", "layer=dense&cell=9.0.0&of=bias&at=2"),
    ("layer=conv1&cell=0.26.0", "cell-out-of-range", "layer=conv1&cell=0.25.0"),
    ("layer=loss&cell=1.0.0", "cell-out-of-range", "layer=loss&cell=0.0.0"),
    ("target=10", "target-out-of-range", "target=9"),
    ("target=99999&layer=loss", "target-out-of-range", "layer=loss&target=9"),
]


@pytest.mark.parametrize(("query", "code", "nearest"), REFUSED)
def test_what_is_not_there_is_refused_with_the_nearest_scene_that_is(query: str, code: str, nearest: str) -> None:
    with pytest.raises(Refusal) as refused:
        go(backward(**dict(parse_qsl(query))))
    assert (refused.value.status, refused.value.code) == (422, code)
    assert way_out(refused.value) == f"?way=backward&{nearest}"
    found = go(backward(**dict(parse_qsl(nearest))))
    assert found.trace_back().steps or found.question.of == "loss"


def test_a_refused_place_names_the_range_of_what_was_asked() -> None:
    with pytest.raises(Refusal) as refused:
        go(backward(layer="dense", of="weight", at="3"))
    values = refused.value.values
    assert (values["layer"], values["of"], values["got"], values["first"], values["last"]) == (
        "dense",
        "weight",
        "3",
        "0.0",
        "9.399",
    )


def test_the_backward_loop_s_slices_are_those_that_the_layer_reads() -> None:
    for network in NETWORKS.values():
        assert network.input_shape is not None
        shapes = network.shapes(network.input_shape)
        for layer, before, after in zip(network.layers, shapes[:-1], shapes[1:], strict=True):
            if not isinstance(layer, Conv | MaxPool | AveragePool):
                continue
            cell = (after[0] - 1, after[1] - 1, after[2] // 2)
            of = "weight" if isinstance(layer, Conv) else "input"
            line = next(line for line in explainer_of(layer).loop_back(layer, before, after, of, cell) if line.current)
            maps, rows, columns = re.search(r"X\[([^\]]*), ([^\]]*), ([^\]]*)\]", line.filled).groups()  # type: ignore[union-attr]
            for axis, text in enumerate((rows, columns)):
                read = range(500)[slice(*map(int, text.split(":")))]
                places = [layer.windows.place(cell[1], cell[2], (a, a))[axis] for a in range(layer.windows.size[axis])]
                assert list(read) == [place + layer.windows.padding[axis][0] for place in places]
            if isinstance(layer, Conv) and layer.groups > 1:
                width = layer.weight.shape[1]
                assert maps == f"{before[0] - width}:{before[0]}"


def test_every_gradient_has_a_formula_that_browsers_can_draw_and_a_loop_with_one_current_line() -> None:
    for network in NETWORKS.values():
        assert network.input_shape is not None
        shapes = network.shapes(network.input_shape)
        for layer, before, after in zip(network.layers, shapes[:-1], shapes[1:], strict=True):
            for of in ("input", *layer.params):
                drawn = mathml(explainer_of(layer).gradient(layer, of))
                assert drawn.startswith("<math")
                assert "\\" not in drawn
                for window in (None, (0, 0, 0)):
                    lines = explainer_of(layer).loop_back(layer, before, after, of, window)
                    assert sum(line.current for line in lines) == 1
                    assert any(line.now for line in lines) is (window is not None)
    assert all("\\" not in mathml(formula) for formula in (LOSS_FORMULA, SCORE_GRADIENT))
    for label in (None, 3):
        assert sum(line.current for line in loss_loop(10, 4, label)) == 1


@each_network
def test_the_stops_of_the_tour_lead_back_to_places_that_there_are(network: str) -> None:
    found = go(backward(network=network))
    back = found.backward
    stops = list(stops_back(found.network, found.outputs, back.outputs, back.params, found.target))
    assert [stop.name for stop in stops][:2] == ["loss", "blame"]
    assert stops[-1].name == "pixels"
    for stop in stops:
        there = go(replace(found.scene, layer=stop.layer, cell=stop.cell, of=stop.of, at=stop.at))
        assert there.trace_back().value != 0 or stop.name == "stopped"
        if stop.at is not None:
            assert len(stop.at) == there.asked().ndim


@pytest.mark.parametrize("network", ZOO)
@pytest.mark.parametrize("target", [None, 0, 4, 9])
def test_the_tour_shows_a_winner_without_a_tie_and_a_whole_kernel_turned(network: str, target: int | None) -> None:
    found = go(replace(backward(network=network), target=target))
    stops = {stop.name: stop for stop in found.forward.stops(found.target)}
    for name in ("returned", "turned"):
        stop = stops[name]
        view = look_back(go(replace(found.scene, layer=stop.layer, cell=stop.cell, of=stop.of, at=stop.at)))
        if isinstance(view, ConvGradient):
            assert view.turned
        else:
            assert isinstance(view, PoolGradient)
            assert [held.ties for held in view.windows] in ([1], [0])
    grows = stops["grows"]
    view = look_back(go(replace(found.scene, layer=grows.layer, of="weight", at=grows.at, cell=None)))
    assert isinstance(view, WeightTerms)
    term = view.terms[0]
    assert grows.cell == term.at
    assert term.product.text != "0"
