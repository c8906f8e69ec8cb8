"""What every file of labelled pictures has to be before a network can learn from it, and how it is said when it is not.

Decoding files is this side's work; the core only ever gets arrays.
"""

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
"""images: (N, C, H, W) float32 in 0..1, labels: (N,)."""

DAMAGED = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What the standard library and NumPy raise where a file is cut off or is not what its name says."""
FETCH_ANEW = "Fetch the file anew, or name another folder with --data."


def read_npz(path: Path, *names: str) -> list[NDArray[Any]]:
    """Read arrays by their names. What NumPy says of a damaged file is about pickles, which are never wanted here."""
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
    """images: (N, C, H, W) uint8, labels: (N,) of 0 to 9 -> as a network learns from them; `where` names the files."""
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1] or labels.min() < 0 or labels.max() > 9:
        raise ValueError(
            f"{where} must hold a label from 0 to 9 for each of the {len(images)} images, "
            f"but they are {labels.shape} of {labels.dtype}{_range_of(labels)}. {FETCH_ANEW}"
        )
    return np.divide(images, 255, dtype=np.float32), labels.astype(np.int64)


def _range_of(labels: NDArray[Any]) -> str:
    return f" from {labels.min()} to {labels.max()}" if labels.dtype.kind in "iu" and labels.size else ""
