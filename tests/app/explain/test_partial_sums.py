"""Stopped at one window, the sums before and what it adds are the sums after, for every kind and whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from app.explain.partial_sums import PartialSums
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.render.figures import Table
from app.render.numbers import number
from app.scenes.values import PRECISIONS
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.page import WalkPage
from app.walk.receptive_field import receptive_fields
from app.walk.selected_cell import selected_cell
from cnn_core import AveragePool, Conv, Dense, MaxPool, load_network
from cnn_core.analysis.partial_gradients import so_far
from cnn_core.zoo import ZOO
from tests.app.odd_networks import ODD
from tests.app.read_back import adds_up, half, multiplies, value

NETWORKS = {name: load_network(name) for name in ZOO} | ODD
CACHE = PassCache(NETWORKS, open_store("memory:"))
PLACES = [
    (network, layer, of)
    for network, made in NETWORKS.items()
    for layer, kind in zip(made.names, made.layers, strict=True)
    for of in ("input", *kind.params)
]
every_place = pytest.mark.parametrize(("network", "layer", "of"), PLACES)


def go(scene: Scene) -> WalkState:
    return resolve(scene, CACHE)


def running(found: WalkState) -> PartialSums:
    view = selected_cell(found, receptive_fields(found)).view
    assert isinstance(view, PartialSums)
    return view


def asked(network: str, layer: str, of: str, **more: str) -> Scene:
    return Scene.read({"network": network, "way": "backward", "layer": layer, "of": of, **more})


def stopped(scene: Scene) -> Iterator[WalkState]:
    """At the first and the last window, at that where the loop's link leads to, and at some at random."""
    first = go(scene)
    rng = np.random.default_rng(5)
    shape, gradients = first.outputs[first.layer].shape, first.asked().shape
    yield go(WalkPage(first, NETWORKS).loop)
    for cell in ((0, 0, 0), tuple(side - 1 for side in shape)):
        yield go(first.scene.but(cell=cell))
    for precision in PRECISIONS:
        cell, at = (tuple(int(rng.integers(0, side)) for side in sides) for sides in (shape, gradients))
        yield go(first.scene.but(cell=cell, at=at, precision=precision))


def texts(table: Table) -> list[str]:
    return [figure.text for row in table for figure in row]


@every_place
def test_before_and_what_is_added_are_after(network: str, layer: str, of: str) -> None:
    for found in stopped(asked(network, layer, of)):
        view, precision = running(found), found.scene.precision
        before, added, after = texts(view.before), texts(view.added), texts(view.after)
        assert len(before) == len(added) == len(after)
        assert all(adds_up([a, b], c, precision) for a, b, c in zip(before, added, after, strict=True))
        if view.factor is not None and before:
            factors = texts(view.factor)
            assert len(factors) == len(added)
            assert all(multiplies(x, view.gradient.text, y, precision) for x, y in zip(factors, added, strict=True))
        if view.factor is None and of == "bias":
            assert added == [view.gradient.text]
        if isinstance(found.layer_of(layer), AveragePool):
            share = value(view.gradient.text) / view.shared
            slack = half(view.gradient.text, precision) + half(added[0], precision) + 1e-12
            assert all(abs(value(text) - share) <= slack for text in added)
        else:
            assert view.shared == 0
        assert (view.finished.cell, view.finished.at) == (None, found.scene.at)


@every_place
def test_the_picked_gradient_is_marked_among_the_sums_wherever_the_window_can_change_it(
    network: str, layer: str, of: str
) -> None:
    for found in stopped(asked(network, layer, of, precision="exact")):
        view, made, at = running(found), found.layer_of(layer), found.scene.at or ()
        assert made is not None
        sums = so_far(made, found.before(layer)[None], found.backward.outputs[layer][None], found.cell)
        mine = [float(part.x[0][at] if of == "input" else part.params[of][at]) for part in sums]
        marked = [[figure for row in table for figure in row if figure.asked] for table in
                  (view.before, view.added, view.after)]  # fmt: skip
        if not any(marked):
            assert mine[1] == 0
            assert not view.here
            continue
        assert view.here
        precision = found.scene.precision
        assert [len(each) for each in marked] == [1, 1, 1]
        for (figure,), wanted in zip(marked, mine, strict=True):
            assert adds_up([figure.text], number(wanted, "exact"), precision)


@every_place
def test_the_last_window_leaves_the_whole_gradient(network: str, layer: str, of: str) -> None:
    found = go(asked(network, layer, of))
    last = tuple(side - 1 for side in found.outputs[layer].shape)
    view = running(go(replace(found.scene, cell=last, precision="exact")))
    for figure in (figure for row in view.after for figure in row if figure.asked):
        assert value(figure.text) == pytest.approx(float(found.asked()[found.scene.at or ()]), rel=1e-9, abs=1e-12)


@every_place
def test_the_loops_begin_at_a_window_that_can_change_the_picked_gradient(network: str, layer: str, of: str) -> None:
    page = WalkPage(go(asked(network, layer, of)), NETWORKS)
    read = page.question.of != "input" or go(page.scene).trace_back().steps
    assert running(go(page.loop)).here or not read


def test_the_loops_begin_at_the_first_kernel_that_reads_the_picked_map() -> None:
    for channel, cell in ((1, (0, 3, 4)), (2, (3, 3, 4)), (3, (3, 3, 4))):
        page = WalkPage(go(asked("odd", "gamma", "input", at=f"{channel}.4.5")), NETWORKS)
        assert page.loop.cell == cell


def test_a_window_wholly_in_the_padding_adds_nothing_and_says_that_it_has_nothing_to_change() -> None:
    for layer, cell in (("first", "0.0.0"), ("first", "3.12.12"), ("third", "7.0.6"), ("third", "2.0.4")):
        for of in ("input", "weight", "bias"):
            view = running(go(asked("far", layer, of, cell=cell)))
            if of == "input":
                assert (view.before, view.added, view.after, view.factor) == ((), (), (), ())
            elif of == "weight":
                assert set(texts(view.added)) == {"0"}
            if view.plate is not None:
                assert view.plate.box is None


def test_the_frame_lies_where_the_window_lies() -> None:
    for network, layer, cell, box in (
        ("digits", "conv2", "0.3.5", (5, 3, 3, 3)),
        ("photos", "conv1", "0.0.31", (30, 0, 2, 2)),
        ("odd", "alpha", "0.0.0", (0, 0, 1, 2)),
        ("odd", "beta", "0.7.14", (27, 13, 2, 1)),
    ):
        made = NETWORKS[network].layers[NETWORKS[network].names.index(layer)]
        assert isinstance(made, Conv | MaxPool | AveragePool)
        view = running(go(asked(network, layer, "input", cell=cell)))
        assert view.plate is not None
        assert view.plate.box == box
        _, _, width, height = box
        assert (len(view.added), len(view.added[0])) == (height, width)


def test_another_groups_kernel_reads_nothing_of_the_picked_channel() -> None:
    view = running(go(asked("odd", "gamma", "input", at="3.4.5", cell="0.4.5")))
    assert view.factor is not None
    assert {*texts(view.factor), *texts(view.added)} == {"0"}
    own = running(go(asked("odd", "gamma", "input", at="3.4.5", cell="3.4.5")))
    assert own.factor is not None
    assert "0" not in texts(own.factor)


def test_the_weights_of_a_line_lie_as_the_map_lies_that_they_read() -> None:
    for network, layer in (("digits", "dense"), ("odd", "zeta"), ("deep", "decide")):
        found = go(asked(network, layer, "weight"))
        made, shape = found.layer_of(layer), found.before(layer).shape
        assert isinstance(made, Dense)
        view = running(go(WalkPage(found, NETWORKS).loop))
        assert (len(view.after), len(view.after[0])) == shape[1:]
