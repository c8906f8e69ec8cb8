"""Kernel presets: hand-made kernels by name, some with parameters.

They are meant for cross-correlation, the kernel laid on as it is: sobel-x gives a positive number where it grows
brighter to the right. Rows are counted downwards, angles anticlockwise from the right, in degrees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite, radians
from types import MappingProxyType

import numpy as np

from cnn_core.layer import Array, ShapeError

LARGEST = 31
"""The longest side of a kernel that is made here."""


@dataclass(frozen=True)
class Number:
    """One number that a preset may be told: its name, what it is unless told, and its range, ends included."""

    name: str
    default: float
    least: float
    most: float
    whole: bool = False
    odd: bool = False

    def read(self, value: float, where: str) -> float:
        """Check a value; whole numbers come back as int."""
        fits = isfinite(value) and self.least <= value <= self.most
        if self.whole:
            fits = fits and value == int(value) and (not self.odd or int(value) % 2 == 1)
        if not fits:
            kind = "an odd whole number" if self.odd else "a whole number" if self.whole else "a number"
            raise ShapeError(f"{where} {self.name}", f"{kind} from {self.least:g} to {self.most:g}", value)
        return int(value) if self.whole else float(value)


@dataclass(frozen=True)
class Preset:
    """A kernel with a name. make: its numbers, in the order of `numbers`, -> (kh, kw) in float64."""

    name: str
    make: Callable[..., Array]
    numbers: tuple[Number, ...] = ()

    @property
    def defaults(self) -> tuple[float, ...]:
        """What its numbers are unless they are told."""
        return tuple(number.default for number in self.numbers)


def preset(name: str, *numbers: float) -> Array:
    """Make a kernel (kh, kw); numbers that are left out take their defaults."""
    if name not in PRESETS:
        raise ValueError(f"preset: expected one of {', '.join(PRESETS)}; got {name!r}")
    found = PRESETS[name]
    if len(numbers) > len(found.numbers):
        names = ", ".join(number.name for number in found.numbers) or "none"
        raise ShapeError(f"{name} numbers", f"at most {len(found.numbers)} ({names})", len(numbers))
    told = (*numbers, *found.defaults[len(numbers) :])
    kernel = found.make(*(number.read(value, name) for number, value in zip(found.numbers, told, strict=True)))
    kernel.flags.writeable = False
    return kernel


def _fixed(*rows: tuple[float, ...], over: float = 1) -> Callable[[], Array]:
    """A kernel that is written down, divided by `over`."""
    return lambda: np.array(rows, np.float64) / over


def _places(size: int) -> tuple[Array, Array]:
    """x: (1, size) and y: (size, 1), counted from the middle, y upwards."""
    steps = np.arange(size) - (size - 1) / 2
    return steps[None, :], -steps[:, None]


def _middle(height: int, width: int) -> Array:
    """1 in the middle and 0 around it."""
    kernel = np.zeros((height, width))
    kernel[height // 2, width // 2] = 1
    return kernel


def _box(size: int) -> Array:
    return np.full((size, size), 1 / size**2)


def _gaussian(size: int, sigma: float) -> Array:
    x, y = _places(size)
    bell = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    return np.asarray(bell / bell.sum())


def _unsharp(size: int, sigma: float, amount: float) -> Array:
    """The picture, and `amount` times what a blur takes away from it."""
    middle = _middle(size, size)
    return middle + amount * (middle - _gaussian(size, sigma))


def _log(size: int, sigma: float) -> Array:
    """A Gaussian's second derivatives, scaled so that the bowl x^2 + y^2 gives 4, its Laplacian, everywhere."""
    x, y = _places(size)
    bell, squares = _gaussian(size, sigma), x**2 + y**2
    kernel = bell * (squares - (bell * squares).sum())
    kernel -= bell * kernel.sum()  # a narrow bell leaves much to rounding
    return np.asarray(4 * kernel / (kernel * squares).sum())


def _gabor(size: int, angle: float, wavelength: float) -> Array:
    """A wave under a Gaussian, less their mean; what is positive adds up to 1, what is negative to -1."""
    x, y = _places(size)
    along = x * np.cos(radians(angle)) + y * np.sin(radians(angle))
    bell = _gaussian(size, 0.56 * wavelength)  # about one octave wide
    wave = np.cos(2 * np.pi * along / wavelength)
    kernel = bell * (wave - (bell * wave).sum())
    return np.asarray(2 * kernel / np.abs(kernel).sum())


def _motion(size: int, angle: float) -> Array:
    """A line through the middle from edge to edge; between two cells, both get their share."""
    slope = np.array([np.cos(radians(angle)), -np.sin(radians(angle))])  # to the right, and down
    steep = abs(slope[1]) > abs(slope[0])
    kernel, half = np.zeros((size, size)), size // 2
    for step in range(-half, half + 1):
        across = step * (slope[0] / slope[1] if steep else slope[1] / slope[0])
        below = int(np.floor(across))
        for side, share in ((below, 1 - (across - below)), (below + 1, across - below)):
            if share > 0 and abs(side) <= half:
                at = (step, side) if steep else (side, step)
                kernel[half + at[0], half + at[1]] += share
    return np.asarray(kernel / kernel.sum())


def _shift(right: int, down: int) -> Array:
    """One 1, as far to the left and above the middle as the picture is to move to the right and down."""
    kernel = np.zeros((2 * abs(down) + 1, 2 * abs(right) + 1))
    kernel[abs(down) - down, abs(right) - right] = 1
    return kernel


def _random(size: int, seed: int) -> Array:
    """Numbers of two decimals from -1 to 1, the same ones for the same seed."""
    return np.asarray(np.random.default_rng(seed).integers(-100, 101, (size, size)) / 100)


def _turned(kernel: Callable[[], Array]) -> Callable[[], Array]:
    """Exchange rows and columns: what looked to the right looks down."""
    return lambda: kernel().T.copy()


_SOBEL = _fixed((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
_SCHARR = _fixed((-3, 0, 3), (-10, 0, 10), (-3, 0, 3))
_PREWITT = _fixed((-1, 0, 1), (-1, 0, 1), (-1, 0, 1))

_SIGMA = (0.1, float(LARGEST))
_ANGLE = (-360.0, 360.0)
_FARTHEST = LARGEST // 2


def _size(default: int, least: int = 1, odd: bool = False) -> Number:
    return Number("size", default, least, LARGEST, whole=True, odd=odd)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        found.name: found
        for found in (
            Preset("identity", lambda: _middle(3, 3)),
            Preset("box", _box, (_size(5),)),
            Preset("gaussian", _gaussian, (_size(9), Number("sigma", 2.0, *_SIGMA))),
            Preset("sharpen", _fixed((0, -1, 0), (-1, 5, -1), (0, -1, 0))),
            Preset(
                "unsharp",
                _unsharp,
                (_size(9, odd=True), Number("sigma", 2.0, *_SIGMA), Number("amount", 1.0, 0.0, 10.0)),
            ),
            Preset("emboss", _fixed((-2, -1, 0), (-1, 1, 1), (0, 1, 2))),
            Preset("outline", _fixed((-1, -1, -1), (-1, 8, -1), (-1, -1, -1))),
            Preset("sobel-x", _SOBEL),
            Preset("sobel-y", _turned(_SOBEL)),
            Preset("scharr-x", _SCHARR),
            Preset("scharr-y", _turned(_SCHARR)),
            Preset("prewitt-x", _PREWITT),
            Preset("prewitt-y", _turned(_PREWITT)),
            Preset("roberts-x", _fixed((1, 0), (0, -1))),
            Preset("roberts-y", _fixed((0, 1), (-1, 0))),
            Preset("laplacian", _fixed((0, 1, 0), (1, -4, 1), (0, 1, 0))),
            Preset("log", _log, (_size(9, least=3), Number("sigma", 1.4, 0.3, float(LARGEST)))),
            Preset(
                "gabor",
                _gabor,
                (_size(15, least=3), Number("angle", 0.0, *_ANGLE), Number("wavelength", 8.0, 2.0, 2.0 * LARGEST)),
            ),
            Preset("motion", _motion, (_size(15, odd=True), Number("angle", 0.0, *_ANGLE))),
            Preset(
                "shift",
                _shift,
                (
                    Number("right", 5, -_FARTHEST, _FARTHEST, whole=True),
                    Number("down", 3, -_FARTHEST, _FARTHEST, whole=True),
                ),
            ),
            Preset("high-pass", _fixed((-1, -2, -1), (-2, 12, -2), (-1, -2, -1), over=16)),
            Preset("random", _random, (_size(3), Number("seed", 0, 0, 2**32 - 1, whole=True))),
        )
    }
)
"""In the order of the gallery."""
