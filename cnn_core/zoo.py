"""The trained networks that the site teaches with: how each is built, how it was trained, and how often it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from cnn_core.layer import Array, Layer, Shape, ShapeError
from cnn_core.layers import AveragePool, Conv, Dense, MaxPool, ReLU
from cnn_core.network import Network

WEIGHTS = Path(__file__).parent / "weights"
DECIMALS = 4
"""Weights are rounded to this many decimals, so that a page can show every one of them whole."""


@dataclass(frozen=True)
class Entry:
    """One network of the zoo.

    accuracy: the share of `dataset` that it gets right; a test counts again.
    """

    name: str
    title: str
    input_shape: Shape
    classes: tuple[str, ...]
    dataset: str
    accuracy: float

    @property
    def file(self) -> Path:
        """Where its weights are kept."""
        return WEIGHTS / f"{self.name}.npz"

    @property
    def command(self) -> str:
        """What made its weights file; the same seed gives the same file on the same machine."""
        return f"python -m app train {self.name} --data FOLDER --out cnn_core/weights/{self.name}.npz --seed 0"


ZOO: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            name="digits",
            title="Digits",
            input_shape=(1, 28, 28),
            classes=tuple("0123456789"),
            dataset="MNIST, 10,000 test digits",
            accuracy=0.9905,
        ),
        Entry(
            name="digits-average",
            title="Digits, average pooling",
            input_shape=(1, 28, 28),
            classes=tuple("0123456789"),
            dataset="MNIST, 10,000 test digits",
            accuracy=0.9919,
        ),
    )
}


def entry(name: str) -> Entry:
    """Look a network up by name; raises ValueError that lists the names there are."""
    try:
        return ZOO[name]
    except KeyError:
        raise ValueError(f"unknown network {name!r}: expected one of {', '.join(ZOO)}") from None


def untrained(name: str, rng: np.random.Generator) -> Network:
    """Build a network of the zoo with random weights, ready to be trained.

    Weights are drawn so that signals keep their size from layer to layer (He et al., 2015); biases are 0.
    """
    made = entry(name)
    pool: type[MaxPool | AveragePool] = AveragePool if name == "digits-average" else MaxPool
    layers: tuple[Layer, ...] = (
        Conv(_random(rng, 8, 1, 3, 3), np.zeros(8)),
        ReLU(),
        pool(2),
        Conv(_random(rng, 16, 8, 3, 3), np.zeros(16)),
        ReLU(),
        pool(2),
        Dense(_random(rng, 10, 400), np.zeros(10)),
    )
    names = ("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "dense")
    return Network(layers, names, made.input_shape, made.classes)


def load_network(name: str) -> Network:
    """Return a trained network of the zoo: "digits" or "digits-average".

    Its weights are float64 numbers of four decimals; it computes in the dtype of what is put in.
    """
    with np.load(entry(name).file, allow_pickle=False) as arrays:
        return unpacked(untrained(name, np.random.default_rng(0)), arrays)


def packed(network: Network) -> dict[str, Array]:
    """All parameters by "layer.parameter", rounded to DECIMALS, as they are written to a weights file."""
    return {
        f"{name}.{param}": np.round(value.astype(np.float64), DECIMALS)
        for name, layer in zip(network.names, network.layers, strict=True)
        for param, value in layer.params.items()
    }


def unpacked(network: Network, arrays: Mapping[str, Array]) -> Network:
    """Put parameters by "layer.parameter" into a network; raises ShapeError where they do not fit."""
    expected = {
        f"{name}.{param}" for name, layer in zip(network.names, network.layers, strict=True) for param in layer.params
    }
    if set(arrays) != expected:
        raise ShapeError("weights file", sorted(expected), sorted(arrays))
    return network.with_params(
        {param: arrays[f"{name}.{param}"] for param in layer.params}
        for name, layer in zip(network.names, network.layers, strict=True)
    )


def _random(rng: np.random.Generator, *shape: int) -> Array:
    fan_in = int(np.prod(shape[1:]))
    return rng.normal(0, sqrt(2 / fan_in), shape)
