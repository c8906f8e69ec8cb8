"""What a page shows re-adds, leads on, and knows no layer by name."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from app.explain.dispatch import explainer_of, size_formulas
from app.explain.pool import PoolView
from app.explain.relu import ReLUView
from app.explain.softmax_loss import SoftmaxView
from app.explain.weighted_sum import WeightedSum
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.render.mathml import mathml
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.page import WalkPage
from app.walk.turn import turn
from cnn_core import AveragePool, Conv, MaxPool, load_network
from tests.app.odd_networks import ODD

NETWORKS = {name: load_network(name) for name in ("digits", "digits-average", "photos")}
STORE = open_store("memory:")
LAYERS = NETWORKS["digits"].names


def go(scene: Scene) -> WalkState:
    return resolve(scene, PassCache(NETWORKS, STORE))


def show(scene: Scene) -> WalkPage:
    return WalkPage(go(scene), NETWORKS)


def value(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


@pytest.mark.parametrize(
    ("network", "layer"),
    [("digits", layer) for layer in ("conv1", "conv2", "dense")]
    + [("photos", layer) for layer in ("conv1", "conv4", "dense")],
)
@pytest.mark.parametrize("precision", ["2", "3", "6", "exact"])
def test_weighted_sums_re_add_as_shown(network: str, layer: str, precision: str) -> None:
    rng = np.random.default_rng(7)
    place = Scene.read({"network": network, "layer": layer, "precision": precision})
    shape = go(place).outputs[layer].shape
    half = 0.5 * 10.0 ** -int(precision) if precision != "exact" else 1e-12
    for _ in range(3):
        c, i, j = (int(rng.integers(0, side)) for side in shape)
        page = show(place.but(cell=(c, i, j)))
        view = page.view
        assert isinstance(view, WeightedSum)
        total = 0.0
        for block in view.blocks:
            products = [value(cell.text) for row in block.products for cell in row]
            assert math.fsum(products) == pytest.approx(value(block.total.text), abs=half * (len(products) + 1) + 1e-12)
            for read, weight, product in zip(block.read, block.weights, block.products, strict=True):
                for x, w, p in zip(read, weight, product, strict=True):
                    slack = half * (1 + abs(value(x.text)) + abs(value(w.text)) + half)
                    assert value(x.text) * value(w.text) == pytest.approx(value(p.text), abs=slack + 1e-12)
            total += value(block.total.text)
        shown = value(page.value.text)
        assert total + value(view.bias.text) == pytest.approx(shown, abs=half * (len(view.blocks) + 2) + 1e-11)


def test_a_max_pool_marks_the_winner_and_names_ties() -> None:
    walked = go(Scene(layer="pool1"))
    before = walked.before("pool1")
    tied = next(
        (c, i, j)
        for c, i, j in np.ndindex(*walked.outputs["pool1"].shape)
        if (before[c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] == 0).all()
    )
    page = show(Scene(layer="pool1", cell=tied))
    assert isinstance(page.view, PoolView)
    assert page.view.ties == 4
    assert page.view.winner == (tied[0], 2 * tied[1], 2 * tied[2])
    assert [cell.marked for row in page.view.window for cell in row] == [True, False, False, False]
    best = show(Scene(layer="pool1"))
    assert isinstance(best.view, PoolView)
    assert max(value(term.text) for term in best.view.terms) == value(best.value.text)


def test_an_average_pool_divides_the_sum_of_what_it_counts() -> None:
    page = show(Scene(network="digits-average", layer="pool2", precision="exact"))
    assert isinstance(page.view, PoolView)
    assert page.view.winner is None
    mean = math.fsum(value(term.text) for term in page.view.terms) / page.view.counted
    assert mean == pytest.approx(value(page.value.text), abs=1e-12)


def test_relu_says_whether_the_gate_is_open() -> None:
    open_page, shut_page = show(Scene(layer="relu1")), None
    walked = go(Scene(layer="relu1"))
    shut = tuple(int(at) for at in np.argwhere(walked.before("relu1") < 0)[0])
    shut_page = show(Scene(layer="relu1", cell=(shut[0], shut[1], shut[2])))
    assert isinstance(open_page.view, ReLUView)
    assert open_page.view.open
    assert isinstance(shut_page.view, ReLUView)
    assert not shut_page.view.open
    assert shut_page.value.text == "0"


def test_softmax_shows_every_class_and_divides_by_their_sum() -> None:
    page = show(Scene(layer="softmax", precision="exact"))
    assert isinstance(page.view, SoftmaxView)
    powers = [value(chance.power) for chance in page.view.chances]
    assert math.fsum(powers) == pytest.approx(value(page.view.total), abs=1e-12)
    assert value(page.view.power) / value(page.view.total) == pytest.approx(value(page.value.text), abs=1e-15)
    for chance in page.view.chances:
        assert math.exp(value(chance.shifted)) == pytest.approx(value(chance.power), rel=1e-12)


@pytest.mark.parametrize(
    ("network", "layer"),
    [(name, layer) for name, network in ODD.items() for layer in ("input", *network.names, "softmax")],
)
def test_no_layer_is_known_by_name(network: str, layer: str) -> None:
    page = WalkPage(resolve(Scene(network=network, layer=layer), PassCache(ODD, STORE)), ODD)
    stations = [page.station(name) for name in page.station_names]
    assert [station.name for station in stations] == ["input", *ODD[network].names]
    assert [bool(station.maps) for station in stations] == [True] * len(ODD[network].names) + [False]
    assert page.view.template in ("input", "conv", "pool", "relu", "dense", "softmax_loss")
    assert (page.on.formula.startswith("<math") and page.on.lines) or layer == "input"


def test_parameter_arithmetic_is_right() -> None:
    for name, network in (*NETWORKS.items(), *ODD.items()):
        page = WalkPage(resolve(Scene(network=name), PassCache(NETWORKS | ODD, STORE)), NETWORKS)
        for station_name, layer in zip(network.names, network.layers, strict=True):
            station = page.station(station_name)
            if not layer.params:
                assert station.parameters is None
                continue
            assert station.parameters is not None
            left, right = station.parameters
            total = sum(param.size for param in layer.params.values())
            assert eval(left.replace("×", "*")) == int(right.replace(",", "")) == total  # noqa: S307
    assert show(Scene()).station("conv2").parameters == ("16×(8×3×3+1)", "1,168")


def test_the_forward_steps_visit_every_cell_of_every_layer_once_and_back_undoes_them() -> None:
    scene: Scene | None = Scene(layer="pool2", cell=(14, 3, 3))
    seen = []
    while scene is not None:
        page = show(scene)
        seen.append((page.scene.layer, page.cell))
        following = page.steps.forward
        if following is not None and following.layer == page.scene.layer:
            assert show(following).steps.back == replace(page.scene, play=False)
        scene = following if len(seen) < 60 and page.scene.layer == "pool2" else None
    cells = [cell for layer, cell in seen if layer == "pool2"]
    assert cells == [cell for cell in np.ndindex(16, 5, 5) if cell >= (14, 3, 3)]
    assert seen[-1][0] == "dense"


def test_the_ends_of_the_walk_have_no_further_step() -> None:
    first, last = show(Scene(layer="input", cell=(0, 0, 0))), show(Scene(layer="loss"))
    assert first.steps.back is None
    assert first.steps.layer_back is None
    assert last.steps.forward is None
    assert last.steps.layer_forward is None
    assert last.steps.play is None


def test_the_network_switch_keeps_the_place_where_it_exists() -> None:
    other = turn(go(Scene(layer="pool2", cell=(3, 1, 1))), {"network": "digits-average"}, NETWORKS)
    assert (other.network, other.layer, other.cell) == ("digits-average", "pool2", (3, 1, 1))
    both = NETWORKS | ODD
    odd = turn(resolve(Scene(layer="pool2"), PassCache(both, STORE)), {"network": "odd"}, both)
    assert (odd.network, odd.layer, odd.cell) == ("odd", None, None)


def test_the_loop_s_slices_are_those_the_layer_reads() -> None:
    for network in (NETWORKS["digits"], ODD["odd"]):
        assert network.input_shape is not None
        shapes = network.shapes(network.input_shape)
        for layer, before, after in zip(network.layers, shapes[:-1], shapes[1:], strict=True):
            if not isinstance(layer, Conv | MaxPool | AveragePool):
                continue
            cell = (after[0] - 1, after[1] - 1, after[2] // 2)
            lines = explainer_of(layer).loop(layer, before, after, cell)
            line = next(line for line in lines if line.code.startswith("window"))
            _, rows, columns = re.search(r"\[(.*), (.*), (.*)\]", line.filled).groups()  # type: ignore[union-attr]
            for axis, text in enumerate((rows, columns)):
                read = range(500)[slice(*map(int, text.split(":")))]
                windows = layer.windows
                offsets = [(a, a) for a in range(windows.size[axis])]
                places = [windows.place(cell[1], cell[2], at)[axis] + windows.padding[axis][0] for at in offsets]
                assert list(read) == places


def test_the_size_formula_is_true() -> None:
    for network in (NETWORKS["digits"], ODD["odd"]):
        assert network.input_shape is not None
        shapes = network.shapes(network.input_shape)
        for layer, before, after in zip(network.layers, shapes[:-1], shapes[1:], strict=True):
            for text, out in zip(size_formulas(layer, before, after), after[1:], strict=False):
                top, bottom, result = re.search(r"\\frac\{(.*)\}\{(\d+)\}.*= (\d+)$", text).groups()  # type: ignore[union-attr]
                quotient = eval(top.replace(r"\cdot", "*")) / int(bottom)  # noqa: S307
                rounded = math.ceil(quotient) if "ceil" in text else math.floor(quotient)
                assert int(result) == out
                assert rounded + 1 in (out, out + 1) if "ceil" in text else rounded + 1 == out


def test_every_kind_has_a_formula_that_browsers_can_draw() -> None:
    for layer in ODD["odd"].layers:
        drawn = mathml(explainer_of(layer).formula(layer))
        assert drawn.startswith("<math")
        assert "\\" not in drawn
