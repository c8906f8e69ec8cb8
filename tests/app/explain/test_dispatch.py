"""Every kind of layer has everything that the pages ask of a kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.explain.dispatch import explainer_of, kind_name, size_formulas
from app.explain.explainer import Asked, Picked
from app.explain.shown_maps import plain_maps
from app.render.mathml import mathml
from cnn_core import KINDS, AveragePool, Conv, Dense, Layer, MaxPool, ReLU

if TYPE_CHECKING:
    from flask import Flask

X = np.random.default_rng(1).normal(size=(2, 5, 6))
EXAMPLES: dict[str, Layer] = {
    "conv": Conv(np.random.default_rng(2).normal(size=(3, 2, 2, 2)), np.ones(3), stride=2, padding=1),
    "max-pool": MaxPool(2, 1),
    "average-pool": AveragePool((2, 3), 1, 1),
    "relu": ReLU(),
    "dense": Dense(np.random.default_rng(3).normal(size=(4, 60)), np.ones(4)),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def asked(layer: Layer, of: Any, at: tuple[int, ...]) -> Asked[Any]:
    dy = np.random.default_rng(4).normal(size=layer.output_shape((2, 5, 6)))
    gradients = layer.backward(X[None], dy[None])
    whole = gradients.x[0] if of == "input" else gradients.params[of]
    return Asked(
        layer=layer,
        x=plain_maps(X, "6"),
        dy=plain_maps(dy, "6", "gradient"),
        dx=plain_maps(gradients.x[0], "6", "gradient"),
        of=of,
        at=at,
        whole=whole,
    )


@kinds
def test_it_has_a_formula_and_one_for_every_gradient(kind: str) -> None:
    layer = EXAMPLES[kind]
    formulas = [explainer_of(layer).formula(layer)]
    formulas += [explainer_of(layer).gradient(layer, of) for of in ("input", *layer.params)]
    assert all("<math" in mathml(formula) and "\\" not in mathml(formula) for formula in formulas)
    assert len(set(formulas)) == len(formulas)


@kinds
def test_one_line_of_its_loops_makes_the_number(kind: str) -> None:
    layer = EXAMPLES[kind]
    before, after, cell = (2, 5, 6), layer.output_shape((2, 5, 6)), (1, 0, 0)
    assert sum(line.current for line in explainer_of(layer).loop(layer, before, after, cell)) == 1
    for of in ("input", *layer.params):
        for window in (None, cell):
            lines = explainer_of(layer).loop_back(layer, before, after, of, window)
            assert sum(line.current for line in lines) == 1
            assert all(bool(line.filled) is (window is not None) for line in lines if line.current)


@kinds
def test_it_arranges_values_of_anybody(kind: str) -> None:
    layer = EXAMPLES[kind]
    view = explainer_of(layer).forward(Picked(layer=layer, x=plain_maps(X, "6"), cell=(1, 0, 0)))
    back = explainer_of(layer).backward(asked(layer, "input", (1, 2, 3)))
    assert {view.template, back.template} == {explainer_of(layer).template}
    assert (view.part, back.part) == ("forward", "backward")


@kinds
def test_its_template_says_why_and_draws_both_ways(kind: str, app: Flask) -> None:
    module = app.jinja_env.get_template(f"explain/{explainer_of(EXAMPLES[kind]).template}.html").module
    assert all(callable(getattr(module, macro)) for macro in ("why", "why_back", "forward", "backward"))


@kinds
def test_it_has_a_name_in_both_languages(kind: str, app: Flask) -> None:
    with app.test_request_context("/en/"):
        app.preprocess_request()
        english = kind_name(kind)
    with app.test_request_context("/zh/"):
        app.preprocess_request()
        chinese = kind_name(kind)
    assert english
    assert chinese
    assert (english == chinese) is (kind == "relu")


def test_a_kind_without_an_explainer_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="got int"):
        explainer_of(3)  # type: ignore[arg-type]


def test_only_what_slides_changes_the_sizes() -> None:
    for kind, layer in EXAMPLES.items():
        formulas = size_formulas(layer, (2, 5, 6), layer.output_shape((2, 5, 6)))
        assert len(formulas) == (2 if kind in ("conv", "max-pool", "average-pool") else 0)
