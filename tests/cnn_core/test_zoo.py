"""The networks that the site teaches with: what is stated about them is counted again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.commands.cifar import read_cifar
from cnn_core import Dense, ShapeError, load_network
from cnn_core.training.train import confusion
from cnn_core.zoo import DECIMALS, ZOO, load_confusion, packed, unpacked, untrained

names = pytest.mark.parametrize("name", ZOO)
LEAST = {"digits": 0.988, "digits-average": 0.98, "photos": 0.72}


@names
def test_a_trained_network_is_ready_to_use(name: str) -> None:
    network, stated = load_network(name), ZOO[name]
    assert network.input_shape == stated.input_shape
    assert network.classes == stated.classes
    assert isinstance(network.layers[-1], Dense)
    logits = network.activations(np.zeros((1, *stated.input_shape)))[-1]
    assert logits.shape == (1, len(stated.classes), 1, 1)
    assert max(shape[0] for shape in network.shapes(stated.input_shape)) <= 32  # so that every map can be shown


def test_digits_are_read_as_mnist_has_them_and_photographs_as_cifar_does() -> None:
    assert {name: entry.input_shape for name, entry in ZOO.items()} == {
        "digits": (1, 28, 28),
        "digits-average": (1, 28, 28),
        "photos": (3, 32, 32),
    }


@names
def test_its_weights_can_be_written_whole(name: str) -> None:
    for array in packed(load_network(name)).values():
        np.testing.assert_array_equal(array, np.round(array, DECIMALS))
    for layer in load_network(name).layers:
        for value in layer.params.values():
            np.testing.assert_array_equal(value, np.round(value, DECIMALS))


@names
def test_its_file_is_small(name: str) -> None:
    assert ZOO[name].file.stat().st_size < 1_000_000


@pytest.fixture(scope="module")
def counts(shared: Path) -> dict[str, NDArray[np.int64]]:
    """What each network takes the test pictures for, counted anew from the very numbers that the walk sends through."""
    with np.load(shared / "data" / "mnist_test.npz", allow_pickle=False) as arrays:
        mnist = (arrays["images"][:, None] / 255, arrays["labels"])
    images, labels = read_cifar(shared / "data", "test")
    cifar = np.rint(images * 255.0) / 255, labels
    return {name: confusion(load_network(name), *(cifar if name == "photos" else mnist)) for name in ZOO}


@pytest.mark.slow
@names
def test_the_stated_counts_are_counted_again(name: str, counts: dict[str, NDArray[np.int64]]) -> None:
    np.testing.assert_array_equal(counts[name], load_confusion(name))


@names
def test_the_stated_accuracy_is_that_of_the_counts(name: str) -> None:
    counted, classes = load_confusion(name), len(ZOO[name].classes)
    assert counted.shape == (classes, classes)
    assert counted.sum() == 10_000
    assert counted.trace() / 10_000 == ZOO[name].accuracy
    assert ZOO[name].accuracy >= LEAST[name]
    assert ZOO[name].confusion_file.read_text("utf-8").splitlines()[0] == ",".join(ZOO[name].classes)


def test_packing_and_unpacking_keep_every_rounded_weight() -> None:
    network = untrained("digits", np.random.default_rng(1))
    again = unpacked(untrained("digits", np.random.default_rng(2)), packed(network))
    for one, other in zip(network.layers, again.layers, strict=True):
        for name, value in one.params.items():
            np.testing.assert_array_equal(other.params[name], np.round(value, DECIMALS))


def test_weights_of_another_network_are_refused() -> None:
    network = untrained("digits", np.random.default_rng(0))
    arrays = packed(network)
    with pytest.raises(ShapeError, match="weights file"):
        unpacked(network, {name: arrays[name] for name in list(arrays)[1:]})
    with pytest.raises(ShapeError):
        unpacked(network, {**arrays, "conv1.weight": np.zeros((8, 1, 5, 5))})


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"unknown network 'letters': expected one of digits, digits-average, photos"):
        load_network("letters")
