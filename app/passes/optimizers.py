"""The update rules of the core, by the names that an address uses."""

from __future__ import annotations

from cnn_core.training.optimizers import SGD, Adam, Rule

MOMENTUM = 0.9


def rule_named(name: str, rate: float) -> Rule:
    """Make the rule "sgd", "momentum" or "adam" with this learning rate."""
    rules: dict[str, Rule] = {"sgd": SGD(rate), "momentum": SGD(rate, MOMENTUM), "adam": Adam(rate)}
    return rules[name]
