"""Checking a gradient: the quotient and backpropagation agree at every place, and where they do not, it is said why."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from cnn_core import AveragePool, Conv, Dense, MaxPool, Network, ReLU, ShapeError, cross_entropy, load_network, sample
from cnn_core.analysis.gradient_check import Check, Kinks, Moved, check
from cnn_core.layer import Array
from tests.cnn_core.cases import normal

EVERY_KIND = Network(
    (
        Conv(normal((4, 2, 3, 3), 1) / 3, normal((4,), 2), padding=1),
        ReLU(),
        MaxPool(2, ceil=True),
        Conv(normal((6, 2, 2, 3), 3) / 2, normal((6,), 4), stride=(1, 2), groups=2, padding=((0, 1), (1, 0))),
        ReLU(),
        AveragePool(2, stride=1),
        Dense(normal((3, 18), 5), normal((3,), 6)),
    ),
    ("conv1", "relu1", "max", "conv2", "relu2", "average", "dense"),
    (2, 7, 8),
)
DIGITS = load_network("digits")


def picture(seed: int = 7) -> Array:
    x = normal((1, 2, 7, 8), seed)
    x.flags.writeable = False
    return x


def places(network: Network, x: Array, layer: int) -> list[tuple[Moved, tuple[int, ...]]]:
    """Every place of every array at a layer."""
    activations, found = network.activations(x), []  # type: tuple[Array, ...], list[tuple[Moved, tuple[int, ...]]]
    found += [("input", at) for at in np.ndindex(activations[layer].shape[1:])]
    found += [("output", at) for at in np.ndindex(activations[layer + 1].shape[1:])]
    for of in ("weight", "bias"):
        if of in network.layers[layer].params:
            found += [(of, at) for at in np.ndindex(network.layers[layer].params[of].shape)]
    return found


@pytest.mark.parametrize("layer", range(len(EVERY_KIND.layers)), ids=EVERY_KIND.names)
def test_quotient_and_gradient_agree_at_every_place_of_every_kind_of_layer(layer: int) -> None:
    tried = 0
    for of, at in places(EVERY_KIND, picture(), layer):
        found = check(EVERY_KIND, picture(), 2, of, layer, at, 1e-5)
        if not found.kinks:
            tried += 1
            assert found.quotient == pytest.approx(found.gradient, rel=0, abs=1e-7), (of, at)
    assert tried > 0.7 * len(places(EVERY_KIND, picture(), layer))


def loss_with(of: Moved, layer: int, at: tuple[int, ...], change: float) -> float:
    """The loss with one number changed and everything computed anew."""
    layers, x = list(EVERY_KIND.layers), picture().copy()
    if of == "input" and layer == 0:
        x[(0, *at)] += change
    else:
        value = layers[layer].params[of].copy()
        value[at] += change
        layers[layer] = layers[layer].with_params({**layers[layer].params, of: value})
    return cross_entropy(Network(layers, EVERY_KIND.names).activations(x)[-1], np.array([1])).value


@pytest.mark.parametrize("h", [1.0, 0.1, 1e-3])
@pytest.mark.parametrize(
    ("of", "layer", "at"),
    [("input", 0, (1, 3, 4)), ("weight", 0, (3, 1, 2, 0)), ("bias", 3, (5,)), ("weight", 6, (2, 17))],
)
def test_the_losses_are_those_of_the_network_with_that_number_changed(
    of: Moved, layer: int, at: tuple[int, ...], h: float
) -> None:
    found = check(EVERY_KIND, picture(), 1, of, layer, at, h)
    assert found.up == pytest.approx(loss_with(of, layer, at, h), abs=1e-14)
    assert found.down == pytest.approx(loss_with(of, layer, at, -h), abs=1e-14)
    assert found.loss == pytest.approx(loss_with(of, layer, at, 0.0), abs=1e-14)
    assert found.quotient == (found.up - found.down) / (2 * h)
    assert found.difference == found.quotient - found.gradient


def test_an_output_is_moved_behind_its_layer_and_an_input_before_it() -> None:
    relu = Network([ReLU(), Dense(np.array([[1.0], [-1.0]]), np.zeros(2))], ["relu", "dense"])
    x = np.full((1, 1, 1, 1), -5.0)
    assert check(relu, x, 0, "input", 0, (0, 0, 0), 0.5).quotient == 0  # the gate is shut, and stays so
    behind = check(relu, x, 0, "output", 0, (0, 0, 0), 0.5)
    assert behind.value == 0
    assert behind.up == pytest.approx(math.log(1 + math.exp(-1)))
    assert behind.down == pytest.approx(math.log(1 + math.exp(1)))
    score = check(relu, x, 0, "output", 1, (1, 0, 0), 0.5)
    assert score.gradient == pytest.approx(0.5)
    assert score.up == pytest.approx(math.log(1 + math.exp(0.5)))


def test_a_gate_that_opens_on_the_way_is_counted_and_makes_them_differ() -> None:
    network = Network([ReLU(), Dense(np.array([[2.0], [0.0]]), np.zeros(2))], ["relu", "dense"])
    x = np.full((1, 1, 1, 1), 0.05)
    wide, narrow = (check(network, x, 1, "input", 0, (0, 0, 0), h) for h in (0.1, 0.01))
    assert wide.kinks == (Kinks(0, 1),)
    assert wide.reason == "kinks"
    assert abs(wide.difference) > 0.2 * abs(wide.gradient)
    assert narrow.kinks == ()
    assert abs(narrow.difference) < 1e-4


def test_a_gate_at_exactly_zero_is_a_kink_at_every_h() -> None:
    network = Network([ReLU(), Dense(np.array([[2.0], [0.0]]), np.zeros(2))], ["relu", "dense"])
    found = check(network, np.zeros((1, 1, 1, 1)), 1, "input", 0, (0, 0, 0), 1e-6)
    assert found.kinks == (Kinks(0, 1),)
    assert found.gradient == 0
    assert found.digits == 0
    assert found.quotient == pytest.approx(0.5)  # half of the slope on the open side


def test_a_winner_that_changes_on_the_way_is_counted_and_makes_them_differ() -> None:
    network = Network([MaxPool(2), Dense(np.array([[1.0], [0.0]]), np.zeros(2))], ["max", "dense"])
    x = np.array([[0.1, 0.9], [1.0, 0.2]]).reshape(1, 1, 2, 2)
    wide = check(network, x, 1, "input", 0, (0, 0, 1), 0.3)
    assert wide.kinks == (Kinks(0, 1),)
    assert wide.gradient == 0
    assert wide.quotient > 0.1
    assert check(network, x, 1, "input", 0, (0, 0, 1), 0.05).kinks == ()


def test_kinks_are_counted_layer_by_layer_behind_what_was_moved() -> None:
    x = sample("digit-8")[None].astype(np.float64)
    found = check(DIGITS, x, 9, "bias", 0, (3,), 0.1)
    assert [kink.layer for kink in found.kinks] == [1, 2, 4, 5]
    gates = DIGITS.layers[0].forward(x)[0, 3]
    assert found.kinks[0].count == int(((gates > -0.1) & (gates <= 0.1)).sum())
    behind = check(DIGITS, x, 9, "bias", 3, (3,), 0.5)
    assert {kink.layer for kink in behind.kinks} <= {4, 5}
    assert check(DIGITS, x, 9, "bias", 6, (3,), 0.5).kinks == ()


def test_only_the_layers_behind_are_computed_again() -> None:
    seen: list[str] = []

    @dataclass(frozen=True, eq=False)
    class Watched(ReLU):
        name: str = ""

        def forward(self, x: Array) -> Array:
            seen.append(self.name)
            return super().forward(x)

    network = Network([Watched("a"), Watched("b"), Watched("c"), Dense(np.eye(2), np.zeros(2))], ["a", "b", "c", "d"])
    check(network, np.ones((1, 2, 1, 1)), 0, "input", 1, (0, 0, 0), 0.1)
    assert (seen.count("a"), seen.count("b"), seen.count("c")) == (1, 4, 4)


@pytest.mark.parametrize(("h", "reason"), [(1.0, "bend"), (0.1, "bend"), (1e-9, "rounding")])
def test_without_a_kink_it_is_said_whether_the_loss_bends_or_digits_are_missing(h: float, reason: str) -> None:
    found = check(EVERY_KIND, picture(), 2, "bias", 6, (0,), h)
    assert found.reason == reason
    assert found.kinks == ()


def test_halving_h_takes_three_quarters_of_a_bend_away() -> None:
    wide, narrow = (check(EVERY_KIND, picture(), 2, "bias", 6, (0,), h).difference for h in (0.02, 0.01))
    assert narrow == pytest.approx(wide / 4, rel=1e-3)


@pytest.mark.parametrize("layer", range(len(EVERY_KIND.layers)), ids=EVERY_KIND.names)
@pytest.mark.parametrize("h", [1e-8, 1e-10, 1e-12])
def test_what_rounding_may_do_is_known_beforehand(layer: int, h: float) -> None:
    for seed in (7, 8):
        for of, at in places(EVERY_KIND, picture(seed), layer)[::7]:
            found = check(EVERY_KIND, picture(seed), 1, of, layer, at, h)
            assert found.kinks or abs(found.difference) <= found.rounding, (of, at)


KNOWN = Check(h=0.5, value=1.0, loss=2.0, up=3.0, down=1.0, gradient=2.0, kinks=(), rounding=0.01)


@pytest.mark.parametrize(
    ("gradient", "kinks", "digits", "reason"),
    [
        (2.0, (), 16, "none"),
        (2.0, (Kinks(1, 1),), 16, "none"),
        (2.0002, (), 4, "rounding"),
        (2.1, (), 1, "bend"),
        (2.1, (Kinks(1, 1),), 1, "kinks"),
        (-7.0, (), 0, "bend"),
        (0.0, (), 0, "bend"),
    ],
)
def test_how_far_they_agree(gradient: float, kinks: tuple[Kinks, ...], digits: int, reason: str) -> None:
    found = replace(KNOWN, gradient=gradient, kinks=kinks)
    assert found.quotient == 2
    assert (found.digits, found.reason) == (digits, reason)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"h": 0.0}, "1e-12 to 1000"),
        ({"h": -1.0}, "1e-12 to 1000"),
        ({"h": math.nan}, "1e-12 to 1000"),
        ({"layer": 7}, "0 to 6"),
        ({"layer": -1}, "0 to 6"),
        ({"of": "weight", "layer": 1}, r"\('output', 'input'\) at layer 1"),
        ({"at": (2, 0, 0)}, r"inside \(2, 7, 8\)"),
        ({"at": (0, 0)}, r"inside \(2, 7, 8\)"),
        ({"at": (0, -1, 0)}, r"inside \(2, 7, 8\)"),
        ({"label": 3}, "0 to 2"),
        ({"x": np.zeros((2, 2, 7, 8))}, "one picture"),
        ({"x": np.zeros((1, 2, 7, 8), np.float32)}, "float64"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(change: dict[str, Any], words: str) -> None:
    asked: dict[str, Any] = {"x": picture(), "label": 0, "of": "input", "layer": 0, "at": (0, 0, 0), "h": 0.1} | change
    with pytest.raises(ShapeError, match=words):
        check(EVERY_KIND, **asked)
