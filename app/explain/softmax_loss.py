"""Softmax and cross-entropy: formulas, loops, one probability, the loss, and the gradient of one score."""

from __future__ import annotations

from dataclasses import dataclass

from app.explain.explainer import View
from app.explain.loop_lines import Line
from app.render.colours import limit
from app.render.figures import Figure, figure, gradient_figure
from app.render.numbers import number, percent, small
from app.scenes.walk_scene import Scene
from cnn_core import Array, Trace, explain_loss, explain_softmax

SOFTMAX_FORMULA = r"p_k = \frac{e^{z_k - \max z}}{\sum_{m} e^{z_m - \max z}}"
LOSS_FORMULA = r"L = -\log p_t = \log \sum_{m} e^{z_m - \max z} - (z_t - \max z)"
SCORE_GRADIENT = r"\frac{\partial L}{\partial z_k} = p_k - y_k"


@dataclass(frozen=True, kw_only=True)
class ClassScore:
    """One class on its way from score to probability. shifted: less the largest score. power: e to that power."""

    index: int
    name: str
    score: Figure
    shifted: str
    power: str
    picked: bool


@dataclass(frozen=True, kw_only=True)
class SoftmaxView(View):
    """Every class, the largest score, the sum of the exponentials, and the selected quotient."""

    template = "softmax_loss"
    part = "softmax"

    chances: tuple[ClassScore, ...]
    largest: str
    power: str
    total: str
    name: str
    percent: str


@dataclass(frozen=True, kw_only=True)
class LossView(View):
    """Cross-entropy: every class's exponential, the logarithm of their sum, less the target's own shifted score."""

    template = "softmax_loss"
    part = "loss"

    chances: tuple[ClassScore, ...]
    largest: str
    total: str
    log: str
    shifted: str
    name: str
    probability: str


@dataclass(frozen=True, kw_only=True)
class ClassGradient:
    """One class's gradient by its score: its probability, less 1 where it is the target."""

    index: int
    name: str
    probability: str
    answer: str
    gradient: Figure
    picked: bool
    scene: Scene


@dataclass(frozen=True, kw_only=True)
class LossGradient(View):
    """Where the backward pass begins: p - y for every class; `picked` is one of them."""

    template = "softmax_loss"
    part = "gradient"

    blames: tuple[ClassGradient, ...]
    picked: ClassGradient
    target: str


def softmax_loop(count: int, label: int) -> tuple[Line, ...]:
    """The loop of softmax over so many scores, at one class."""
    return (
        Line(0, "top = max(z)"),
        Line(0, f"for k in range({count}):"),
        Line(1, "e[k] = exp(z[k] - top)"),
        Line(0, f"for k in range({count}):", now=f"k = {label}"),
        Line(1, "p[k] = e[k] / sum(e)", filled=f"p[{label}] = e[{label}] / sum(e)", current=True),
    )


def loss_loop(count: int, target: int, label: int | None) -> tuple[Line, ...]:
    """Softmax and cross-entropy in one: the loss (label None), or its gradient by one score."""
    now = "" if label is None else f"k = {label}"
    answer = "" if label is None else f"dz[{label}] = p[{label}] - {1 if label == target else 0}"
    return (
        Line(0, "p = softmax(z)"),
        Line(0, "L = -log(p[t])", filled=f"L = -log(p[{target}])", current=label is None),
        Line(0, f"for k in range({count}):", now=now),
        Line(1, "dz[k] = p[k] - (k == t)", filled=answer, current=label is not None),
    )


def softmax_view(scores: Array, label: int, labels: tuple[str, ...], precision: str) -> SoftmaxView:
    """The probability of one class from the scores (K,); labels: the classes' names."""
    trace = explain_softmax(_batch(scores), label)
    chances, largest = _chances(trace, label, labels, precision)
    picked, total = trace.steps[-1].reads
    return SoftmaxView(
        chances=chances,
        largest=number(largest, precision),
        power=small(picked.value, precision),
        total=number(total.value, precision),
        name=labels[label],
        percent=percent(trace.value),
    )


def loss_view(scores: Array, target: int, probability: float, labels: tuple[str, ...], precision: str) -> LossView:
    """The loss towards the target: the same exponentials as softmax, and a logarithm."""
    trace = explain_loss(_batch(scores), target)
    chances, largest = _chances(trace, target, labels, precision)
    log, shifted = trace.steps[-1].reads
    return LossView(
        chances=chances,
        largest=number(largest, precision),
        total=number(trace.steps[-3].value, precision),
        log=small(log.value, precision),
        shifted=small(shifted.value, precision),
        name=labels[target],
        probability=small(probability, precision),
    )


def loss_gradient(
    gradients: Array, probabilities: Array, target: int, label: int, labels: tuple[str, ...], scene: Scene
) -> LossGradient:
    """The gradients by all scores (K,), of which `label` is selected; scene: the one whose layer makes the scores."""
    precision, scale = scene.precision, limit(gradients)
    pairs = zip(probabilities.ravel().tolist(), gradients.ravel().tolist(), strict=True)
    blames = tuple(
        ClassGradient(
            index=index,
            name=labels[index],
            probability=small(share, precision),
            answer="1" if index == target else "0",
            gradient=gradient_figure(gradient, scale, precision),
            picked=index == label,
            scene=scene.but(of="output", cell=(index, 0, 0)),
        )
        for index, (share, gradient) in enumerate(pairs)
    )
    return LossGradient(blames=blames, picked=blames[label], target=labels[target])


def _chances(
    trace: Trace, picked: int, labels: tuple[str, ...], precision: str
) -> tuple[tuple[ClassScore, ...], float]:
    """Every class on its way from score to probability, and the largest score."""
    powers = [step for step in trace.steps if step.op == "exp"]
    largest, scale = powers[0].reads[1].value, max(abs(step.reads[0].value) for step in powers)
    chances = tuple(
        ClassScore(
            index=index,
            name=labels[index],
            score=figure(step.reads[0].value, scale, precision),
            shifted=number(step.reads[0].value - largest, precision),
            power=small(step.value, precision),
            picked=index == picked,
        )
        for index, step in enumerate(powers)
    )
    return chances, largest


def _batch(scores: Array) -> Array:
    """(K, 1, 1) or (K,) -> (1, K, 1, 1)."""
    return scores.reshape(1, -1, 1, 1)
