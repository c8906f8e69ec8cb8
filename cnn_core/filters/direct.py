"""Direct cross-correlation of a picture: for each element of the kernel one multiply-add over all pixels.

A band of rows is copied with its border into contiguous memory that fits the processor's cache. There the pixels under
one element of the kernel are one contiguous run, and those under the next element the same run, shifted. Sums that run
across the ends of rows are wrong; they lie beyond the output's width and are not copied out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cnn_core.filters.borders import Border, surround
from cnn_core.layer import Array
from cnn_core.layers.im2col import evenly, scratch
from cnn_core.windows import Pair, Windows

BAND_BYTES = 352 * 1024
"""What a band's sums take; with its pixels this is some two thirds of a processor's second cache."""


class Tap(NamedTuple):
    """A number of the kernel. at: how far along the straight run its pixels are. minus: whether they are subtracted.

    scale: what the sums so far are multiplied with: its size over the next larger one; at last its size alone.
    So the sums grow in place, and numbers of the same size, as most made by hand are, need no multiplication between.
    It is an array (), with which NumPy begins sooner than with a number; None where it would be 1.
    """

    at: int
    minus: bool
    scale: Array | None


class Phases(NamedTuple):
    """Polyphase components along one axis: at stride s, each element of the kernel reads every s-th pixel (one phase).

    firsts: the first pixel of each phase that is read. at: for each element of the kernel its phase and index there.
    """

    firsts: tuple[int, ...]
    at: tuple[Pair, ...]

    @property
    def reach(self) -> int:
        """The index of the kernel's last element in its phase."""
        return self.at[-1][1]


def phases(windows: Windows, axis: int) -> Phases:
    """Split the elements of a kernel by the phases that they read."""
    stride = windows.stride[axis]
    places = [step * windows.dilation[axis] for step in range(windows.size[axis])]
    firsts = tuple(sorted({place % stride for place in places}))
    return Phases(firsts, tuple((firsts.index(place % stride), place // stride) for place in places))


def band_sides(windows: Windows, out: Pair, itemsize: int) -> Pair:
    """(rows of the output that are made at a time, numbers in each row of the straight run)."""
    wide = out[1] + (windows.size[1] - 1) * windows.dilation[1] // windows.stride[1]
    return evenly(out[0], BAND_BYTES // (wide * itemsize)), wide


def correlate_direct(x: Array, kernel: Array, windows: Windows, border: Border, out: Array) -> None:
    """Cross-correlate x: (C, H, W) with kernel: (kh, kw) and write the result into out: (C, H', W')."""
    _, height, width = out.shape
    down, across = phases(windows, 0), phases(windows, 1)
    band, wide = band_sides(windows, (height, width), x.itemsize)
    high = band + down.reach
    planes = scratch("planes", (len(down.firsts), len(across.firsts), high, wide), x)
    pixels, sums = planes.reshape(-1), scratch("sums", (band * wide,), x)
    places = [
        [((lane * len(across.firsts) + other) * high + i) * wide + j for other, j in across.at] for lane, i in down.at
    ]
    taps = _taps(kernel, places, x)
    for channel, result in zip(x, out, strict=True):
        for top in range(0, height, band):
            count = min(band, height - top)
            for u, row in enumerate(down.firsts):
                for v, column in enumerate(across.firsts):
                    first = top * windows.stride[0] + row - windows.padding[0][0], column - windows.padding[1][0]
                    surround(planes[u, v, : count + down.reach], channel, first, windows.stride, border)
            _add_up(pixels, taps, sums[: (count - 1) * wide + width])
            result[top : top + count] = sums[: count * wide].reshape(count, wide)[:, :width]


def _taps(kernel: Array, places: Sequence[Sequence[int]], like: Array) -> list[Tap]:
    """The numbers of the kernel that are not 0, from the smallest to the largest size."""
    numbers = [
        (abs(number), at, number < 0)
        for row, steps in zip(kernel.tolist(), places, strict=True)
        for number, at in zip(row, steps, strict=True)
        if number
    ]
    numbers.sort()
    next_larger = [size for size, _, _ in numbers[1:]] + [1.0]
    return [
        Tap(at, minus, None if size == larger else np.array(size / larger, like.dtype))
        for (size, at, minus), larger in zip(numbers, next_larger, strict=False)
    ]


def _add_up(pixels: Array, taps: Sequence[Tap], sums: Array) -> None:
    """sums: (n,) = the sum over the taps of their number times the n pixels from their place on."""
    if not taps:
        sums[...] = 0
        return
    first, *others = taps
    factor = 1 if first.scale is None else first.scale
    np.multiply(pixels[first.at : first.at + len(sums)], -factor if first.minus else factor, sums)
    for at, minus, scale in others:
        run = pixels[at : at + len(sums)]
        if minus:
            np.subtract(sums, run, sums)
        else:
            np.add(sums, run, sums)
        if scale is not None:
            np.multiply(sums, scale, sums)
