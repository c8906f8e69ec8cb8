"""From the state of the walk to what is explained: the selected cell forward, the selected gradient backward."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

from app.explain.dispatch import explainer_of
from app.explain.explainer import Asked, Picked, View
from app.explain.partial_sums import PartialSums, partial_sums
from app.explain.shown_maps import ShownMaps
from app.explain.softmax_loss import loss_gradient, loss_view, softmax_view
from app.explain.weight_terms import weight_terms
from app.passes.network_pass import INPUT, LOSS, SOFTMAX
from app.passes.state import Walk
from cnn_core.layer import Of


@dataclass(frozen=True, kw_only=True)
class PixelView(View):
    """A pixel of the fitted picture, as a number from 0 to 255."""

    template = "input"
    part = "forward"

    byte: int


def look(walk: Walk) -> View:
    """Arrange how the selected cell came to be."""
    if walk.layer == INPUT:
        return PixelView(byte=round(255 * walk.trace().value))
    if walk.layer == SOFTMAX:
        return softmax_view(_scores(walk), walk.cell[0], _labels(walk), walk.scene.precision)
    if walk.layer == LOSS:
        return _loss(walk)
    layer = walk.network.layers[walk.network.names.index(walk.layer)]
    x = _values(walk, _before(walk, walk.layer))
    return explainer_of(layer).forward(Picked(layer=layer, x=x, cell=walk.cell))


def look_back(walk: Walk) -> View:
    """Arrange the terms of the selected gradient, or the window at which the loops have stopped."""
    question, scene = walk.question, walk.scene
    if question.of == "loss":
        return _loss(walk)
    if question.of == "score":
        last = walk.network.names[-1]
        shares, gradients = walk.outputs[SOFTMAX], walk.back.outputs[last]
        return loss_gradient(gradients, shares, walk.target, question.at[0], _labels(walk), scene.but(layer=last))
    asked = asked_of(walk)
    if scene.of != "output" and scene.cell is not None:
        return partial_sums(asked, walk.cell, replace(scene.but(), cell=None))
    if question.of in ("weight", "bias"):
        return weight_terms(asked, scene)
    return explainer_of(asked.layer).backward(asked)


def asked_of(walk: Walk) -> Asked[Any]:
    """The selected gradient with the values that it is made of; only where a layer of the network answers."""
    question, names = walk.question, walk.network.names
    before, last = _before(walk, question.layer), question.layer == names[-1]
    return Asked(
        layer=walk.network.layers[names.index(question.layer)],
        x=_values(walk, before),
        dy=_gradients(walk, question.layer),
        dx=_gradients(walk, before),
        of=cast(Of, question.of),
        at=tuple(question.at),
        whole=walk.asked(),
        labels=tuple(walk.network.classes) if last else (),
        last=last,
    )


def explained_by(walk: Walk, view: View) -> str:
    """The template that says what happens here and why: that of the kind of layer, or of the view itself."""
    name = walk.layer if walk.scene.way == "forward" else walk.question.layer
    layer = None if isinstance(view, PartialSums) else walk.layer_of(name)
    return view.template if layer is None else explainer_of(layer).template


def _loss(walk: Walk) -> View:
    probability = float(walk.outputs[SOFTMAX].ravel()[walk.target])
    return loss_view(_scores(walk), walk.target, probability, _labels(walk), walk.scene.precision)


def _scores(walk: Walk) -> Any:
    return walk.outputs[walk.network.names[-1]]


def _labels(walk: Walk) -> tuple[str, ...]:
    return tuple(walk.network.classes) or tuple(map(str, range(_scores(walk).size)))


def _before(walk: Walk, name: str) -> str:
    """The station whose output a layer reads."""
    return walk.names[walk.names.index(name) - 1]


def _values(walk: Walk, name: str) -> ShownMaps:
    """The outputs of a station, as the walk shows them."""
    scope, maps = walk.scene.scope, walk.sent.maps
    return ShownMaps(
        array=walk.outputs[name],
        precision=walk.scene.precision,
        scale=lambda channel: walk.sent.scale(name, channel, scope),
        uri=lambda channel: maps.pictures(scope)[name][channel],
    )


def _gradients(walk: Walk, name: str) -> ShownMaps:
    """The gradients by the outputs of a station, as the walk shows them."""
    scope, maps = walk.scene.scope, walk.back.maps
    return ShownMaps(
        array=walk.back.outputs[name],
        precision=walk.scene.precision,
        scale=lambda channel: maps.scale(name, channel, scope),
        uri=lambda channel: maps.picture(name, channel, scope),
    )
