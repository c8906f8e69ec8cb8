"""Read MNIST (LeCun et al., 1998), grey digits of 28 x 28 pixels, from any of its usual file formats."""

from __future__ import annotations

import gzip
import struct
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.commands.datasets import DAMAGED, FETCH_ANEW, Labelled, labelled, read_npz

IDX_NAMES = {"train": ("train-images", "train-labels"), "test": ("t10k-images", "t10k-labels")}
SIDES = (28, 28)


def read_mnist(folder: Path, part: str) -> Labelled:
    """Read the part "train" or "test": images (N, 1, 28, 28), labels (N,); ValueError without such files."""
    packed = folder / f"mnist_{part}.npz"
    if packed.exists():
        images, labels = read_npz(packed, "images", "labels")
        return _scaled(images, labels, str(packed))
    found = [sorted(folder.glob(f"{name}*")) for name in IDX_NAMES[part]]
    if [len(paths) for paths in found] != [1, 1]:
        names = " and ".join(f"one {name}-idx?-ubyte[.gz]" for name in IDX_NAMES[part])
        there = ", ".join(path.name for paths in found for path in paths) or "none of them"
        raise ValueError(
            f"--data must be a folder with {packed.name}, or with {names}, but in {folder} there is: {there}."
        )
    (of_images,), (of_labels,) = found
    return _scaled(_read_idx(of_images), _read_idx(of_labels), f"{of_images} with {of_labels.name}")


def _scaled(images: NDArray[Any], labels: NDArray[Any], where: str) -> Labelled:
    if images.dtype != np.uint8 or images.shape[1:] != SIDES or not len(images):
        raise ValueError(
            f"{where} must hold images of {SIDES[0]} x {SIDES[1]} bytes, (N, {SIDES[0]}, {SIDES[1]}) of uint8, "
            f"but they are {images.shape} of {images.dtype}. {FETCH_ANEW}"
        )
    return labelled(images[:, np.newaxis], labels, where)


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """Read the IDX format: two zero bytes, the type (8 is uint8), the number of axes, their lengths, the values."""
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
