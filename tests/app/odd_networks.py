"""Networks that have what those of the zoo do not, for the pages know no layer by its name."""

from __future__ import annotations

import numpy as np

from cnn_core import AveragePool, Conv, Dense, MaxPool, Network, ReLU


def odd_network() -> Network:
    """Everything the zoo does not have: padding, stride, dilation, groups, overlapping and ceil pooling."""
    rng = np.random.default_rng(1)
    return Network(
        (
            Conv(
                rng.normal(size=(4, 1, 3, 2)),
                rng.normal(size=4),
                stride=(2, 1),
                padding=((1, 0), (2, 1)),
                dilation=(1, 2),
            ),
            MaxPool(3, 2, 1, ceil=True),
            Conv(rng.normal(size=(6, 2, 2, 2)), rng.normal(size=6), groups=2),
            AveragePool((2, 3), 1, 1, count_padding=True),
            ReLU(),
            Dense(rng.normal(size=(3, 6 * 8 * 14)), rng.normal(size=3)),
        ),
        ("alpha", "beta", "gamma", "delta", "epsilon", "zeta"),
        (1, 28, 28),
        ("a", "b", "c"),
    )


def far_network() -> Network:
    """Windows that lie wholly in the padding, cells that no window reads, a group for each map, and no classes."""
    rng = np.random.default_rng(2)
    return Network(
        (
            Conv(rng.normal(size=(4, 1, 2, 2)), rng.normal(size=4), stride=3, padding=5),
            MaxPool(2, 3, ceil=True),
            Conv(rng.normal(size=(8, 1, 2, 2)), rng.normal(size=8), padding=((3, 0), (0, 3)), groups=4),
            AveragePool(3, 4, 1),
            AveragePool(2),
        ),
        ("first", "second", "third", "fourth", "fifth"),
        (1, 28, 28),
    )


def deep_network() -> Network:
    """A hidden line of numbers: a fully connected layer in the middle, a gate behind it, and no classes."""
    rng = np.random.default_rng(3)
    return Network(
        (
            Conv(rng.normal(size=(2, 1, 3, 3)), rng.normal(size=2), stride=3),
            ReLU(),
            Dense(rng.normal(size=(5, 2 * 9 * 9)) / 8, rng.normal(size=5)),
            ReLU(),
            Dense(rng.normal(size=(4, 5)), rng.normal(size=4)),
        ),
        ("look", "gate", "hidden", "again", "decide"),
        (1, 28, 28),
    )


ODD = {"odd": odd_network(), "far": far_network(), "deep": deep_network()}
