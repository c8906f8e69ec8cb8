"""The training command: it reads what MNIST is distributed as, trains, writes weights, and says how good they are."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.__main__ import main
from app.training import read_mnist
from cnn_core import zoo

RNG = np.random.default_rng(3)
IMAGES = RNG.integers(0, 256, (40, 28, 28), dtype=np.uint8)
LABELS = RNG.integers(0, 10, 40, dtype=np.uint8)


def idx(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_idx(folder: Path, zipped: bool) -> None:
    for part in ("train", "t10k"):
        for name, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
            data = idx(array)
            path = folder / f"{part}-{name}-ubyte{'.gz' if zipped else ''}"
            path.write_bytes(gzip.compress(data) if zipped else data)


@pytest.mark.parametrize("form", ["idx", "gz", "npz"])
def test_every_form_of_mnist_gives_the_same_numbers(tmp_path: Path, form: str) -> None:
    if form == "npz":
        for part in ("train", "test"):
            np.savez(tmp_path / f"mnist_{part}.npz", images=IMAGES, labels=LABELS)
    else:
        write_idx(tmp_path, form == "gz")
    for part in ("train", "test"):
        images, labels = read_mnist(tmp_path, part)
        assert images.shape == (40, 1, 28, 28)
        assert images.dtype == np.float32
        assert np.array_equal(np.rint(images[:, 0] * 255), IMAGES)
        assert np.array_equal(labels, LABELS)


def test_missing_and_broken_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out.npz")
    assert main(["train", "digits", "--data", str(tmp_path), "--out", out]) == 2
    assert "mnist_train.npz" in capsys.readouterr().err
    write_idx(tmp_path, False)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES)[:-5])
    assert main(["train", "digits", "--data", str(tmp_path), "--out", out]) == 2
    assert "train-images-idx3-ubyte" in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


def test_training_writes_weights_of_four_decimals_and_the_same_ones_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_idx(tmp_path, True)
    written = []
    for name in ("a.npz", "b.npz"):
        out = tmp_path / name
        command = ["train", "digits", "--data", str(tmp_path), "--out", str(out), "--seed", "5", "--epochs", "2"]
        assert main(command) == 0
        assert "test accuracy" in capsys.readouterr().out
        with np.load(out, allow_pickle=False) as arrays:
            written.append({key: arrays[key] for key in arrays})
    network = zoo.unpacked(zoo.untrained("digits", np.random.default_rng(0)), written[0])
    weights = np.concatenate([array.ravel() for array in written[0].values()])
    assert np.array_equal(weights, np.round(weights, 4))
    assert all(np.array_equal(written[0][key], written[1][key]) for key in written[0])
    assert network.names == ("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "dense")
