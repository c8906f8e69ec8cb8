"""The kinds of layers, one file a kind; KINDS is the table that tests and pages go through."""

from __future__ import annotations

from cnn_core.layers.conv import Conv
from cnn_core.layers.dense import Dense
from cnn_core.layers.pool import AveragePool, MaxPool
from cnn_core.layers.relu import ReLU

KINDS: dict[str, type[Conv | MaxPool | AveragePool | ReLU | Dense]] = {
    "conv": Conv,
    "max-pool": MaxPool,
    "average-pool": AveragePool,
    "relu": ReLU,
    "dense": Dense,
}

__all__ = ["KINDS", "AveragePool", "Conv", "Dense", "MaxPool", "ReLU"]
