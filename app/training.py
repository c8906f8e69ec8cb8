"""`python -m app train`: make the weights that the zoo ships, from the files of MNIST.

Decoding files is this side's work; the core only ever gets arrays.
"""

from __future__ import annotations

import argparse
import gzip
import struct
import sys
import tempfile
import time
import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from cnn_core import zoo
from cnn_core.layer import Array
from cnn_core.train import accuracy, nudged, train

Labelled = tuple[Array, NDArray[np.int64]]
"""images: (N, 1, H, W) float32 in 0..1, labels: (N,)."""

IDX_NAMES = {"train": ("train-images", "train-labels"), "test": ("t10k-images", "t10k-labels")}
SIDES = (28, 28)
BAD_USAGE = 2

DAMAGED = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What the standard library and NumPy raise where a file is cut off or is not what its name says."""
FETCH_ANEW = "Fetch the file anew, or name another folder with --data."


def add_command(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `train` to the command line."""
    parser = subparsers.add_parser("train", help="train a network of the zoo", description=__doc__)
    parser.add_argument("network", choices=sorted(zoo.ZOO), help="which network")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with MNIST: IDX files (.gz or not), or mnist_train.npz and mnist_test.npz",
    )
    parser.add_argument("--out", type=Path, required=True, help="the weights file to write (.npz)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=24)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Train, write the weights, and print how many test digits they get right."""
    try:
        _check_at_least(arguments.seed, 0, "--seed")
        _check_at_least(arguments.epochs, 1, "--epochs")
        _check_out(arguments.out)
        images, labels = read_mnist(arguments.data, "train")
        held_back = read_mnist(arguments.data, "test")
    except ValueError as error:
        print(error, file=sys.stderr)
        return BAD_USAGE
    rng = np.random.default_rng(arguments.seed)
    started = time.monotonic()
    network = zoo.untrained(arguments.network, rng)
    # float32 parameters: Adam's arithmetic follows them, and twice the precision would train no better.
    network = network.with_params(
        {name: value.astype(np.float32) for name, value in layer.params.items()} for layer in network.layers
    )
    for progress in train(network, images, labels, epochs=arguments.epochs, rng=rng, augment=nudged(2.0, 12.0, 0.12)):
        network = progress.network
        if progress.done % 50 == 0 or progress.done == progress.total:
            _draw(progress.done, progress.total, progress.loss, time.monotonic() - started)
    arrays: dict[str, Any] = dict(zoo.packed(network))
    np.savez_compressed(arguments.out, **arrays)
    with np.load(arguments.out, allow_pickle=False) as kept:
        written = zoo.unpacked(network, kept)
    print(f"\ntest accuracy {accuracy(written, *held_back):.4f} on {len(held_back[1]):,} digits; wrote {arguments.out}")
    return 0


def _check_at_least(number: int, least: int, option: str) -> None:
    if number < least:
        raise ValueError(f"{option} must be {least} or more, but it is {number}.")


def _check_out(out: Path) -> None:
    """Find out before the training, not after it, whether its weights can be written."""
    if out.suffix != ".npz":
        raise ValueError(f"--out must be a file whose name ends with .npz, but it is {str(out)!r}.")
    if out.is_dir():
        raise ValueError(f"--out must be a file, but {out} is a folder: name a file in it, such as {out / 'new.npz'}.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.exists():
            out.open("r+b").close()
        else:
            tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as error:
        raise ValueError(
            f"--out must be a file that can be written, but {out} cannot: {error.strerror}. "
            "Name a file in another folder."
        ) from error


def read_mnist(folder: Path, part: str) -> Labelled:
    """Read "train" or "test" of MNIST; raises ValueError that says what was expected, and what was there."""
    packed = folder / f"mnist_{part}.npz"
    if packed.exists():
        return _scaled(*_read_npz(packed), str(packed))
    found = [sorted(folder.glob(f"{name}*")) for name in IDX_NAMES[part]]
    if [len(paths) for paths in found] != [1, 1]:
        names = " and ".join(f"one {name}-idx?-ubyte[.gz]" for name in IDX_NAMES[part])
        there = ", ".join(path.name for paths in found for path in paths) or "none of them"
        raise ValueError(
            f"--data must be a folder with {packed.name}, or with {names}, but in {folder} there is: {there}."
        )
    (images,), (labels,) = found
    return _scaled(_read_idx(images), _read_idx(labels), f"{images} with {labels.name}")


def _scaled(images: NDArray[Any], labels: NDArray[Any], where: str) -> Labelled:
    if images.dtype != np.uint8 or images.shape[1:] != SIDES or not len(images):
        raise ValueError(
            f"{where} must hold images of {SIDES[0]} x {SIDES[1]} bytes, (N, {SIDES[0]}, {SIDES[1]}) of uint8, "
            f"but they are {images.shape} of {images.dtype}. {FETCH_ANEW}"
        )
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1] or labels.min() < 0 or labels.max() > 9:
        raise ValueError(
            f"{where} must hold a label from 0 to 9 for each of the {len(images)} images, "
            f"but they are {labels.shape} of {labels.dtype}{_range_of(labels)}. {FETCH_ANEW}"
        )
    return images[:, None].astype(np.float32) / 255, labels.astype(np.int64)


def _range_of(labels: NDArray[Any]) -> str:
    return f" from {labels.min()} to {labels.max()}" if labels.dtype.kind in "iu" and labels.size else ""


def _read_npz(path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Read the two arrays. What NumPy says of a damaged file is about pickles, which are never wanted here."""
    expected = f"{path} must be a file of numpy.savez with the arrays images and labels"
    try:
        with path.open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            found = dict(arrays) if isinstance(arrays, NpzFile) else {}
    except DAMAGED as error:
        raise ValueError(f"{expected}, but it cannot be read as one. {FETCH_ANEW}") from error
    if not {"images", "labels"} <= found.keys():
        raise ValueError(f"{expected}, but it has {', '.join(found) or 'no named arrays'}. {FETCH_ANEW}")
    return found["images"], found["labels"]


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """Read LeCun's IDX format: two zero bytes, the type (8 is uint8), the number of sides, each side, the numbers."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except DAMAGED as error:
        raise ValueError(f"{path} must be a whole file, but it cannot be read: {error}. {FETCH_ANEW}") from error
    if len(data) < 4 or data[:3] != b"\0\0\x08" or len(data) < 4 + 4 * data[3]:
        raise ValueError(f"{path} must be an IDX file of bytes, but it begins with {data[:4]!r}. {FETCH_ANEW}")
    sides = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    numbers = np.frombuffer(data, np.uint8, offset=4 + 4 * data[3])
    if numbers.size != prod(sides):
        raise ValueError(f"{path} must hold {sides} numbers, as it announces, but it has {numbers.size}. {FETCH_ANEW}")
    return numbers.reshape(sides)


def _draw(done: int, total: int, loss: float, seconds: float) -> None:
    bar = "#" * (30 * done // total)
    print(f"\r[{bar:30}] {done}/{total}  loss {loss:.4f}  {seconds:.0f} s", end="", flush=True)
