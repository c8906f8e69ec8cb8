"""Cross-correlation by FFT: multiply the spectra of picture and kernel (convolution theorem; Cooley and Tukey, 1965).

The cost hardly depends on the size of the kernel. Rounding errors spread over the whole picture: an error is small
relative to the largest numbers of the result, not to the smallest.
"""

from __future__ import annotations

from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnn_core.filters.borders import Border, surround
from cnn_core.layer import Array
from cnn_core.layers.im2col import scratch
from cnn_core.windows import Pair, Windows

NORM: Final = "ortho"
"""Shared out between there and back. Otherwise NumPy 2 works out one of the two in float64, which takes seven times as
long: a factor that is the whole number 1 makes it choose so.
"""


def seen(windows: Windows, out: Pair) -> Pair:
    """(rows, columns) of the picture and its border that are seen by the windows of an (H', W') output."""
    high, wide = (
        (out[axis] - 1) * windows.stride[axis] + (windows.size[axis] - 1) * windows.dilation[axis] + 1
        for axis in (0, 1)
    )
    return high, wide


def transform_sides(windows: Windows, out: Pair) -> Pair:
    """The sides of the transform: all that the windows see, and a little more, so that it takes apart quickly."""
    high, wide = seen(windows, out)
    return _smooth(high), _smooth(wide)


def correlate_fft(x: Array, kernel: Array, windows: Windows, border: Border, out: Array) -> None:
    """Cross-correlate x: (C, H, W) with kernel: (kh, kw) and write the result into out: (C, H', W')."""
    _, height, width = out.shape
    (top, _), (left, _) = windows.padding
    (high, wide), (n, m) = seen(windows, (height, width)), transform_sides(windows, (height, width))
    factors = _spectrum(kernel, windows, (n, m), x)
    plane: NDArray[Any] = scratch("plane", (n, m), x)
    there, back = (scratch(name, (n, m // 2 + 1, 2), x).view(factors.dtype)[..., 0] for name in ("there", "back"))
    for channel, result in zip(x, out, strict=True):
        surround(plane[:high, :wide], channel, (-top, -left), (1, 1), border)
        plane[:high, wide:] = 0
        np.fft.rfft(plane[:high], norm=NORM, out=there[:high])
        there[high:] = 0
        np.fft.fft(there, axis=0, norm=NORM, out=back)
        np.multiply(back, factors, out=back)
        np.fft.ifft(back, axis=0, norm=NORM, out=there)
        rows = there[: (height - 1) * windows.stride[0] + 1 : windows.stride[0]]
        np.fft.irfft(rows, m, norm=NORM, out=plane[:height])
        result[...] = plane[:height, : (width - 1) * windows.stride[1] + 1 : windows.stride[1]]


def _spectrum(kernel: Array, windows: Windows, sides: Pair, like: Array) -> NDArray[np.complexfloating]:
    """kernel: (kh, kw) -> (n, m / 2 + 1), the conjugate spectrum of the kernel at these sides (n, m)."""
    (kh, kw), (down, across), (n, m) = windows.size, windows.dilation, sides
    rows = np.zeros((kh, (kw - 1) * across + 1), like.dtype)
    rows[:, ::across] = kernel * sqrt(n * m)  # the picture has its share of the norm already, the kernel needs none
    waves = np.fft.rfft(rows, m, norm=NORM)
    spread = np.zeros(((kh - 1) * down + 1, waves.shape[1]), waves.dtype)
    spread[::down] = waves
    found = np.fft.fft(spread, n, axis=0, norm=NORM)
    return np.conj(found, out=found)  # this lays the kernel on as it is; without it, it would be flipped


def _smooth(n: int) -> int:
    """The next number from n on that is a product of 2, 3, 5, 7 and 11 alone."""
    while True:
        rest = n
        for factor in (2, 3, 5, 7, 11):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return n
        n += 1
