"""Every view names a template and a macro that there are; the list of classes and the loss lead where they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import app.explain.of_state  # noqa: F401 - the kinds' views are known once everything is imported
from app.explain.class_list import classes
from app.explain.dispatch import explainer_of
from app.explain.explainer import View
from app.explain.softmax_loss import loss_gradient, loss_loop, softmax_loop
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from cnn_core import Dense, cross_entropy, load_network, softmax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

SCORES = np.array([0.5, -1.25, 2.0, 0.1])
CACHE = PassCache({"digits": load_network("digits")}, open_store("memory:"))


def all_views(view: type[View] = View) -> Iterator[type[View]]:
    for each in view.__subclasses__():
        yield each
        yield from all_views(each)


@pytest.mark.parametrize("view", sorted((view for view in all_views() if view.__module__.startswith("app.")), key=str))
def test_a_view_is_shown_by_a_macro_of_its_template(view: type[View], app: Flask) -> None:
    if hasattr(view, "template"):  # what only others inherit from is shown by them
        with app.test_request_context("/en/walk"):
            module = app.jinja_env.get_template(f"explain/{view.template}.html").module
        assert callable(getattr(module, view.part))


@pytest.mark.parametrize("label", range(4))
def test_the_loop_of_softmax_is_a_program(label: int) -> None:
    expected = softmax(SCORES[None, :, None, None]).ravel()
    names = {"z": SCORES, "e": np.zeros(4), "p": np.zeros(4)}
    lines = softmax_loop(4, label)
    exec("\n".join("    " * line.depth + line.code for line in lines), {"exp": np.exp}, names)  # noqa: S102
    np.testing.assert_allclose(names["p"], expected)
    names["p"] = np.zeros(4)
    (current,) = (line for line in lines if line.current)
    exec(current.filled, {}, names)  # noqa: S102
    np.testing.assert_allclose(names["p"], np.where(np.arange(4) == label, expected, 0))


@pytest.mark.parametrize("target", range(4))
def test_the_loop_of_the_loss_is_a_program(target: int) -> None:
    found = cross_entropy(SCORES[None, :, None, None], np.array([target]))
    for label in (None, 0, 3):
        names: dict[str, Any] = {"z": SCORES, "t": target, "dz": np.zeros(4)}
        lines = loss_loop(4, target, label)
        said = {"softmax": lambda z: softmax(z[None, :, None, None]).ravel(), "log": np.log}
        exec("\n".join("    " * line.depth + line.code for line in lines), said, names)  # noqa: S102
        assert names["L"] == pytest.approx(found.value)
        np.testing.assert_allclose(names["dz"], found.dscores.ravel())
        (current,) = (line for line in lines if line.current)
        assert current.depth == (0 if label is None else 1)
        exec(current.filled, said, names)  # noqa: S102
        np.testing.assert_allclose(names["dz"], found.dscores.ravel())
        assert names["L"] == pytest.approx(found.value)


def test_the_line_that_flattens_says_how_many_numbers_there_are() -> None:
    layer = Dense(np.ones((5, 24)), np.ones(5))
    line = explainer_of(layer).loop_back(layer, (2, 3, 4), (5, 1, 1), "input", None)[0]
    assert line.filled == "2 × 3 × 4 = 24"
    assert {each.now for each in explainer_of(layer).loop_back(layer, (2, 3, 4), (5, 1, 1), "bias", (3, 0, 0))} == {
        "",
        "o = 3",
    }


def test_every_class_leads_to_its_own_score_whatever_was_asked_before() -> None:
    scene = Scene(way="backward", layer="conv2", of="weight", at=(1, 2, 0, 0), cell=(1, 2, 2))
    found = classes(resolve(scene, CACHE))
    for index, one in enumerate(found):
        for place, layer in ((one.dense, "dense"), (one.softmax, "softmax")):
            assert (place.layer, place.of, place.at, place.cell) == (layer, "output", None, (index, 0, 0))
        assert (one.dense.way, one.softmax.way, one.aim.target) == ("backward", "forward", index)


def test_every_gradient_of_the_scores_leads_to_its_score() -> None:
    scene = Scene(way="backward", layer="dense", of="bias", at=(1,))
    dscores = cross_entropy(SCORES[None, :, None, None], np.array([2])).dscores[0]
    view = loss_gradient(dscores, softmax(SCORES[None, :, None, None])[0], 2, 1, tuple("abcd"), scene)
    assert [(each.scene.of, each.scene.cell) for each in view.blames] == [("output", (k, 0, 0)) for k in range(4)]
    assert [each.answer for each in view.blames] == ["0", "0", "1", "0"]
