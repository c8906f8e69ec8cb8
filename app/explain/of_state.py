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
from app.passes.network_facts import class_labels
from app.passes.network_pass import INPUT, LOSS, SOFTMAX
from app.passes.state import WalkState
from cnn_core.layer import Of


@dataclass(frozen=True, kw_only=True)
class PixelView(View):
    """A pixel of the fitted picture, as a number from 0 to 255."""

    template = "input"
    part = "forward"

    byte: int


def look(state: WalkState) -> View:
    """Arrange how the selected cell came to be."""
    if state.layer == INPUT:
        return PixelView(byte=round(255 * state.trace().value))
    if state.layer == SOFTMAX:
        return softmax_view(_scores(state), state.cell[0], class_labels(state.network), state.scene.precision)
    if state.layer == LOSS:
        return _loss(state)
    layer = state.network.layers[state.network.names.index(state.layer)]
    x = _values(state, _before(state, state.layer))
    return explainer_of(layer).forward(Picked(layer=layer, x=x, cell=state.cell))


def look_back(state: WalkState) -> View:
    """Arrange the terms of the selected gradient, or the window at which the loops have stopped."""
    question, scene = state.question, state.scene
    if question.of == "loss":
        return _loss(state)
    if question.of == "score":
        last = state.network.names[-1]
        shares, gradients = state.outputs[SOFTMAX], state.backward.outputs[last]
        return loss_gradient(
            gradients, shares, state.target, question.at[0], class_labels(state.network), scene.but(layer=last)
        )
    asked = asked_of(state)
    if scene.of != "output" and scene.cell is not None:
        return partial_sums(asked, state.cell, replace(scene.but(), cell=None))
    if question.of in ("weight", "bias"):
        return weight_terms(asked, scene)
    return explainer_of(asked.layer).backward(asked)


def asked_of(state: WalkState) -> Asked[Any]:
    """The selected gradient with the values that it is made of; only where a layer of the network answers."""
    question, names = state.question, state.network.names
    before, last = _before(state, question.layer), question.layer == names[-1]
    return Asked(
        layer=state.network.layers[names.index(question.layer)],
        x=_values(state, before),
        dy=_gradients(state, question.layer),
        dx=_gradients(state, before),
        of=cast(Of, question.of),
        at=tuple(question.at),
        whole=state.asked(),
        labels=tuple(state.network.classes) if last else (),
        last=last,
    )


def explained_by(state: WalkState, view: View) -> str:
    """The template that says what happens here and why: that of the kind of layer, or of the view itself."""
    name = state.layer if state.scene.way == "forward" else state.question.layer
    layer = None if isinstance(view, PartialSums) else state.layer_of(name)
    return view.template if layer is None else explainer_of(layer).template


def _loss(state: WalkState) -> View:
    probability = float(state.outputs[SOFTMAX].ravel()[state.target])
    return loss_view(_scores(state), state.target, probability, class_labels(state.network), state.scene.precision)


def _scores(state: WalkState) -> Any:
    return state.outputs[state.network.names[-1]]


def _before(state: WalkState, name: str) -> str:
    """The station whose output a layer reads."""
    return state.names[state.names.index(name) - 1]


def _values(state: WalkState, name: str) -> ShownMaps:
    """The outputs of a station, as the walk shows them."""
    scope, maps = state.scene.scope, state.forward.maps
    return ShownMaps(
        array=state.outputs[name],
        precision=state.scene.precision,
        scale=lambda channel: state.forward.scale(name, channel, scope),
        uri=lambda channel: maps.picture(name, channel, scope),
        sheet=name if state.scene.way == "forward" and maps.shows(name) else "",
    )


def _gradients(state: WalkState, name: str) -> ShownMaps:
    """The gradients by the outputs of a station, as the walk shows them."""
    scope, maps = state.scene.scope, state.backward.maps
    return ShownMaps(
        array=state.backward.outputs[name],
        precision=state.scene.precision,
        scale=lambda channel: maps.scale(name, channel, scope),
        uri=lambda channel: maps.picture(name, channel, scope),
        sheet=name if state.scene.way == "backward" and maps.shows(name) else "",
    )
