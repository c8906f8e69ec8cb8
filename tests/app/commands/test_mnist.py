"""Reading MNIST: every format gives the same numbers, and damaged files are refused in one line that says why."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.commands.mnist import read_mnist
from tests.app.commands.mnist_files import IMAGES, LABELS, write_idx


@pytest.mark.parametrize("form", ["idx", "gz", "npz"])
def test_every_format_gives_the_same_numbers(tmp_path: Path, form: str) -> None:
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
        assert (images.min(), images.max()) == (0, 1)
        assert np.array_equal(labels, LABELS)


Break = Callable[[Path], object]


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
def test_damaged_files_are_refused_in_one_line(damage: Break, said: str, tmp_path: Path) -> None:
    write_idx(tmp_path, True)
    damage(tmp_path)
    with pytest.raises(ValueError, match="must") as caught:
        _ = [read_mnist(tmp_path, part) for part in ("train", "test")]
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "pickle" not in str(caught.value)
