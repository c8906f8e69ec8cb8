"""Checks that all readers of labelled pictures share, and their error messages. The core gets arrays only."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from cnn_core.layer import Array

Labelled = tuple[Array, NDArray[np.int64]]
"""images: (N, C, H, W) float32 in 0..1; labels: (N,) int64."""

DAMAGED = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What the standard library and NumPy raise for a truncated or damaged file."""
FETCH_ANEW = "Fetch the file anew, or name another folder with --data."


def read_npz(path: Path, *names: str) -> list[NDArray[Any]]:
    """Read arrays of an .npz file by name; ValueError where it is damaged or lacks one.

    NumPy's own messages for damaged files talk about pickles, which are never loaded here.
    """
    expected = f"{path} must be a file of numpy.savez with the arrays {' and '.join(names)}"
    try:
        with path.open("rb") as file:
            arrays = np.load(file, allow_pickle=False)
            found = {name: arrays[name] for name in arrays} if isinstance(arrays, NpzFile) else {}
    except DAMAGED as error:
        raise ValueError(f"{expected}, but it cannot be read as one. {FETCH_ANEW}") from error
    if not set(names) <= found.keys():
        raise ValueError(f"{expected}, but it has {', '.join(found) or 'no named arrays'}. {FETCH_ANEW}")
    return [found[name] for name in names]


def labelled(images: NDArray[Any], labels: NDArray[Any], where: object) -> Labelled:
    """Check and scale: images (N, C, H, W) uint8 -> float32 in 0..1, labels (N,) of 0 to 9 -> int64.

    where: the files' names, for the message of the ValueError.
    """
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1] or labels.min() < 0 or labels.max() > 9:
        raise ValueError(
            f"{where} must hold a label from 0 to 9 for each of the {len(images)} images, "
            f"but they are {labels.shape} of {labels.dtype}{_range_of(labels)}. {FETCH_ANEW}"
        )
    return np.divide(images, 255, dtype=np.float32), labels.astype(np.int64)


def _range_of(labels: NDArray[Any]) -> str:
    return f" from {labels.min()} to {labels.max()}" if labels.dtype.kind in "iu" and labels.size else ""
