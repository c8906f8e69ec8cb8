"""The list of classes: score, probability and gradient of each, and the scenes that pick them."""

from __future__ import annotations

from dataclasses import dataclass

from app.passes.network_facts import class_labels
from app.passes.network_pass import SOFTMAX
from app.passes.state import WalkState
from app.render.colours import limit
from app.render.figures import Figure, gradient_figure
from app.render.numbers import number, percent
from app.scenes.walk_scene import Scene


@dataclass(frozen=True, kw_only=True)
class ClassView:
    """One class: its score, its probability and its gradient, and the scenes that pick them, or aim at it."""

    name: str
    score: str
    percent: str
    bar: float
    likeliest: bool
    dense: Scene
    softmax: Scene
    dense_picked: bool
    softmax_picked: bool
    gradient: Figure | None
    aim: Scene
    aimed: bool


def classes(state: WalkState) -> tuple[ClassView, ...]:
    """Show every class with its score and its probability."""
    last = state.network.names[-1]
    scores, shares = state.outputs[last].ravel().tolist(), state.outputs[SOFTMAX].ravel().tolist()
    scene, gradients = state.scene, _score_gradients(state)
    names = class_labels(state.network)
    return tuple(
        ClassView(
            name=name,
            score=number(score, state.scene.precision),
            percent=percent(share),
            bar=round(100 * share, 2),
            likeliest=index == state.prediction,
            dense=scene.but(layer=last, of="output", at=None, cell=(index, 0, 0)),
            softmax=scene.but(way="forward", layer=SOFTMAX, of="output", at=None, cell=(index, 0, 0)),
            dense_picked=state.layer == last and _picked_output(state) == index,
            softmax_picked=state.layer == SOFTMAX and state.cell[0] == index,
            gradient=gradient,
            aim=scene.but(target=index),
            aimed=index == state.target,
        )
        for index, (name, score, share, gradient) in enumerate(zip(names, scores, shares, gradients, strict=True))
    )


def _score_gradients(state: WalkState) -> list[Figure | None]:
    """The gradient by every score on the way back; forwards nobody asks."""
    names = state.network.names
    if state.scene.way == "forward":
        return [None] * len(state.outputs[names[-1]])
    gradients = state.backward.outputs[names[-1]]
    widest = limit(gradients)
    return [gradient_figure(gradient, widest, state.scene.precision) for gradient in gradients.ravel().tolist()]


def _picked_output(state: WalkState) -> int | None:
    """Which of a layer's outputs is picked, or has the picked weight or bias; None where its input is asked for."""
    scene = state.scene
    if scene.way == "forward" or scene.of == "output":
        return state.cell[0]
    return state.question.at[0] if scene.of in ("weight", "bias") else None
