"""The counts in the sentences of the walk are those of the network and of this very picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pytest
from bs4 import BeautifulSoup

from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from cnn_core import Conv, MaxPool, load_network
from cnn_core.zoo import ZOO

if TYPE_CHECKING:
    from flask.testing import FlaskClient

CACHE = PassCache({name: load_network(name) for name in ZOO}, open_store("memory:"))
Read = Callable[[str], str]


@pytest.fixture
def text(client: FlaskClient) -> Read:
    """All text of a page, its white space in single blanks, and thousands without their commas."""

    def read(query: str) -> str:
        answer = client.get(f"/en/walk?{query}", follow_redirects=True)
        assert answer.status_code == 200
        found = re.sub(r"\s+", " ", BeautifulSoup(answer.text, "html.parser").text)
        return re.sub(r"(?<=\d),(?=\d{3})", "", found)

    return read


def state_of(**args: str) -> WalkState:
    return resolve(Scene.read(args), CACHE)


def numbers(pattern: str, found: str) -> tuple[int, ...]:
    match = re.search(pattern, found)
    assert match, (pattern, found[:3000])
    return tuple(map(int, match.groups()))


@pytest.mark.parametrize("network", ["digits", "photos"])
def test_what_parameter_sharing_saves(network: str, text: Read) -> None:
    state = state_of(network=network, layer="conv1")
    layer = state.layer_of("conv1")
    assert isinstance(layer, Conv)
    taps, places = layer.weight[0].size, state.outputs["conv1"][0].size
    pixels = state.outputs["input"].size
    sentence = (
        r"The same (\d+) weights are used at all (\d+) places: (\d+) parameters for this map, .* would take (\d+)\."
    )
    expected = (taps, places, taps + 1, (pixels + 1) * places)
    assert numbers(sentence, text(f"network={network}&layer=conv1")) == expected


@pytest.mark.parametrize("network", ["digits", "photos"])
def test_what_a_deeper_kernel_looks_through(network: str, text: Read) -> None:
    layer = state_of(network=network, layer="conv2").layer_of("conv2")
    assert isinstance(layer, Conv)
    sentence = r"looks through all (\d+) maps of \S+ at the same (\d+) × (\d+) places"
    expected = layer.weight.shape[1:]
    assert numbers(sentence, text(f"network={network}&layer=conv2")) == expected


def test_a_folded_sum_counts_its_products_and_its_zeros(text: Read) -> None:
    state = state_of(network="photos", layer="conv2", cell="3.4.5")
    products = [step.value for step in state.trace().steps if step.op == "multiply"]
    found = text("network=photos&layer=conv2&cell=3.4.5")
    sentence = r"(\d+) products, grouped by the map they come from, .*? (\d+) of them are exactly 0"
    assert numbers(sentence, found) == (len(products), products.count(0.0))


@pytest.mark.parametrize(("network", "layer"), [("digits", "pool1"), ("digits-average", "pool2"), ("photos", "pool1")])
def test_how_many_values_a_pooling_keeps(network: str, layer: str, text: Read) -> None:
    state = state_of(network=network, layer=layer)
    expected = state.before(layer).size, state.outputs[layer].size
    assert numbers(r"(\d+) values become (\d+), so", text(f"network={network}&layer={layer}")) == expected


@pytest.mark.parametrize("network", ["digits", "photos"])
def test_how_long_the_flattened_line_is(network: str, text: Read) -> None:
    state = state_of(network=network, layer="dense")
    found = text(f"network={network}&layer=dense")
    assert numbers(r"laid out in one line of (\d+) numbers", found) == (state.before("dense").size,)


@pytest.mark.parametrize("of", ["weight", "bias"])
def test_at_how_many_windows_a_weight_was_used(of: str, text: Read) -> None:
    windows = state_of(layer="conv1").outputs["conv1"][0].size
    sentence = r"weight was used at (\d+) windows" if of == "weight" else r"every one of the (\d+) windows"
    assert numbers(sentence, text(f"way=backward&layer=conv1&of={of}")) == (windows,)


@pytest.mark.parametrize("at", ["0.0.0", "3.5.6", "7.12.12"])
def test_how_many_windows_read_a_cell(at: str, text: Read) -> None:
    state = state_of(way="backward", layer="conv2", of="input", at=at)
    layer = state.layer_of("conv2")
    assert isinstance(layer, Conv)
    _, row, column = map(int, at.split("."))
    high, wide = state.outputs["conv2"].shape[1:]
    rows = sum(0 <= row - i < layer.windows.size[0] for i in range(high))
    columns = sum(0 <= column - j < layer.windows.size[1] for j in range(wide))
    products = [step.value for step in state.trace_back().steps]
    sentence = (
        r"(\d+) × (\d+) windows read this cell, each with (\d+) kernels: (\d+) products, of which (\d+) are exactly 0"
    )
    kernels = len(layer.weight)
    expected = (rows, columns, kernels, rows * columns * kernels, products.count(0.0))
    assert numbers(sentence, text(f"way=backward&layer=conv2&of=input&at={at}")) == expected


def test_in_how_many_windows_several_cells_tie(text: Read) -> None:
    state = state_of(way="backward", layer="pool1", of="input", at="0.1.1")
    layer, x = state.layer_of("pool1"), state.before("pool1")[0]
    assert isinstance(layer, MaxPool)
    (kh, kw), (down, across) = layer.windows.size, layer.windows.stride
    high, wide = state.outputs["pool1"].shape[1:]
    windows = [x[i * down : i * down + kh, j * across : j * across + kw] for i in range(high) for j in range(wide)]
    tied = sum(int((window == window.max()).sum() > 1) for window in windows)
    assert tied
    sentence = r"in (\d+) of the (\d+) windows of this map several cells tie"
    assert numbers(sentence, text("way=backward&layer=pool1&of=input&at=0.1.1")) == (tied, len(windows))


def test_how_many_terms_a_weights_gradient_has(text: Read) -> None:
    state = state_of(way="backward", layer="conv1", of="weight", at="0.0.1.1")
    terms = [step.value for step in state.trace_back().steps]
    found = text("way=backward&layer=conv1&of=weight&at=0.0.1.1")
    nonzero = int(np.count_nonzero(terms))
    assert numbers(r"(\d+) terms, the largest first; (\d+) are not 0", found) == (len(terms), nonzero)
    assert numbers(r"sum of (\d+) terms", found) == (len(terms),)
