"""Softmax turns scores into probabilities; cross-entropy says how surprising the right answer was."""

from __future__ import annotations

from math import exp, fsum, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnn_core.layer import Array, ShapeError, check_float
from cnn_core.trace import Read, Step, Trace


class Loss(NamedTuple):
    """value: the mean loss in nats; probabilities and dscores (its gradient by the scores): shaped like the scores."""

    value: float
    probabilities: Array
    dscores: Array


def softmax(scores: Array) -> Array:
    """(N, K, ...) -> the same shape, positive and adding up to 1 over axis 1.

    The largest score is subtracted first: the quotient stays the same, and no exponential can overflow.
    """
    _check_scores(scores, "softmax")
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    out: Array = powers / powers.sum(axis=1, keepdims=True)
    return out


def cross_entropy(scores: Array, labels: NDArray[np.integer]) -> Loss:
    """scores: (N, K) or (N, K, 1, 1), labels: (N,) class indices -> the mean of -log p(label) over N.

    Its gradient by the scores is (p - y) / N, with y the one-hot answer.
    """
    _check_scores(scores, "cross-entropy")
    if scores.size != scores.shape[0] * scores.shape[1]:
        raise ShapeError("cross-entropy scores", "(N, K) or (N, K, 1, 1)", scores.shape)
    labels = np.asarray(labels)
    if labels.shape != scores.shape[:1]:
        raise ShapeError("cross-entropy labels", scores.shape[:1], labels.shape)
    if labels.dtype.kind not in "iu":
        raise ShapeError("cross-entropy labels dtype", "whole numbers, such as int64", labels.dtype.name)
    if not (0 <= labels.min() and labels.max() < scores.shape[1]):
        raise ShapeError("cross-entropy labels", f"0 to {scores.shape[1] - 1}", (int(labels.min()), int(labels.max())))
    probabilities = softmax(scores)
    shifted = (scores - scores.max(axis=1, keepdims=True)).reshape(scores.shape[:2])
    rows = np.arange(len(labels))
    surprise = np.log(np.exp(shifted).sum(axis=1)) - shifted[rows, labels]  # finite even where p underflows to 0
    dscores = probabilities.reshape(scores.shape[:2]).copy()
    dscores[rows, labels] -= 1
    dscores /= len(labels)
    return Loss(float(surprise.mean()), probabilities, dscores.reshape(scores.shape))


def explain_softmax(scores: Array, label: int) -> Trace:
    """Tell how the probability of one class of the first picture came to be; scores: (N, K, 1, 1).

    Each step uses the ones before: an "exp" for every class, their "sum", and last the quotient ("divide"), the value.
    """
    _check_scores(scores, "softmax")
    logits = [float(score) for score in scores[0].ravel()]
    if not 0 <= label < len(logits):
        raise ShapeError("softmax class", f"0 to {len(logits) - 1}", label)
    top = max(range(len(logits)), key=logits.__getitem__)
    largest = Read("input", (top, 0, 0), logits[top])
    steps = [
        Step("exp", (Read("input", (k, 0, 0), score), largest), exp(score - largest.value))
        for k, score in enumerate(logits)
    ]
    powers = tuple(Read("exponential", (k, 0, 0), step.value) for k, step in enumerate(steps))
    total = fsum(step.value for step in steps)
    value = steps[label].value / total
    steps.append(Step("sum", powers, total))
    steps.append(Step("divide", (powers[label], Read("sum", (), total)), value))
    return Trace((label, 0, 0), tuple(steps), value)


def explain_loss(scores: Array, label: int) -> Trace:
    """Tell how the cross-entropy of the first picture came to be: -log p(label); scores: (N, K, 1, 1).

    Each step uses the ones before: an "exp" for every class, their "sum", its "log", and last "minus": the log of the
    sum less the label's own score, with the largest score subtracted, which is the value.
    """
    parts = explain_softmax(scores, label).steps[:-1]
    own, largest = parts[label].reads
    total = parts[-1].value
    logarithm = Step("log", (Read("sum", (), total),), log(total))
    shifted = own.value - largest.value
    value = logarithm.value - shifted
    last = Step("minus", (Read("log", (), logarithm.value), Read("shifted", (label, 0, 0), shifted)), value)
    return Trace((0, 0, 0), (*parts, logarithm, last), value)


def explain_loss_gradient(scores: Array, label: int, at: int) -> Trace:
    """Tell how the loss of the first picture changes with the score of class `at`: p - y; scores: (N, K, 1, 1).

    One step, "minus": the class's probability, and the answer y, which is 1 for the label and 0 for all others.
    """
    probability = explain_softmax(scores, at).value
    answer = 1.0 if at == label else 0.0
    value = probability - answer
    step = Step("minus", (Read("probability", (at, 0, 0), probability), Read("answer", (at, 0, 0), answer)), value)
    return Trace((at, 0, 0), (step,), value)


def _check_scores(scores: Array, where: str) -> None:
    if not isinstance(scores, np.ndarray):
        raise ShapeError(f"{where} scores", "an array (N, K) or (N, K, 1, 1)", type(scores).__name__)
    if scores.ndim < 2 or 0 in scores.shape:
        raise ShapeError(f"{where} scores", "(N, K) or (N, K, 1, 1), each at least 1", scores.shape)
    check_float(scores, f"{where} scores")
