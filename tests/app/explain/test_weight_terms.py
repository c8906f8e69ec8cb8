"""The terms of a weight's gradient, the largest first: every page carries on where the last one stopped."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from app.explain.weight_terms import WeightTerms
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.refusal import Refusal
from app.render.numbers import number
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.receptive_field import receptive_fields
from app.walk.selected_cell import selected_cell
from cnn_core import Conv, load_network
from cnn_core.zoo import ZOO
from tests.app.odd_networks import ODD
from tests.app.read_back import adds_up, value
from tests.app.way_out import way_out

NETWORKS = {name: load_network(name) for name in ZOO} | ODD
CACHE = PassCache(NETWORKS, open_store("memory:"))
PLACES = [
    (network, layer, of)
    for network, made in NETWORKS.items()
    for layer, kind in zip(made.names, made.layers, strict=True)
    for of in kind.params
]
every_place = pytest.mark.parametrize(("network", "layer", "of"), PLACES)


def go(scene: Scene) -> WalkState:
    return resolve(scene, CACHE)


def terms_of(found: WalkState) -> WeightTerms:
    view = selected_cell(found, receptive_fields(found)).view
    assert isinstance(view, WeightTerms)
    return view


def asked(network: str, layer: str, of: str, **more: str) -> Scene:
    return Scene.read({"network": network, "way": "backward", "layer": layer, "of": of, **more})


def pages(scene: Scene, most: int) -> Iterator[WeightTerms]:
    """The first pages, as their links lead on, and the last one."""
    view = terms_of(go(scene))
    yield view
    for _ in range(most):
        following = [choice for choice in view.pages if int(choice.name) == view.page + 1]
        if not following:
            return
        view = terms_of(go(following[0].scene))
        yield view
    yield terms_of(go(view.pages[-1].scene))


@every_place
def test_the_pages_carry_on(network: str, layer: str, of: str) -> None:
    for precision in ("3", "exact"):
        scene = go(asked(network, layer, of, precision=precision)).scene
        total, seen, sizes, so_far = number(go(scene).trace_back().value, "exact"), 0, [], "0"
        for view in pages(scene, 2):
            shown = [term.product.text for term in view.terms]
            assert adds_up([view.carried or "0", *shown, view.rest or "0"], total, precision)
            if view.page == (seen // 12) + 1:  # the page behind the one before
                assert (view.carried or "0") == so_far
                seen, so_far = seen + len(shown), view.terms[-1].so_far
            assert view.rest_count == view.count - 12 * (view.page - 1) - len(shown)
            assert bool(view.rest) is bool(view.rest_count)
            assert bool(view.carried) is (view.page > 1)
            sizes += [abs(value(text)) for text in shown]
        assert all(a >= b for a, b in itertools.pairwise(sizes))
        terms = go(scene).trace_back().steps
        assert view.page == max(1, math.ceil(len(terms) / 12))
        assert (view.count, view.nonzero) == (len(terms), sum(step.value != 0 for step in terms))


@every_place
def test_each_term_leads_to_its_window_and_to_what_the_weight_met_there(network: str, layer: str, of: str) -> None:
    found = go(asked(network, layer, of, precision="exact"))
    gradients = found.backward.outputs[layer]
    for term in terms_of(found).terms:
        assert value(term.gradient.text) == pytest.approx(float(gradients[term.at]), rel=1e-12)
        assert term.at[0] == (found.scene.at or ())[0]
        assert (term.window.cell, term.window.at, term.window.of) == (term.at, found.scene.at, of)
        if term.met is None or not isinstance(made := found.layer_of(layer), Conv):
            continue
        f, c, a, b = found.scene.at or ()
        row, column = made.windows.place(term.at[1], term.at[2], (a, b))
        x = found.before(layer)
        inside = 0 <= row < x.shape[1] and 0 <= column < x.shape[2]
        channel = c + f // (len(made.weight) // made.groups) * made.weight.shape[1]
        assert value(term.met.text) == (x[channel, row, column] if inside else 0)
        assert term.met.padded is not inside


@pytest.mark.parametrize("page", [0, 99])
def test_a_page_that_is_not_there_is_refused_with_the_nearest_that_is(page: int) -> None:
    scene = go(asked("digits", "conv1", "weight")).scene
    with pytest.raises(Refusal) as refused:
        terms_of(go(replace(scene, page=page)))
    assert (refused.value.status, refused.value.code, refused.value.values["last"]) == (422, "page-out-of-range", 57)
    nearest = replace(scene, page=57 if page else 1)
    assert way_out(refused.value) == nearest.query()
    assert terms_of(go(nearest)).page == nearest.page


def test_the_pages_beside_this_one_are_offered_and_the_first_and_the_last() -> None:
    scene = go(asked("digits", "conv1", "bias")).scene
    for page, offered in ((1, "1 2 3 57"), (5, "1 3 4 5 6 7 57"), (57, "1 55 56 57")):
        view = terms_of(go(replace(scene, page=page)))
        assert " ".join(choice.name for choice in view.pages) == offered
        assert [choice.name for choice in view.pages if choice.picked] == [str(page)]


def test_the_kernel_around_a_weight_is_shown_with_it_marked_and_its_other_channels_are_a_press_away() -> None:
    found = go(asked("digits", "conv2", "weight", at="7.3.0.2", precision="exact"))
    view, made = terms_of(found), found.layer_of("conv2")
    assert isinstance(made, Conv)
    assert [[value(each.text) for each in row] for row in view.kernel] == made.weight[7, 3].tolist()
    assert [(i, j) for i, row in enumerate(view.kernel) for j, each in enumerate(row) if each.asked] == [(0, 2)]
    assert [choice.scene.at for choice in view.siblings] == [(7, c, 0, 2) for c in range(8)]
    assert [choice.picked for choice in view.siblings] == [c == 3 for c in range(8)]
    assert terms_of(go(asked("digits", "conv1", "weight"))).siblings == ()
    bias = terms_of(go(asked("digits", "conv2", "bias")))
    assert (bias.kernel, bias.siblings, bias.met) == ((), (), None)


@pytest.mark.parametrize(
    ("layer", "at", "channel"), [("gamma", "4.1.0.1", 3), ("gamma", "1.1.0.1", 1), ("alpha", "2.0.1.1", 0)]
)
def test_what_a_weight_met_is_named_by_the_map_that_its_group_reads(layer: str, at: str, channel: int) -> None:
    found = go(asked("odd", layer, "weight", at=at))
    view = terms_of(found)
    assert view.met is not None
    assert view.channel == channel
    shape = found.outputs[layer].shape[1:]
    assert (view.met.height, view.met.width) == shape == (view.products.height, view.products.width)  # type: ignore[union-attr]


def test_the_maps_of_terms_show_one_cell_a_window() -> None:
    found = go(asked("photos", "conv1", "weight", at="3.1.0.2"))
    view, x = terms_of(found), found.before("conv1")
    assert view.met is not None
    met = np.zeros((32, 32))
    met[1:, :-1] = x[1, :-1, 1:]  # one row up, one column right, and the padding
    assert (view.met.least, view.met.most) == (f"{met.min():.3f}".replace("0.000", "0"), f"{met.max():.3f}")
