"""Read CIFAR-10 (Krizhevsky, 2009), colour photographs of 32 x 32 pixels, from any of its usual file formats."""

from __future__ import annotations

import io
import pickletools
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.commands.datasets import DAMAGED, FETCH_ANEW, Labelled, labelled, read_npz

BATCHES = {"train": [f"data_batch_{number}" for number in range(1, 6)], "test": ["test_batch"]}
SIDE = 32
PIXELS = 3 * SIDE * SIDE
"""Bytes of a picture: all red values in row order, then green, then blue."""

Bytes = NDArray[np.uint8]


def read_cifar(folder: Path, part: str) -> Labelled:
    """Read the part "train" or "test": images (N, 3, 32, 32), labels (N,); ValueError without such files."""
    packed, names = folder / f"cifar10_{part}_jpeg.npz", BATCHES[part]
    if packed.exists():
        return labelled(*_read_jpegs(packed), packed)
    for ending, read in ((".bin", _read_binary), ("", _read_python)):
        paths = [folder / f"{name}{ending}" for name in names]
        if all(path.exists() for path in paths):
            batches = [read(path) for path in paths]
            images, labels = (np.concatenate(arrays) for arrays in zip(*batches, strict=True))
            return labelled(images.reshape(-1, 3, SIDE, SIDE), labels, f"{folder} with {', '.join(names)}")
    there = ", ".join(sorted(path.name for name in names for path in folder.glob(f"{name}*"))) or "none of them"
    raise ValueError(
        f"--data must be a folder with {packed.name}, or with {', '.join(f'{name}.bin' for name in names)} "
        f"(the binary version of CIFAR-10) or the same without .bin (its Python version), but in {folder} there is: "
        f"{there}."
    )


def _read_binary(path: Path) -> tuple[Bytes, Bytes]:
    """Read the binary version, rows of a label and a picture -> images (N, PIXELS), labels (N,)."""
    data = np.frombuffer(_bytes(path), np.uint8)
    if not len(data) or len(data) % (1 + PIXELS):
        raise ValueError(f"{path} must hold rows of {1 + PIXELS} bytes, but it has {len(data)} bytes. {FETCH_ANEW}")
    rows = data.reshape(-1, 1 + PIXELS)
    return rows[:, 1:], rows[:, 0]


def _read_python(path: Path) -> tuple[Bytes, NDArray[np.int64]]:
    """Read the Python version -> images (N, PIXELS), labels (N,).

    The file is a pickle, which could run any code when loaded. So it is never loaded: its opcodes are listed with
    pickletools, and the values behind the keys "labels" and "data" are taken from the list.
    """
    word, labels, pictures = "", [], b""
    try:
        for instruction, value, _ in pickletools.genops(_bytes(path)):
            text = value.encode("latin-1") if isinstance(value, str) else value
            if isinstance(text, bytes) and len(text) < PIXELS:
                word = text.decode("latin-1")
            elif isinstance(text, bytes):
                pictures = text
            elif word == "labels" and instruction.name == "BININT1":
                labels.append(value)
    except DAMAGED as error:
        raise ValueError(
            f"{path} must be a whole file of CIFAR-10's Python version, but it cannot be read as one. {FETCH_ANEW}"
        ) from error
    if not labels or len(pictures) != PIXELS * len(labels):
        raise ValueError(
            f"{path} must hold {PIXELS} bytes for each of its labels, but it has {len(pictures)} bytes and "
            f"{len(labels)} labels. Fetch the binary version of CIFAR-10 instead."
        )
    return np.frombuffer(pictures, np.uint8).reshape(-1, PIXELS), np.array(labels)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} must be a file, but it cannot be read: {error.strerror}. {FETCH_ANEW}") from error


def _read_jpegs(path: Path) -> tuple[Bytes, NDArray[Any]]:
    """Read JPEG files concatenated in `jpeg`, from offset[i] to offset[i + 1] -> images (N, 3, 32, 32), labels (N,).

    The labels are returned unchecked: `labelled` checks them.
    """
    data, offset, labels = read_npz(path, "jpeg", "offset", "labels")
    if data.dtype != np.uint8 or data.ndim != 1 or offset.dtype.kind not in "iu" or offset.ndim != 1 or len(offset) < 2:
        raise ValueError(
            f"{path} must hold bytes, and the offsets of two pictures or more in them, but they are "
            f"{data.shape} of {data.dtype} and {offset.shape} of {offset.dtype}. {FETCH_ANEW}"
        )
    images = np.empty((len(offset) - 1, 3, SIDE, SIDE), np.uint8)
    for number, (start, end) in enumerate(zip(offset.tolist(), offset.tolist()[1:], strict=False)):
        try:
            images[number] = _decoded(data[start:end].tobytes())
        except (*DAMAGED, SyntaxError) as error:
            raise ValueError(
                f"{path} must hold JPEG pictures of {SIDE} x {SIDE} pixels, but picture {number} is none. {FETCH_ANEW}"
            ) from error
    return images, labels


def _decoded(jpeg: bytes) -> Bytes:
    """Decode one picture, (3, 32, 32). The size is checked first, so that a few bytes cannot fill the memory."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
        if picture.size != (SIDE, SIDE):
            raise ValueError(f"it has {picture.width} x {picture.height} pixels")
        return np.asarray(picture.convert("RGB")).transpose(2, 0, 1)
