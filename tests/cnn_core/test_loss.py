"""Softmax and cross-entropy: by hand, against the loops, and where numbers get out of hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import ShapeError, cross_entropy, explain_loss, explain_loss_gradient, explain_softmax, loops, softmax
from cnn_core.layer import Array
from tests.cnn_core.cases import DTYPES, TOLERANCE, law, normal, seeds

dtypes = pytest.mark.parametrize("dtype", DTYPES)
both_ways = pytest.mark.parametrize("soft", [softmax, loops.softmax], ids=["fast", "loops"])
batches = st.tuples(st.integers(1, 4), st.integers(1, 12), seeds)


def column(*scores: float) -> Array:
    """Scores of one picture, (1, K, 1, 1)."""
    return np.array(scores, float).reshape(1, -1, 1, 1)


@both_ways
def test_probabilities_worked_out_by_hand(soft: Callable[[Array], Array]) -> None:
    np.testing.assert_allclose(soft(column(0, math.log(3))), column(0.25, 0.75), rtol=1e-15)


@both_ways
@pytest.mark.parametrize("shift", [0.0, 1000.0, -1000.0, 1e300])
def test_huge_scores_do_not_overflow(soft: Callable[[Array], Array], shift: float) -> None:
    np.testing.assert_allclose(soft(column(shift, shift, -np.inf)), column(0.5, 0.5, 0), rtol=1e-15)
    np.testing.assert_array_equal(soft(column(1000, 0, -1000)), column(1, 0, 0))


@dtypes
@law
@given(batch=batches)
def test_softmax_agrees_with_the_loops(dtype: type, batch: tuple[int, int, int]) -> None:
    scores = normal((*batch[:2], 1, 1), batch[2], dtype) * 5
    scores.flags.writeable = False
    out = softmax(scores)
    assert out.dtype == scores.dtype
    np.testing.assert_allclose(out, loops.softmax(scores), rtol=TOLERANCE[out.dtype])
    np.testing.assert_allclose(out.sum(axis=1), 1, rtol=1e-6)


@dtypes
@law
@given(batch=batches)
def test_cross_entropy_agrees_with_the_loops(dtype: type, batch: tuple[int, int, int]) -> None:
    n, k, seed = batch
    scores = normal((n, k, 1, 1), seed, dtype) * 5
    scores.flags.writeable = False
    labels = np.random.default_rng(seed).integers(0, k, n)
    labels.flags.writeable = False
    found, (value, probabilities, dscores) = cross_entropy(scores, labels), loops.cross_entropy(scores, labels.tolist())
    assert type(found.value) is float
    assert found.dscores.dtype == found.probabilities.dtype == scores.dtype
    tolerance = TOLERANCE[scores.dtype]
    assert found.value == pytest.approx(value, rel=tolerance, abs=tolerance)
    np.testing.assert_allclose(found.probabilities, probabilities, rtol=tolerance)
    np.testing.assert_allclose(found.dscores, dscores, rtol=tolerance, atol=tolerance)


def test_the_loss_of_a_guess_is_the_logarithm_of_the_number_of_classes() -> None:
    found = cross_entropy(np.zeros((2, 4, 1, 1)), np.array([1, 3]))
    assert found.value == pytest.approx(math.log(4), rel=1e-15)
    expected = [[0.125, -0.375, 0.125, 0.125], [0.125, 0.125, 0.125, -0.375]]
    np.testing.assert_allclose(found.dscores[:, :, 0, 0], expected, rtol=1e-15)


def test_a_hopeless_answer_has_a_large_finite_loss() -> None:
    for value, dscores in (
        cross_entropy(column(1000, 0), np.array([1]))[::2],
        loops.cross_entropy(column(1000, 0), [1])[::2],
    ):
        assert value == 1000
        np.testing.assert_array_equal(dscores, column(1, -1))


def test_the_gradient_agrees_with_finite_differences() -> None:
    scores, labels, h = normal((3, 5, 1, 1), 1), np.array([0, 4, 2]), 1e-5
    found = cross_entropy(scores, labels).dscores
    for place in np.ndindex(scores.shape):
        up, down = scores.copy(), scores.copy()
        up[place] += h
        down[place] -= h
        slope = (cross_entropy(up, labels).value - cross_entropy(down, labels).value) / (2 * h)
        assert found[place] == pytest.approx(slope, rel=1e-7, abs=1e-9)


def test_scores_may_come_without_the_two_sides_of_one() -> None:
    scores, labels = normal((3, 5), 1), np.array([0, 4, 2])
    flat, square = cross_entropy(scores, labels), cross_entropy(scores[:, :, None, None], labels)
    assert flat.value == square.value
    np.testing.assert_array_equal(flat.dscores, square.dscores[:, :, 0, 0])


@pytest.mark.parametrize(
    ("shape", "labels"),
    [
        ((2, 3), [0]),
        ((2, 3), [0, 1, 2]),
        ((2, 3), [0, 3]),
        ((2, 3), [-1, 0]),
        ((2, 3, 2, 1), [0, 1]),
        ((2, 3), [[0, 1]]),
    ],
)
def test_labels_that_do_not_fit_are_refused(shape: tuple[int, ...], labels: list[int]) -> None:
    with pytest.raises(ShapeError, match="cross-entropy"):
        cross_entropy(np.zeros(shape), np.array(labels))


@law
@given(batch=batches, data=st.data())
def test_a_probability_is_explained_by_exponentials_their_sum_and_a_quotient(
    batch: tuple[int, int, int], data: st.DataObject
) -> None:
    scores = normal((*batch[:2], 1, 1), batch[2]) * 5
    label = data.draw(st.integers(0, batch[1] - 1))
    trace = explain_softmax(scores, label)
    *exponentials, total, quotient = trace.steps
    assert trace.cell == (label, 0, 0)
    assert trace.value == quotient.value == pytest.approx(float(softmax(scores)[0, label, 0, 0]), rel=1e-12)
    largest = float(scores[0].max())
    for k, step in enumerate(exponentials):
        own, top = step.reads
        assert (step.op, own.array, own.at, own.value) == ("exp", "input", (k, 0, 0), float(scores[0, k, 0, 0]))
        assert (top.array, top.value, float(scores[0][top.at])) == ("input", largest, largest)
        assert step.value == pytest.approx(math.exp(own.value - top.value), rel=1e-15)
    assert (total.op, quotient.op) == ("sum", "divide")
    assert [read.value for read in total.reads] == [step.value for step in exponentials]
    assert total.value == pytest.approx(math.fsum(step.value for step in exponentials), rel=1e-15)
    assert quotient.reads[0] == total.reads[label]
    assert quotient.reads[1].value == total.value
    assert quotient.value == quotient.reads[0].value / quotient.reads[1].value


@law
@given(batch=batches, data=st.data())
def test_the_loss_and_its_gradient_are_explained(batch: tuple[int, int, int], data: st.DataObject) -> None:
    scores = normal((1, batch[1], 1, 1), batch[2]) * 5
    label = data.draw(st.integers(0, batch[1] - 1))
    loss = cross_entropy(scores, np.array([label]))
    trace = explain_loss(scores, label)
    *exponentials, total, logarithm, last = trace.steps
    assert trace.value == last.value == pytest.approx(loss.value, rel=1e-12, abs=1e-12)
    assert total.value == pytest.approx(math.fsum(step.value for step in exponentials), rel=1e-15)
    assert (logarithm.op, logarithm.value) == ("log", math.log(total.value))
    assert last.value == last.reads[0].value - last.reads[1].value
    assert last.reads[1].value == pytest.approx(float(scores[0, label, 0, 0] - scores.max()), rel=1e-12)
    for k in range(batch[1]):
        trace = explain_loss_gradient(scores, label, k)
        (step,) = trace.steps
        assert trace.value == step.value == step.reads[0].value - step.reads[1].value
        assert trace.value == pytest.approx(float(loss.dscores[0, k, 0, 0]), rel=1e-12, abs=1e-15)
        assert step.reads[1].value == (k == label)


@pytest.mark.parametrize("label", [-1, 3])
def test_a_class_that_is_not_there_cannot_be_explained(label: int) -> None:
    with pytest.raises(ShapeError, match="expected 0 to 2"):
        explain_softmax(np.zeros((1, 3, 1, 1)), label)


@pytest.mark.parametrize("labels", [[0.0, 1.0], [False, True], ["0", "1"]])
def test_labels_are_whole_numbers(labels: list[object]) -> None:
    with pytest.raises(ShapeError, match="cross-entropy labels dtype: expected whole numbers"):
        cross_entropy(np.zeros((2, 3)), np.array(labels))


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros((0, 3)),
        np.zeros((2, 0)),
        np.zeros(2),
        np.zeros(()),
        np.zeros((2, 3), np.int64),
        np.zeros((2, 3), np.float16),
        [[0.0, 1.0]],
    ],
)
def test_scores_that_are_none_are_refused(scores: Any) -> None:
    for ask in (softmax, lambda wrong: cross_entropy(wrong, np.zeros(len(np.atleast_1d(wrong)), int))):
        with pytest.raises(ShapeError, match="scores"):
            ask(scores)
    with pytest.raises(ShapeError, match="softmax scores"):
        explain_softmax(scores, 0)
