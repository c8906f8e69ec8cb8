"""The update rules, worked out by hand for a few steps."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_core.layer import Array
from cnn_core.optimizer import SGD, Adam, Memory, Rule


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
