"""Learning from one picture: the loss falls, every step is the rule's own, and the last one can be explained."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

from cnn_core import (
    Conv,
    Dense,
    Layer,
    MaxPool,
    Network,
    ReLU,
    ShapeError,
    cross_entropy,
    load_network,
    sample,
    softmax,
)
from cnn_core.layer import Array
from cnn_core.training.one_picture import RanAway, learn, nothing_yet, update
from cnn_core.training.optimizers import SGD, Adam, Rule
from tests.cnn_core.cases import normal

DIGITS = load_network("digits")
RULES = [SGD(0.02), SGD(0.01, momentum=0.9), Adam(0.01)]
rules = pytest.mark.parametrize("rule", RULES)


def picture() -> Array:
    x = sample("digit-7")[None].astype(np.float64)
    x.flags.writeable = False
    return x


def loss(network: Network, label: int = 9) -> float:
    return cross_entropy(network.activations(picture())[-1], np.array([label])).value


def weights(network: Network) -> list[Array]:
    return [value for layer in network.layers for value in layer.params.values()]


@rules
def test_the_loss_on_this_picture_falls(rule: Rule) -> None:
    found = learn(DIGITS, picture(), 9, rule, 20)
    assert found.steps == 20
    assert len(found.losses) == 21
    assert found.losses[-1] < 0.1 < found.losses[0]
    assert found.losses[0] == loss(DIGITS)
    assert found.losses[-1] == loss(found.network)
    assert found.losses[-2] == loss(found.before)
    np.testing.assert_array_equal(found.first, softmax(DIGITS.activations(picture())[-1]).ravel())
    np.testing.assert_array_equal(found.last, softmax(found.network.activations(picture())[-1]).ravel())
    assert found.last.argmax() == 9


@rules
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_so_many_steps_are_so_many_updates_one_after_the_other(rule: Rule, steps: int) -> None:
    network, memories = DIGITS, nothing_yet(DIGITS)
    for count in range(1, steps + 1):
        activations = network.activations(picture())
        gradients = network.gradients(activations, cross_entropy(activations[-1], np.array([9])).dscores)
        network, memories = update(network, gradients, rule, memories, count)
    found = learn(DIGITS, picture(), 9, rule, steps)
    for value, expected in zip(weights(found.network), weights(network), strict=True):
        np.testing.assert_array_equal(value, expected)


@rules
@pytest.mark.parametrize("steps", [1, 3, 12])
def test_the_last_step_of_any_parameter_is_explained(rule: Rule, steps: int) -> None:
    found = learn(DIGITS, picture(), 9, rule, steps)
    rng = np.random.default_rng(steps)
    for index, layer in enumerate(DIGITS.layers):
        for name, value in layer.params.items():
            for _ in range(5):
                at = tuple(int(rng.integers(0, side)) for side in value.shape)
                account = found.explain(index, name, at)
                assert account["value"].reads[0].value == found.before.layers[index].params[name][at]
                assert account["value"].value == found.network.layers[index].params[name][at]


def test_without_a_step_nothing_changes_and_there_is_nothing_to_explain() -> None:
    found = learn(DIGITS, picture(), 9, SGD(0.1), 0)
    assert found.network is found.before is DIGITS
    assert found.losses == (loss(DIGITS),)
    np.testing.assert_array_equal(found.first, found.last)
    with pytest.raises(ShapeError, match="at least one"):
        found.explain(0, "weight", (0, 0, 0, 0))


def test_the_network_that_was_given_stays_as_it_was() -> None:
    before = [value.copy() for value in weights(DIGITS)]
    learn(DIGITS, picture(), 3, Adam(0.1), 3)
    for value, copy in zip(weights(DIGITS), before, strict=True):
        np.testing.assert_array_equal(value, copy)


def test_of_all_the_networks_between_only_the_last_two_are_kept() -> None:
    made: list[weakref.ref[Network]] = []

    class Watched(Network):
        def __post_init__(self) -> None:
            super().__post_init__()
            made.append(weakref.ref(self))

    start = Watched(DIGITS.layers, DIGITS.names, DIGITS.input_shape, DIGITS.classes)
    found = learn(start, picture(), 9, Adam(0.01), 10)
    gc.collect()
    assert len(made) == 11
    assert [each() for each in made if each() is not None] == [start, found.before, found.network]


def test_float32_stays_float32() -> None:
    network = Network([Dense(normal((3, 4), 1, np.float32), normal((3,), 2, np.float32))], ["dense"])
    found = learn(network, normal((1, 4, 1, 1), 3, np.float32), 0, Adam(0.1), 3)
    assert {value.dtype for value in weights(found.network)} == {np.dtype(np.float32)}


def test_what_runs_away_is_not_shown_as_learned() -> None:
    rule = SGD(1.0, momentum=3.0)  # three times as fast with every step, downhill or not
    with pytest.raises(RanAway, match="smaller rate") as ran:
        learn(DIGITS, picture(), 9, rule, 50)
    assert 1 < ran.value.held < 50
    assert learn(DIGITS, picture(), 9, rule, ran.value.held).steps == ran.value.held


def test_no_number_is_no_weight() -> None:
    network = Network([Dense(np.ones((2, 2)), np.zeros(2))], ["dense"])
    with pytest.raises(RanAway) as ran:
        learn(network, np.ones((1, 2, 1, 1)), 0, SGD(np.inf), 2)
    assert ran.value.held == 0


@pytest.mark.parametrize(("pictures", "steps"), [(2, 1), (1, -1)])
def test_it_is_one_picture_and_no_step_back(pictures: int, steps: int) -> None:
    with pytest.raises(ShapeError):
        learn(DIGITS, np.repeat(picture(), pictures, axis=0), 9, SGD(0.1), steps)


@pytest.mark.parametrize("label", [-1, 10])
def test_the_class_has_to_be_there(label: int) -> None:
    with pytest.raises(ShapeError):
        learn(DIGITS, picture(), label, SGD(0.1), 1)


def photos() -> Network:
    """As large a network as the site shows: photographs of 32 x 32 in colour."""

    def conv(out: int, inputs: int) -> Conv:
        return Conv(normal((out, inputs, 3, 3), out) / np.sqrt(4.5 * inputs), np.zeros(out), padding=1)

    layers: list[Layer] = []
    for inputs, out, pooled in ((3, 16, False), (16, 16, True), (16, 32, False), (32, 32, True), (32, 32, True)):
        layers += [conv(out, inputs), ReLU(), *[MaxPool(2)] * pooled]
    layers += [Dense(normal((10, 512), 1) / 16, np.zeros(10))]
    return Network(layers, [f"layer{index}" for index in range(len(layers))], (3, 32, 32))


def test_a_step_goes_through_the_network_once_each_way(monkeypatch: pytest.MonkeyPatch) -> None:
    network, x = photos(), np.random.default_rng(0).random((1, 3, 32, 32))
    calls = {"activations": 0, "gradients": 0}
    for name in calls:
        original = getattr(Network, name)

        def counted(self: Network, *args: Any, name: str = name, original: Any = original) -> Any:
            calls[name] += 1
            return original(self, *args)

        monkeypatch.setattr(Network, name, counted)
    learn(network, x, 3, Adam(0.01), 5)
    assert calls == {"activations": 6, "gradients": 5}
