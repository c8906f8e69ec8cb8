"""Every gradient on the way back re-adds from the terms that are shown, in every network, at every precision."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from app.explain.conv import ConvGradient
from app.explain.dense import DenseGradient
from app.explain.pool import PoolGradient
from app.explain.relu import ReLUGradient
from app.explain.softmax_loss import LossGradient, LossView
from app.explain.weight_terms import WeightTerms
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.render.figures import Table
from app.render.numbers import small
from app.scenes.values import PRECISIONS
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.page import WalkPage
from app.walk.receptive_field import receptive_fields
from app.walk.selected_cell import SelectedCell, selected_cell
from cnn_core import Array, Conv, MaxPool, cross_entropy, load_network
from cnn_core.zoo import ZOO
from tests.app.odd_networks import ODD
from tests.app.read_back import adds_up, half, multiplies, value

NETWORKS = {name: load_network(name) for name in ZOO} | ODD
EACH = 6 if os.environ.get("CONVSCOPE_FULL") == "1" else 1  # places for each precision
CACHE = PassCache(NETWORKS, open_store("memory:"))
PLACES = [
    (network, layer, of)
    for network, made in NETWORKS.items()
    for layer, kind in zip(made.names, made.layers, strict=True)
    for of in ("output", "input", *kind.params)
]
every_place = pytest.mark.parametrize(("network", "layer", "of"), PLACES)


def go(scene: Scene) -> WalkState:
    return resolve(scene, CACHE)


def on_selected_cell(found: WalkState) -> SelectedCell:
    return selected_cell(found, receptive_fields(found))


def backward(network: str, layer: str, of: str = "output", **more: str) -> Scene:
    return Scene.read({"network": network, "way": "backward", "layer": layer, "of": of, **more})


def some(scene: Scene) -> Iterator[WalkState]:
    """The strongest place, and some at random for each precision."""
    first = go(scene)
    field, shape = ("cell" if scene.of == "output" else "at"), first.asked().shape
    rng = np.random.default_rng(11)
    yield first
    for precision in PRECISIONS * EACH:
        place = tuple(int(rng.integers(0, side)) for side in shape)
        yield go(first.scene.but(precision=precision, **{field: place}))


def texts(table: Table) -> list[str]:
    return [figure.text for row in table for figure in row]


@every_place
def test_the_picked_gradient_is_that_of_the_backward_pass_and_re_adds(network: str, layer: str, of: str) -> None:
    gradients = backward_pass(go(backward(network, layer)))[layer, of]
    for found in some(backward(network, layer, of)):
        shown, wanted = on_selected_cell(found), gradients[found.cell if of == "output" else found.scene.at or ()]
        assert shown.value.text == small(float(wanted), found.scene.precision)
        assert found.trace_back().value == pytest.approx(wanted, rel=1e-12, abs=1e-15)
        re_add(shown, found)


def backward_pass(found: WalkState) -> dict[tuple[str, str], Array]:
    """All gradients of a network, by layer and of what."""
    names, scores = ("input", *found.network.names), found.outputs[found.network.names[-1]][None]
    down = cross_entropy(scores, np.array([found.target])).dscores
    each = found.network.gradients([found.outputs[name][None] for name in names], down)
    arrays = {(names[-1], "output"): down[0]}
    for before, name, made in zip(names[:-1], names[1:], each, strict=True):
        arrays |= {(before, "output"): made.x[0], (name, "input"): made.x[0]}
        arrays |= {(name, of): array for of, array in made.params.items()}
    return arrays


def re_add(shown: SelectedCell, found: WalkState) -> None:
    view, precision, total = shown.view, found.scene.precision, shown.value.text
    if isinstance(view, ConvGradient):
        returned(view, total, precision)
    elif isinstance(view, WeightTerms):
        collected(view, total, precision)
    elif isinstance(view, PoolGradient):
        routed(view, total, precision)
    elif isinstance(view, DenseGradient):
        assert all(multiplies(t.weight.text, t.gradient.text, t.product.text, precision) for t in view.terms)
        assert adds_up([term.product.text for term in view.terms], total, precision)
    elif isinstance(view, ReLUGradient):
        assert total == (view.gradient.text if view.open else "0")
        assert view.open == (value(view.came.text) > 0)
    elif isinstance(view, LossGradient):
        assert adds_up([view.picked.probability, "\N{MINUS SIGN}" + view.picked.answer], total, precision)
    else:
        raise TypeError(type(view).__name__)


def returned(view: ConvGradient, total: str, precision: str) -> None:
    terms = 0
    for block in view.blocks:
        read, weights, products = texts(block.read), texts(block.weights), texts(block.products)
        assert all(map(multiplies, read, weights, products, [precision] * len(read)))
        assert adds_up(products, block.total.text, precision)
        assert block.nonzero == sum(text != "0" for text in products)
        terms += len(products)
    assert adds_up([block.total.text for block in view.blocks], total, precision)
    rows, columns = view.size
    assert terms + len(view.silent) * rows * columns == view.terms
    assert view.terms - view.zeros == sum(block.nonzero for block in view.blocks)


def collected(view: WeightTerms, total: str, precision: str) -> None:
    assert view.terms
    for term in view.terms:
        if term.met is None:
            assert term.product.text == term.gradient.text
        else:
            assert multiplies(term.met.text, term.gradient.text, term.product.text, precision)
    shown = [term.product.text for term in view.terms]
    assert adds_up([view.carried or "0", *shown, view.rest or "0"], total, precision)
    for index, term in enumerate(view.terms):
        assert adds_up([view.carried or "0", *shown[: index + 1]], term.so_far, precision)


def routed(view: PoolGradient, total: str, precision: str) -> None:
    assert adds_up([held.gives.text for held in view.windows], total, precision)
    for held in view.windows:
        window, received = texts(held.window), texts(held.received)
        assert adds_up(received, held.gradient.text, precision)
        if held.winner is None:
            assert held.counted == len(received)
            share = value(held.gradient.text) / held.counted
            slack = half(held.gradient.text, precision) + half(received[0], precision)
            assert all(abs(value(text) - share) <= slack + 1e-12 for text in received)
            assert held.gives.text in received
        else:
            marked = [figure.marked for row in held.window for figure in row]
            assert marked.count(True) == 1
            place = marked.index(True)
            assert value(window[place]) == max(map(value, window))
            assert received[place] == held.gradient.text
            assert {*received[:place], *received[place + 1 :]} <= {"0"}
        asked = [figure.asked for row in held.window for figure in row]
        assert received[asked.index(True)] == held.gives.text


@pytest.mark.parametrize("network", NETWORKS)
def test_the_loss_is_a_logarithm_less_the_targets_own_score(network: str) -> None:
    for precision in PRECISIONS:
        found = go(backward(network, "loss", precision=precision))
        shown = on_selected_cell(found)
        assert isinstance(shown.view, LossView)
        assert value(shown.value.text) > 0
        negative = shown.view.shifted[1:] if shown.view.shifted.startswith("\N{MINUS SIGN}") else shown.view.shifted
        assert adds_up([shown.view.log, negative], shown.value.text, precision)
        assert shown.view.name == (found.network.classes or "0123456789")[found.target]


def test_a_cell_that_no_window_reads_owes_nothing() -> None:
    """A stride longer than the kernel leaves gaps."""
    page = WalkPage(go(backward("far", "first", "input", at="0.0.0")), ODD)
    assert isinstance(page.view, ConvGradient)
    assert (page.view.blocks, page.view.terms, page.view.size, page.value.text) == ((), 0, (0, 0), "0")
    skipped = WalkPage(go(backward("far", "second", "input", at="1.2.2")), ODD)
    assert isinstance(skipped.view, PoolGradient)
    assert (skipped.view.windows, skipped.value.text) == ((), "0")


def test_more_kernels_than_fit_are_folded_the_strongest_first_and_the_silent_ones_are_named() -> None:
    found = go(backward("photos", "conv4", "input"))
    view = on_selected_cell(found).view
    assert isinstance(view, ConvGradient)
    totals = [abs(value(block.total.text)) for block in view.blocks]
    assert totals == sorted(totals, reverse=True)
    assert sorted([*view.silent, *(block.channel for block in view.blocks)]) == list(range(32))
    assert all(block.nonzero for block in view.blocks)
    few = on_selected_cell(go(backward("digits", "conv1", "input"))).view
    assert isinstance(few, ConvGradient)
    assert [block.channel for block in few.blocks] == list(range(8))


def test_the_weights_come_in_reverse_order_where_the_stride_is_one() -> None:
    """The kernel of the textbooks, turned by 180 degrees."""
    found = go(backward("digits", "conv2", "input", at="3.5.6", precision="exact"))
    view, layer = on_selected_cell(found).view, found.layer_of("conv2")
    assert isinstance(view, ConvGradient)
    assert isinstance(layer, Conv)
    for block in view.blocks:
        turned = layer.weight[block.channel, 3, ::-1, ::-1].ravel().tolist()
        assert [value(text) for text in texts(block.weights)] == turned
    assert view.turned
    for network, name, at in (("digits", "conv2", "3.0.6"), ("digits", "conv1", "0.0.0"), ("odd", "alpha", "0.9.9")):
        # at an edge, and where the stride skips some
        part = on_selected_cell(go(backward(network, name, "input", at=at))).view
        assert isinstance(part, ConvGradient)
        assert not part.turned


def test_only_the_kernels_of_its_own_group_hand_anything_back() -> None:
    for channel, kernels in ((0, [0, 1, 2]), (1, [0, 1, 2]), (2, [3, 4, 5]), (3, [3, 4, 5])):
        view = on_selected_cell(go(backward("odd", "gamma", "input", at=f"{channel}.4.5"))).view
        assert isinstance(view, ConvGradient)
        assert [block.channel for block in view.blocks] == kernels


def test_ties_are_counted_and_the_first_in_reading_order_wins() -> None:
    found = go(backward("digits", "pool1", "input"))
    x = found.before("pool1")
    c, i, j = next(
        (c, i, j) for c, i, j in np.ndindex(8, 13, 13) if (x[c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2] == 0).all()
    )
    for at, wins in (((c, 2 * i, 2 * j), True), ((c, 2 * i, 2 * j + 1), False)):
        view = on_selected_cell(go(replace(found.scene, at=at))).view
        assert isinstance(view, PoolGradient)
        (held,) = view.windows
        assert (held.ties, held.winner) == (4, (c, 2 * i, 2 * j))
        assert (held.gives.text == held.gradient.text) is wins or held.gradient.text == "0"
        layer = found.layer_of("pool1")
        assert isinstance(layer, MaxPool)
        tied = int((layer.ties(x[None])[0, c] > 1).sum())
        assert view.tied == (tied, 13 * 13)
        assert (i, j) in view.small.marks


def test_what_stands_in_the_padding_is_marked_so_and_takes_its_share_along() -> None:
    """The mean counts it, so a part of the error is laid on it, and is cut off with it."""
    found = go(backward("odd", "delta", "input", at="2.0.0", precision="exact"))
    view = on_selected_cell(found).view
    assert isinstance(view, PoolGradient)
    corner = view.windows[0]
    assert corner.cell == (2, 0, 0)
    assert corner.counted == 6
    for table in (corner.window, corner.received):
        assert [[figure.padded for figure in row] for row in table] == [[True, True, True], [True, False, False]]
    assert math.isclose(value(corner.gives.text) * 6, value(corner.gradient.text), rel_tol=1e-12)


def test_the_outputs_of_a_hidden_line_have_numbers_and_those_of_the_last_one_names() -> None:
    hidden, last = (on_selected_cell(go(backward("deep", layer, "input"))).view for layer in ("hidden", "decide"))
    assert isinstance(hidden, DenseGradient)
    assert isinstance(last, DenseGradient)
    assert ([term.name for term in hidden.terms], hidden.classes) == ([*"01234"], False)
    assert ([term.name for term in last.terms], last.classes) == ([*"0123"], True)
    named = on_selected_cell(go(backward("photos", "dense", "input"))).view
    assert isinstance(named, DenseGradient)
    assert [term.name for term in named.terms] == list(NETWORKS["photos"].classes)


@pytest.mark.parametrize("target", range(10))
def test_every_class_can_be_asked_for(target: int) -> None:
    found = go(backward("digits", "dense", target=str(target)))
    view = on_selected_cell(found).view
    assert isinstance(view, LossGradient)
    assert [blame.answer for blame in view.blames] == ["1" if k == target else "0" for k in range(10)]
    assert view.target == str(target)
    assert found.cell == (int(np.abs(found.backward.outputs["dense"]).argmax()), 0, 0)
    assert view.picked.picked
    assert view.picked.index == found.cell[0]
