"""Three algorithms for one kernel: direct, separable (a column, then a row), FFT. The cost model picks one.

All give the same numbers up to rounding. The seconds of each are estimated from constants that were measured once on
one core with float32, so that the cheapest can be taken, and a request that costs too much can be refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd, log2, prod
from typing import Literal

import numpy as np

from cnn_core.filters.borders import Border
from cnn_core.filters.direct import band_sides, correlate_direct
from cnn_core.filters.fft import correlate_fft, seen, transform_sides
from cnn_core.layer import Array, Shape
from cnn_core.layers.im2col import scratch
from cnn_core.trace import argmax
from cnn_core.windows import Pair, Windows

CALL = 0.4e-6
"""Seconds of overhead of one NumPy call."""
PASS = 0.05e-9
"""Seconds to add or multiply one element."""
TAP = 1e-6
"""Seconds to prepare one element of the kernel."""
COPY = 0.12e-9
"""Seconds to copy one element into the band, or its sum out of it."""
SKIP = 0.6e-9
"""Seconds to copy one element with a stride."""
WAVE = 0.26e-9
"""Seconds of a transform and its inverse, for each element and each factor of 2: the cost is n log2(n)."""

SOON = 0.3e-3
"""Below these seconds the direct algorithm is taken anyway: its rounding errors stay local."""

SEPARABLE = 4e-15
"""How far a product of a column and a row may be from the kernel, relative to its largest number: rounding only."""

WayName = Literal["direct", "separable", "fft"]


@dataclass(frozen=True)
class Way:
    """One way to apply a kernel: the seconds it takes for all channels, and the bytes of memory beyond the result."""

    name: WayName
    seconds: float
    memory: int


def cheapest(kernel: Array, windows: Windows, shape: Shape, out: Pair) -> Way:
    """Return the cheapest algorithm for kernel: (kh, kw) from a picture (C, H, W) to (C, H', W')."""
    best = _direct_way(kernel, windows, shape[0], out)
    parts = factors(kernel)
    if parts is not None:
        best = min(best, _separable_way(parts, windows, shape, out), key=_seconds)
    if best.seconds > max(SOON, _fft_seconds(seen(windows, out), shape[0])):  # mostly it is not, and quickly asked
        best = min(best, _fft_way(windows, shape[0], out), key=_seconds)
    return best


def apply_way(way: Way, x: Array, kernel: Array, windows: Windows, border: Border, out: Array) -> None:
    """Cross-correlate x: (C, H, W) with kernel: (kh, kw) by one algorithm; write the result into out: (C, H', W')."""
    parts = factors(kernel) if way.name == "separable" else None
    if way.name == "fft":
        correlate_fft(x, kernel, windows, border, out)
    elif parts is None:
        correlate_direct(x, kernel, windows, border, out)
    else:
        down, across = split_axes(windows)
        between = scratch("between", (1, out.shape[1], x.shape[2]), x)
        for channel in range(len(x)):
            correlate_direct(x[channel, None], parts[0], down, border, between)
            correlate_direct(between, parts[1], across, border, out[channel, None])


def factors(kernel: Array) -> tuple[Array, Array] | None:
    """A column (kh, 1) and a row (1, kw) whose product is the kernel; None where there are no such two."""
    i, j = argmax(np.abs(kernel))
    if not kernel[i, j]:
        return None
    column, row = kernel[:, j, None], kernel[None, i] / kernel[i, j]
    close = np.abs(column * row - kernel).max() <= SEPARABLE * abs(kernel[i, j])
    return (column, row) if close else None


def split_axes(windows: Windows) -> tuple[Windows, Windows]:
    """The same windows, first from top to bottom alone, then from side to side."""
    size, stride, (rows, columns), dilation = windows.size, windows.stride, windows.padding, windows.dilation
    down = Windows((size[0], 1), (stride[0], 1), (rows, (0, 0)), (dilation[0], 1))
    return down, Windows((1, size[1]), (1, stride[1]), ((0, 0), columns), (1, dilation[1]))


def _seconds(way: Way) -> float:
    return way.seconds


def _direct_way(kernel: Array, windows: Windows, channels: int, out: Pair) -> Way:
    sizes = np.abs(kernel[kernel != 0])
    passes = sizes.size + len(set(sizes.tolist()))
    band, wide = band_sides(windows, out, 4)
    bands = channels * -(-out[0] // band)
    lanes = prod(
        min(size, stride // gcd(stride, dilation))
        for size, stride, dilation in zip(windows.size, windows.stride, windows.dilation, strict=True)
    )
    copied = lanes * (band + (windows.size[0] - 1) * windows.dilation[0] // windows.stride[0]) * wide
    each = (passes + 12 * lanes + 3) * CALL + band * wide * (passes * PASS + COPY)
    each += copied * (COPY if windows.stride[1] == 1 else SKIP)
    seconds = 30 * CALL + sizes.size * TAP + bands * each
    return Way("direct", seconds, 4 * (copied + band * wide))


def _separable_way(parts: tuple[Array, Array], windows: Windows, shape: Shape, out: Pair) -> Way:
    between = out[0], shape[2]
    ends = zip(parts, split_axes(windows), (between, out), strict=True)
    down, across = (_direct_way(part, alone, shape[0], end) for part, alone, end in ends)
    memory = 4 * between[0] * between[1] + max(down.memory, across.memory)
    return Way("separable", down.seconds + across.seconds, memory)


def _fft_way(windows: Windows, channels: int, out: Pair) -> Way:
    n, m = transform_sides(windows, out)
    return Way("fft", _fft_seconds((n, m), channels), 4 * n * m + 3 * 8 * n * (m // 2 + 1))


def _fft_seconds(sides: Pair, channels: int) -> float:
    """Seconds for transforms of these sides: once for each channel, and half of that for the kernel."""
    numbers = sides[0] * sides[1]
    return (1 + channels) * 40 * CALL + (0.4 + channels) * numbers * log2(2 * numbers) * WAVE
