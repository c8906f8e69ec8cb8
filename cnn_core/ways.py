"""Which way a filter goes: by one sweep for each number of the kernel, by rows and then columns, or by waves.

All lead to the same numbers. What each would cost is worked out before, from times that were measured once, so that the
cheapest can be taken and what is too dear refused. The times are those of one core with float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import Literal

import numpy as np

from cnn_core.borders import Border
from cnn_core.columns import scratch
from cnn_core.layer import Array
from cnn_core.spectra import by_waves, transform_sides
from cnn_core.sweeps import band_rows, lanes, sweep
from cnn_core.windows import Pair, Windows

CALL = 0.5e-6
"""Seconds that NumPy takes to begin with anything."""
TAP = 0.10e-9
"""To multiply a number and add it to a sum."""
COPY = 0.15e-9
"""To copy a number into the band, and its sum out of it."""
WAVE = 0.9e-9
"""To take apart and put together again, for each number and each time it can be halved."""

SEPARABLE = 4e-15
"""How far a product of a column and a row may be from the kernel, beside its largest number: rounding, and no more."""


@dataclass(frozen=True)
class Way:
    """One way to apply one kernel to one channel: the seconds it takes, and the bytes of memory beyond the result."""

    name: Literal["sweep", "two sweeps", "waves"]
    seconds: float
    memory: int


def cheapest(kernel: Array, windows: Windows, size: Pair, out: Pair) -> Way:
    """Choose a way for kernel: (kh, kw) from a picture (H, W) of this size to (H', W')."""
    ways = [_sweep(windows, int(np.count_nonzero(kernel)), out), _waves(windows, out)]
    if factors(kernel) is not None:
        between = out[0], size[1]
        down, across = (_sweep(part, max(part.size), end) for part, end in zip(apart(windows), (between, out), strict=True))
        memory = 4 * between[0] * between[1] + max(down.memory, across.memory)
        ways.append(Way("two sweeps", down.seconds + across.seconds, memory))
    return min(ways, key=lambda way: way.seconds)


def go(way: Way, x: Array, kernel: Array, windows: Windows, border: Border, out: Array) -> None:
    """x: (C, H, W) and kernel: (kh, kw), laid on as it is, give out: (C, H', W'), which is written."""
    parts = factors(kernel) if way.name == "two sweeps" else None
    if way.name == "waves":
        by_waves(x, kernel, windows, border, out)
    elif parts is None:
        sweep(x, kernel, windows, border, out)
    else:
        down, across = apart(windows)
        between = scratch("between", (1, out.shape[1], x.shape[2]), x)
        for channel in range(len(x)):
            sweep(x[channel, None], parts[0], down, border, between)
            sweep(between, parts[1], across, border, out[channel, None])


def factors(kernel: Array) -> tuple[Array, Array] | None:
    """A column (kh, 1) and a row (1, kw) whose product is the kernel; None where there are no such two."""
    i, j = np.unravel_index(np.argmax(np.abs(kernel)), kernel.shape)
    if not kernel[i, j]:
        return None
    column, row = kernel[:, j, None], kernel[None, i] / kernel[i, j]
    close = np.abs(column * row - kernel).max() <= SEPARABLE * abs(kernel[i, j])
    return (column, row) if close else None


def apart(windows: Windows) -> tuple[Windows, Windows]:
    """The same windows, first from top to bottom alone, then from side to side."""
    size, stride, (rows, columns), dilation = windows.size, windows.stride, windows.padding, windows.dilation
    down = Windows((size[0], 1), (stride[0], 1), (rows, (0, 0)), (dilation[0], 1))
    return down, Windows((1, size[1]), (1, stride[1]), ((0, 0), columns), (1, dilation[1]))


def _sweep(windows: Windows, taps: int, out: Pair) -> Way:
    band, wide = band_rows(windows, out, 4)
    bands, planes = -(-out[0] // band), len(lanes(windows, 0).firsts) * len(lanes(windows, 1).firsts)
    copied = planes * (band + lanes(windows, 0).reach) * wide
    calls = bands * (2 * taps + 8 * planes + 4)
    seconds = calls * CALL + out[0] * wide * (taps * TAP + COPY) + bands * copied * COPY
    return Way("sweep", seconds, 4 * (copied + 2 * band * wide))


def _waves(windows: Windows, out: Pair) -> Way:
    n, m = transform_sides(windows, out)
    return Way("waves", 60 * CALL + n * m * log2(n * m) * WAVE, 4 * n * m + 4 * 8 * n * (m // 2 + 1))
