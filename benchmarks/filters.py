"""Filters beside the programs that people filter photographs with: OpenCV and Pillow, one thread each, in turns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from PIL import Image, ImageFilter

from benchmarks.shapes import normal
from benchmarks.timing import Pace, Way, medians
from cnn_core.filters.filter import Filter
from cnn_core.filters.presets import preset
from cnn_core.layer import Array

CORE, OPENCV, PILLOW = "core", "OpenCV", "Pillow"
SIDE = 512
PHOTO = Path(__file__).resolve().parent.parent / "static" / "samples" / "cat.jpg"


@dataclass(frozen=True)
class Case:
    """One kernel (kh, kw) for all three channels of a photograph, zeros around it."""

    name: str
    kernel: Array

    @property
    def label(self) -> str:
        """What the table calls it: 3x3, any numbers."""
        return f"{self.kernel.shape[0]}x{self.kernel.shape[1]}, {self.name}"


def _any(size: int) -> Case:
    return Case("any numbers", normal(size, size, size).astype(np.float64))


FILTERS = (
    _any(3),
    Case("sobel-x", preset("sobel-x")),
    Case("sharpen", preset("sharpen")),
    _any(5),
    _any(7),
    _any(11),
    _any(15),
    Case("gaussian", preset("gaussian", 15, 3)),
    _any(31),
    Case("gaussian", preset("gaussian", 31, 5)),
)


@dataclass(frozen=True)
class FilterRow:
    """What was measured of one kernel. seconds: of one call, by name of the way. estimate: what `Filter.cost` says."""

    label: str
    seconds: Mapping[str, float]
    estimate: float

    def ratio(self, peer: str) -> float | None:
        """The core's time over the peer's: below 1 the core is ahead."""
        return self.seconds[CORE] / self.seconds[peer] if peer in self.seconds else None


def filters(cases: tuple[Case, ...], pace: Pace) -> Iterator[FilterRow]:
    """Measure each case, all of its ways in turns."""
    for case in cases:
        made = Filter(case.kernel[None])
        yield FilterRow(case.label, medians(ways(case), pace), made.cost((3, SIDE, SIDE))[0])


def ways(case: Case) -> dict[str, Way]:
    """Every way there is here to apply the kernel, each with the picture as it likes it best."""
    x, made = photograph(), Filter(case.kernel[None])
    found: dict[str, Way] = {CORE: lambda: made.apply(x)}
    if opencv_version():
        cv2, pixels = _opencv(), np.ascontiguousarray(x.transpose(1, 2, 0))
        found[OPENCV] = lambda: cv2.filter2D(pixels, -1, case.kernel, borderType=cv2.BORDER_CONSTANT)
    if case.kernel.shape in ((3, 3), (5, 5)):  # Pillow knows no others
        numbers = case.kernel[::-1].ravel().tolist()  # it lays its kernels on upside down
        image, kernel = _image(), ImageFilter.Kernel(case.kernel.shape, numbers, 1)
        found[PILLOW] = lambda: image.filter(kernel)
    return found


@cache
def photograph() -> Array:
    """(3, 512, 512) from 0 to 1, float32: a sample made larger."""
    return np.ascontiguousarray(np.asarray(_image(), np.float32).transpose(2, 0, 1) / np.float32(255))


@cache
def _image() -> Image.Image:
    with Image.open(PHOTO) as image:
        return image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def opencv_version() -> str | None:
    """The version of OpenCV, or None where it is not installed."""
    return str(_opencv().__version__) if find_spec("cv2") else None


def pillow_version() -> str:
    """The version of Pillow, which the site needs anyway."""
    return PIL.__version__


@cache
def _opencv() -> Any:
    cv2 = import_module("cv2")
    cv2.setNumThreads(1)
    return cv2
