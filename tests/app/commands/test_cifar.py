"""Reading CIFAR-10: every form of it gives the same pictures, and no form of it is run."""

from __future__ import annotations

import io
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.__main__ import main
from app.commands.cifar import read_cifar
from cnn_core import zoo

RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, 10, 20, dtype=np.uint8)
# Flat colours: a JPEG of one keeps it to within a level or two.
IMAGES = np.repeat(RNG.integers(0, 256, (20, 3, 1, 1), dtype=np.uint8), 32, axis=2).repeat(32, axis=3)
NAMES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


def jpeg(image: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image.transpose(1, 2, 0)).save(out, "JPEG", quality=95)
    return out.getvalue()


def write_jpegs(folder: Path, **instead: NDArray[Any]) -> None:
    files = [jpeg(image) for image in IMAGES]
    arrays: dict[str, Any] = {
        "jpeg": np.frombuffer(b"".join(files), np.uint8),
        "offset": np.cumsum([0, *map(len, files)]),
        "labels": LABELS,
    } | instead
    for part in ("train", "test"):
        np.savez(folder / f"cifar10_{part}_jpeg.npz", **arrays)


def write_binary(folder: Path) -> None:
    rows = np.concatenate([LABELS[:, None], IMAGES.reshape(20, -1)], axis=1)
    for at, name in enumerate(NAMES):
        (folder / f"{name}.bin").write_bytes(rows[4 * at : 4 * at + 4].tobytes() if at < 5 else rows.tobytes())


def written_by_python_2(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> bytes:
    """Write as cPickle did: a dict of strings, the labels one instruction each, the pixels one long string."""

    def short(text: bytes) -> bytes:
        return b"U" + bytes([len(text)]) + text

    numbers = b"".join(b"K" + bytes([label]) for label in labels.tolist())
    names = b"".join(short(b"tabby_%d.png" % at) for at in range(len(labels)))
    pixels = images.tobytes()
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85" + short(b"b")
    array += b"tR(K\x01K\x04M\x00\x0c\x86"
    array += b"cnumpy\ndtype\n(" + short(b"u1") + b"K\x00K\x01tR\x89T" + struct.pack("<I", len(pixels)) + pixels + b"tb"
    return (
        b"\x80\x02}("
        + short(b"batch_label") + short(b"training batch 1 of 5")
        + short(b"labels") + b"](" + numbers + b"e"
        + short(b"data") + array
        + short(b"filenames") + b"](" + names + b"eu."
    )  # fmt: skip


def write_python(folder: Path) -> None:
    for at, name in enumerate(NAMES):
        part = slice(4 * at, 4 * at + 4) if at < 5 else slice(0, 20)
        (folder / name).write_bytes(written_by_python_2(IMAGES[part], LABELS[part]))


def write_python_3(folder: Path) -> None:
    for at, name in enumerate(NAMES):
        part = slice(4 * at, 4 * at + 4) if at < 5 else slice(0, 20)
        kept = {b"labels": LABELS[part].tolist(), b"data": IMAGES[part].reshape(-1, 3072)}
        (folder / name).write_bytes(pickle.dumps(kept, protocol=4))


@pytest.mark.parametrize(
    ("write", "tolerance"), [(write_jpegs, 3), (write_binary, 0), (write_python, 0), (write_python_3, 0)]
)
def test_every_form_of_cifar_gives_the_same_numbers(
    write: Callable[[Path], None], tolerance: int, tmp_path: Path
) -> None:
    write(tmp_path)
    for part in ("train", "test"):
        images, labels = read_cifar(tmp_path, part)
        assert images.shape == (20, 3, 32, 32)
        assert images.dtype == np.float32
        np.testing.assert_allclose(images * 255, IMAGES, rtol=0, atol=tolerance + 1e-4)
        assert np.array_equal(labels, LABELS)


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    write_python(tmp_path)
    (tmp_path / "test_batch").write_bytes(pickle.dumps({"labels": [1], "data": Trap()}, protocol=2))
    with pytest.raises(ValueError, match="binary version"):
        read_cifar(tmp_path, "test")
    assert not (tmp_path / "sprung").exists()


def cut(path: Path, keep: int) -> None:
    path.write_bytes(path.read_bytes()[:keep])


@pytest.mark.parametrize(
    ("write", "damage", "said"),
    [
        (write_binary, lambda at: (at / "data_batch_3.bin").unlink(), "there is: data_batch_1.bin, data_batch_2.bin"),
        (write_binary, lambda at: (at / "test_batch.bin").unlink(), "there is: none of them"),
        (write_binary, lambda at: cut(at / "data_batch_3.bin", 3072), "rows of 3073 bytes, but it has 3072 bytes"),
        (write_binary, lambda at: cut(at / "data_batch_3.bin", 0), "but it has 0 bytes"),
        (write_binary, lambda at: (at / "data_batch_3.bin").write_bytes(b"\x0b" * 3073), "to 11"),
        (write_python, lambda at: cut(at / "data_batch_3", 500), "data_batch_3 must be a whole file"),
        (write_python, lambda at: (at / "data_batch_3").write_bytes(b""), "data_batch_3 must be a whole file"),
        (write_python, lambda at: (at / "data_batch_3").write_bytes(b"\x80\x02}."), "it has 0 bytes and 0 labels"),
        (write_jpegs, lambda at: cut(at / "cifar10_train_jpeg.npz", 900), "cannot be read as one"),
        (write_jpegs, lambda at: write_jpegs(at, offset=np.arange(21)), "but picture 0 is none"),
        (write_jpegs, lambda at: write_jpegs(at, offset=np.zeros(1, int)), "(1,) of int64"),
        (write_jpegs, lambda at: write_jpegs(at, jpeg=np.zeros(900)), "(900,) of float64"),
        (write_jpegs, lambda at: write_jpegs(at, labels=LABELS[1:]), "(19,) of uint8"),
    ],
)
def test_photographs_that_cannot_be_learned_from_are_said_in_one_line(
    write: Callable[[Path], None],
    damage: Callable[[Path], object],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(tmp_path)
    damage(tmp_path)
    assert main(["train", "photos", "--data", str(tmp_path), "--out", str(tmp_path / "out.npz")]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert not (tmp_path / "out.npz").exists()


@pytest.mark.parametrize("side", [1, 64])
def test_a_jpeg_of_another_size_is_refused(side: int, tmp_path: Path) -> None:
    other = np.frombuffer(jpeg(np.zeros((3, side, side), np.uint8)), np.uint8)
    write_jpegs(tmp_path, jpeg=other, offset=np.array([0, len(other)]), labels=LABELS[:1])
    with pytest.raises(ValueError, match="JPEG pictures of 32 x 32 pixels, but picture 0 is none"):
        read_cifar(tmp_path, "test")


def test_the_photos_network_is_trained_from_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_binary(tmp_path)
    out = tmp_path / "photos.npz"
    assert main(["train", "photos", "--data", str(tmp_path), "--out", str(out), "--epochs", "1"]) == 0
    assert "on 20 pictures" in capsys.readouterr().out
    with np.load(out, allow_pickle=False) as arrays:
        network = zoo.unpacked(zoo.untrained("photos", np.random.default_rng(0)), arrays)
    assert [layer.params["weight"].shape for layer in network.layers if layer.params] == [
        (16, 3, 3, 3), (16, 16, 3, 3), (32, 16, 3, 3), (32, 32, 3, 3), (32, 32, 3, 3), (10, 512),
    ]  # fmt: skip
