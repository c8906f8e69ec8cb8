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


def kind_of(layer: object) -> str:
    """The name in KINDS of a layer's kind. Raises TypeError where it is none of them."""
    for kind, made in KINDS.items():
        if type(layer) is made:
            return kind
    raise TypeError(f"expected a layer of one of the kinds {', '.join(KINDS)}, received {type(layer).__name__}")


__all__ = ["KINDS", "AveragePool", "Conv", "Dense", "MaxPool", "ReLU", "kind_of"]
