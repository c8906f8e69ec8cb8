"""The list of classes: score, probability and gradient of each, and the scenes that pick them."""

from __future__ import annotations

from dataclasses import dataclass

from app.passes.network_pass import SOFTMAX
from app.passes.state import Walk
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


def classes(walk: Walk) -> tuple[ClassView, ...]:
    """Show every class with its score and its probability."""
    last = walk.network.names[-1]
    scores, shares = walk.outputs[last].ravel().tolist(), walk.outputs[SOFTMAX].ravel().tolist()
    scene, gradients = walk.scene, _score_gradients(walk)
    names = walk.network.classes or tuple(map(str, range(len(scores))))
    return tuple(
        ClassView(
            name=name,
            score=number(score, walk.scene.precision),
            percent=percent(share),
            bar=round(100 * share, 2),
            likeliest=index == walk.prediction,
            dense=scene.but(layer=last, of="output", at=None, cell=(index, 0, 0)),
            softmax=scene.but(way="forward", layer=SOFTMAX, of="output", at=None, cell=(index, 0, 0)),
            dense_picked=walk.layer == last and _picked_output(walk) == index,
            softmax_picked=walk.layer == SOFTMAX and walk.cell[0] == index,
            gradient=gradient,
            aim=scene.but(target=index),
            aimed=index == walk.target,
        )
        for index, (name, score, share, gradient) in enumerate(zip(names, scores, shares, gradients, strict=True))
    )


def _score_gradients(walk: Walk) -> list[Figure | None]:
    """The gradient by every score on the way back; forwards nobody asks."""
    names = walk.network.names
    if walk.scene.way == "forward":
        return [None] * len(walk.outputs[names[-1]])
    gradients = walk.back.outputs[names[-1]]
    widest = limit(gradients)
    return [gradient_figure(gradient, widest, walk.scene.precision) for gradient in gradients.ravel().tolist()]


def _picked_output(walk: Walk) -> int | None:
    """Which of a layer's outputs is picked, or has the picked weight or bias; None where its input is asked for."""
    scene = walk.scene
    if scene.way == "forward" or scene.of == "output":
        return walk.cell[0]
    return walk.question.at[0] if scene.of in ("weight", "bias") else None
