"""`python -m app train`: make the weights that the zoo ships, from the files of MNIST.

Decoding files is this side's work; the core only ever gets arrays.
"""

from __future__ import annotations

import argparse
import gzip
import struct
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnn_core import zoo
from cnn_core.layer import Array
from cnn_core.train import accuracy, nudged, train

Labelled = tuple[Array, NDArray[np.int64]]
"""images: (N, 1, H, W) float32 in 0..1, labels: (N,)."""

IDX_NAMES = {"train": ("train-images", "train-labels"), "test": ("t10k-images", "t10k-labels")}


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
        images, labels = read_mnist(arguments.data, "train")
        held_back = read_mnist(arguments.data, "test")
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
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
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = dict(zoo.packed(network))
    np.savez_compressed(arguments.out, **arrays)
    with np.load(arguments.out, allow_pickle=False) as kept:
        written = zoo.unpacked(network, kept)
    print(f"\ntest accuracy {accuracy(written, *held_back):.4f} on {len(held_back[1]):,} digits; wrote {arguments.out}")
    return 0


def read_mnist(folder: Path, part: str) -> Labelled:
    """Read "train" or "test" of MNIST; raises ValueError that says which files were expected."""
    packed = folder / f"mnist_{part}.npz"
    if packed.exists():
        with np.load(packed, allow_pickle=False) as arrays:
            return _scaled(arrays["images"], arrays["labels"])
    found = [path for name in IDX_NAMES[part] for path in sorted(folder.glob(f"{name}*"))]
    if len(found) != 2:
        names = " and ".join(f"{name}-idx?-ubyte[.gz]" for name in IDX_NAMES[part])
        raise ValueError(f"no MNIST {part} files in {folder}: expected {packed.name}, or {names}")
    return _scaled(_read_idx(found[0]), _read_idx(found[1]))


def _scaled(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Labelled:
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ValueError(f"expected images (N, H, W) and as many labels, got {images.shape} and {labels.shape}")
    return images[:, None].astype(np.float32) / 255, labels.astype(np.int64)


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """Read LeCun's IDX format: two zero bytes, the type (8 is uint8), the number of sides, each side, the numbers."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    if len(data) < 4 or data[:3] != b"\0\0\x08":
        raise ValueError(f"{path} is not an IDX file of bytes")
    sides = struct.unpack(f">{data[3]}I", data[4 : 4 + 4 * data[3]])
    numbers = np.frombuffer(data, np.uint8, offset=4 + 4 * data[3])
    if numbers.size != int(np.prod(sides)):
        raise ValueError(f"{path} announces {sides} and holds {numbers.size} numbers")
    return numbers.reshape(sides)


def _draw(done: int, total: int, loss: float, seconds: float) -> None:
    bar = "#" * (30 * done // total)
    print(f"\r[{bar:30}] {done}/{total}  loss {loss:.4f}  {seconds:.0f} s", end="", flush=True)
