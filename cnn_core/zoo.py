"""The trained networks of the site: architecture, training recipe and accuracy of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

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
        """The file of its weights."""
        return WEIGHTS / f"{self.name}.npz"

    @property
    def confusion_file(self) -> Path:
        """The file of its confusion matrix on the test pictures."""
        return WEIGHTS / f"{self.name}-confusion.csv"

    @property
    def confusion_command(self) -> str:
        """The command that counted it."""
        return (
            f"python -m app measure {self.name} --data FOLDER --out cnn_core/weights/{self.confusion_file.name}"
        )

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
        Entry(
            name="photos",
            title="Photos",
            input_shape=(3, 32, 32),
            classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
            dataset="CIFAR-10, 10,000 test photographs, as JPEG copies",
            accuracy=0.7697,
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
    layers = _for_photos(rng) if name == "photos" else _for_digits(rng, name)
    return Network([layer for _, layer in layers], [at for at, _ in layers], made.input_shape, made.classes)


Named = tuple[tuple[str, Layer], ...]


def _for_digits(rng: np.random.Generator, name: str) -> Named:
    pool: type[MaxPool | AveragePool] = AveragePool if name == "digits-average" else MaxPool
    return (
        ("conv1", _conv(rng, 8, 1)),
        ("relu1", ReLU()),
        ("pool1", pool(2)),
        ("conv2", _conv(rng, 16, 8)),
        ("relu2", ReLU()),
        ("pool2", pool(2)),
        ("dense", _dense(rng, 10, 400)),
    )


def _for_photos(rng: np.random.Generator) -> Named:
    """Pairs of convolutions before each pooling: more is seen at the same detail. Padding keeps height and width."""
    return (
        ("conv1", _conv(rng, 16, 3, padding=1)),
        ("relu1", ReLU()),
        ("conv2", _conv(rng, 16, 16, padding=1)),
        ("relu2", ReLU()),
        ("pool1", MaxPool(2)),
        ("conv3", _conv(rng, 32, 16, padding=1)),
        ("relu3", ReLU()),
        ("conv4", _conv(rng, 32, 32, padding=1)),
        ("relu4", ReLU()),
        ("pool2", MaxPool(2)),
        ("conv5", _conv(rng, 32, 32, padding=1)),
        ("relu5", ReLU()),
        ("pool3", MaxPool(2)),
        ("dense", _dense(rng, 10, 512)),
    )


def load_network(name: str) -> Network:
    """Return a trained network of the zoo: "digits", "digits-average" or "photos".

    Its weights are float64 numbers of four decimals; it computes in the dtype of what is put in.
    """
    with np.load(entry(name).file, allow_pickle=False) as arrays:
        return unpacked(untrained(name, np.random.default_rng(0)), arrays)


def load_confusion(name: str) -> NDArray[np.int64]:
    """Return what a network took the test pictures for: (K, K), a row for each class that they are of."""
    return np.loadtxt(entry(name).confusion_file, dtype=np.int64, delimiter=",", skiprows=1)


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


def _conv(rng: np.random.Generator, kernels: int, channels: int, padding: int = 0) -> Conv:
    return Conv(_random(rng, kernels, channels, 3, 3), np.zeros(kernels), padding=padding)


def _dense(rng: np.random.Generator, outputs: int, inputs: int) -> Dense:
    return Dense(_random(rng, outputs, inputs), np.zeros(outputs))


def _random(rng: np.random.Generator, *shape: int) -> Array:
    fan_in = int(np.prod(shape[1:]))
    return rng.normal(0, sqrt(2 / fan_in), shape)
