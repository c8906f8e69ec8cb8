"""The update rules, worked out by hand for a few steps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cnn_core import Step
from cnn_core.layer import Array
from cnn_core.training.optimizers import SGD, Account, Adam, Memory, Rule

RULES = [SGD(0.1), SGD(0.05, momentum=0.9), Adam(0.2), Adam(0.01, beta1=0.5, beta2=0.75, epsilon=1e-3)]
REMEMBERED = {0: [], 1: ["velocity"], 2: ["mean", "square"]}
"""The names of what a rule remembers, by how many arrays it keeps."""


def steps(rule: Rule, start: Array, gradients: list[Array]) -> list[Array]:
    """The values after each gradient."""
    found, memory = [start], ()  # type: tuple[list[Array], Memory]
    for count, gradient in enumerate(gradients, start=1):
        for array in (found[-1], gradient, *memory):
            array.flags.writeable = False
        value, memory = rule.step(found[-1], gradient, memory, count)
        found.append(value)
    return found[1:]


def test_gradient_descent_goes_against_the_gradient() -> None:
    (after,) = steps(SGD(0.1), np.array([1.0, 2.0]), [np.array([10.0, -20.0])])
    np.testing.assert_allclose(after, [0, 4])


def test_momentum_keeps_going() -> None:
    after = steps(SGD(0.1, momentum=0.5), np.array([0.0]), [np.array([1.0]), np.array([1.0]), np.array([0.0])])
    np.testing.assert_allclose(np.concatenate(after), [-0.1, -0.25, -0.325])


def test_the_first_step_of_adam_is_its_rate_whatever_the_gradient() -> None:
    (after,) = steps(Adam(0.01), np.zeros(3), [np.array([1e-3, -5.0, 100.0])])
    np.testing.assert_allclose(after, [-0.01, 0.01, -0.01], rtol=1e-4)


def test_two_steps_of_adam_by_hand() -> None:
    rule = Adam(0.1, beta1=0.5, beta2=0.75, epsilon=0.0)
    first, second = steps(rule, np.array([0.0]), [np.array([2.0]), np.array([1.0])])
    np.testing.assert_allclose(first, [-0.1])
    mean, square = (0.5 * 1 + 0.5 * 1) / (1 - 0.25), (0.75 * 1 + 0.25 * 1) / (1 - 0.5625)
    np.testing.assert_allclose(second, first - 0.1 * mean / np.sqrt(square))


def test_adam_forgets_as_slowly_as_its_paper_says_unless_it_is_told_otherwise() -> None:
    _, second = (float(value[0]) for value in steps(Adam(0.1), np.zeros(1), [np.array([2.0]), np.array([1.0])]))
    mean = (0.9 * 0.1 * 2 + 0.1 * 1) / (1 - 0.9**2)
    square = (0.999 * 0.001 * 4 + 0.001 * 1) / (1 - 0.999**2)
    assert second == pytest.approx(-0.1 - 0.1 * mean / math.sqrt(square), rel=1e-7)


@pytest.mark.parametrize("rule", [SGD(0.1), SGD(0.05, momentum=0.9), Adam(0.2)])
def test_every_rule_finds_the_bottom_of_a_bowl(rule: Rule) -> None:
    value: Array = np.array([3.0, -2.0])
    memory: Memory = ()
    for count in range(1, 401):
        value, memory = rule.step(value, 2 * (value - np.array([1.0, 1.0])), memory, count)
    np.testing.assert_allclose(value, [1, 1], atol=1e-3)


@pytest.mark.parametrize("rule", [SGD(0.1), SGD(0.1, momentum=0.9), Adam(0.1)])
def test_float32_stays_float32(rule: Rule) -> None:
    one = np.ones(2, np.float32)
    value, memory = rule.step(one, one, (), 1)
    value, memory = rule.step(value, one, memory, 2)
    assert {array.dtype for array in (value, *memory)} == {np.dtype(np.float32)}


def redone(step: Step) -> float:
    """What a step must give, worked out from what it read."""
    first, *rest = (read.value for read in step.reads)
    if step.op == "mix":
        old, *new = rest
        return first * old + (1 - first) * math.prod(new)
    if step.op == "root":
        assert rest == []
        return math.sqrt(first)
    (second,) = rest
    found: dict[str, float] = {
        "multiply": first * second,
        "divide": first / second,
        "sum": first + second,
        "minus": first - second,
        "fill": 1 - first**second,
    }
    return found[step.op]


def test_an_explanation_names_what_it_has_worked_out() -> None:
    account: Account = SGD(0.1, momentum=0.5).explain(2.0, 10.0, (4.0,), 2)
    assert {name: step.value for name, step in account.items()} == {
        "kept": 2.0,
        "velocity": 12.0,
        "move": pytest.approx(1.2),
        "value": pytest.approx(0.8),
    }
    assert list(SGD(0.1).explain(2.0, 10.0, (), 1)) == ["move", "value"]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(5))
def test_an_explanation_gives_what_the_step_gives(rule: Rule, dtype: type, seed: int) -> None:
    rng = np.random.default_rng(seed)
    value: Array = rng.normal(size=(3, 4)).astype(dtype)
    memory: Memory = ()
    for count in (1, 2, 3, 4, 17):
        gradient: Array = (rng.normal(size=value.shape) * 10.0 ** rng.integers(-6, 3, value.shape)).astype(dtype)
        after, remembered = rule.step(value, gradient, memory, count)
        for at in np.ndindex(value.shape):
            account = rule.explain(float(value[at]), float(gradient[at]), tuple(float(m[at]) for m in memory), count)
            found = [account[name].value for name in REMEMBERED[len(remembered)]]
            if dtype is np.float64:  # the same operations in the same order: not one digit may differ
                assert [*found, account["value"].value] == [*(m[at] for m in remembered), after[at]]
            else:
                terms = float(abs(value[at])) + abs(account["move"].value)
                assert account["value"].value == pytest.approx(float(after[at]), rel=0, abs=1e-5 * terms)
        value, memory = after, remembered


@pytest.mark.parametrize("rule", RULES)
def test_every_step_of_an_explanation_follows_from_what_it_read(rule: Rule) -> None:
    memory = tuple(abs(part) for part in (0.3, 0.7)[: len(rule.step(np.ones(1), np.ones(1), (), 1)[1])])
    account = rule.explain(0.4, -1.7, memory, 3)
    given = {"value": 0.4, "gradient": -1.7, "count": 3.0, "rate": rule.rate}
    for place, step in enumerate(account.values()):
        assert step.value == pytest.approx(redone(step), rel=1e-14)
        for read in step.reads:
            if read.array in list(account)[:place]:
                assert read.value == account[read.array].value
            elif read.array == "memory":
                assert read.value == memory[read.at[0]]
            else:
                assert read.value == given.get(read.array, read.value)
    assert list(account)[-2:] == ["move", "value"]
