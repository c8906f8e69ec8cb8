"""The training command: it reads what MNIST is distributed as, trains, writes weights, and says how good they are."""

from __future__ import annotations

import gzip
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.__main__ import main
from app.commands.mnist import read_mnist
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


Break = Callable[[Path], object]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def cut(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])


def single(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, LABELS)


def save(folder: Path, keep: int | None = None, **arrays: NDArray[Any]) -> None:
    path = folder / "mnist_train.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    path.write_bytes(path.read_bytes()[:keep])


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda at: cut(at / "train-images-idx3-ubyte.gz", 500), "train-images-idx3-ubyte.gz must be a whole file"),
        (lambda at: (at / "train-labels-idx1-ubyte.gz").write_bytes(b"junk"), "must be a whole file"),
        (lambda at: (at / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"\0\0\x08\x03\0")), "an IDX file"),
        (lambda at: (at / "t10k-labels-idx1-ubyte.gz").unlink(), "one t10k-labels-idx?-ubyte[.gz]"),
        (lambda at: (at / "train-labels-old").write_bytes(b""), "train-labels-old"),
        (lambda at: (at / "mnist_train.npz").write_bytes(b""), "cannot be read as one"),
        (lambda at: (at / "mnist_train.npz").write_bytes(b"junk"), "cannot be read as one"),
        (lambda at: (at / "mnist_train.npz").write_bytes(b"PK\3\4junk"), "cannot be read as one"),
        (lambda at: save(at, 900, images=IMAGES, labels=LABELS), "cannot be read as one"),
        (lambda at: (at / "mnist_train.npz").mkdir(), "cannot be read as one"),
        (lambda at: single(at / "mnist_train.npz"), "no named arrays"),
        (lambda at: save(at, x=IMAGES, y=LABELS), "but it has x, y"),
        (lambda at: save(at, images=np.array([{}]), labels=LABELS), "cannot be read as one"),
        (lambda at: save(at, images=IMAGES[:, 4:, 4:], labels=LABELS), "(40, 24, 24) of uint8"),
        (lambda at: save(at, images=IMAGES[:0], labels=LABELS[:0]), "(0, 28, 28) of uint8"),
        (lambda at: save(at, images=IMAGES / 255, labels=LABELS), "of float64"),
        (lambda at: save(at, images=IMAGES, labels=LABELS[1:]), "(39,) of uint8"),
        (lambda at: save(at, images=IMAGES, labels=LABELS + 1), "to 10"),
        (lambda at: save(at, images=IMAGES, labels=LABELS / 1), "of float64"),
    ],
)
def test_data_that_cannot_be_learned_from_are_said_in_one_line(
    damage: Break, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_idx(tmp_path, True)
    damage(tmp_path)
    refused(said, tmp_path, capsys)
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--seed", "-1"], "--seed must be 0 or more, but it is -1"),
        (["--epochs", "0"], "--epochs must be 1 or more, but it is 0"),
        (["--out", "{}/weights"], "ends with .npz"),
        (["--out", "{}/weights.txt"], "ends with .npz"),
        (["--out", ""], "ends with .npz"),
        (["--out", "{}/folder.npz"], "folder.npz is a folder"),
        (["--out", "{}/train-labels-idx1-ubyte.gz/out.npz"], "cannot"),
        pytest.param(
            ["--out", "/proc/out.npz"], "cannot", marks=on_linux
        ),  # a folder that takes no files, even from root
    ],
)
def test_what_was_typed_is_checked_before_the_training(
    more: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_idx(tmp_path, True)
    (tmp_path / "folder.npz").mkdir()
    before = sorted(tmp_path.rglob("*"))
    refused(said, tmp_path, capsys, *(word.format(tmp_path) for word in more))
    assert sorted(tmp_path.rglob("*")) == before


def refused(said: str, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> None:
    assert main(["train", "digits", "--data", str(folder), "--out", str(folder / "out.npz"), *more]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert "pickle" not in printed.err


def test_training_writes_weights_of_four_decimals_and_the_same_ones_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_idx(tmp_path, True)
    written = []
    for name in ("a.npz", "b.npz"):
        out = tmp_path / "made" / name
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
