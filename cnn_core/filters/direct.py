"""A kernel laid on a whole picture at once: for each of its numbers one sweep over all pixels, multiply and add.

A band of rows is copied with its border into memory that stays near the processor, its rows one after the other without
a gap. There each number of the kernel meets one long straight run of pixels, and its neighbour the same run, a step on.
What the runs bring together across the ends of the rows is left behind when the band is copied out.
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

    then: what the sums so far are multiplied with: its size beside that of the next larger one, at last its size alone.
    So the sums grow in place, and numbers of the same size, as most made by hand are, need no multiplication between.
    It is an array (), with which NumPy begins sooner than with a number; None where it would be 1.
    """

    at: int
    minus: bool
    then: Array | None


class Lanes(NamedTuple):
    """Along one side, windows that step by more than one pixel see every `stride`-th one: these make up a lane.

    firsts: where the lanes start that are looked at. at: for each place of the kernel its lane, and how far along it.
    """

    firsts: tuple[int, ...]
    at: tuple[Pair, ...]

    @property
    def reach(self) -> int:
        """How far the last place of the kernel is along its lane."""
        return self.at[-1][1]


def lanes(windows: Windows, axis: int) -> Lanes:
    """Sort the places of a kernel by the lanes they look at."""
    stride = windows.stride[axis]
    places = [step * windows.dilation[axis] for step in range(windows.size[axis])]
    firsts = tuple(sorted({place % stride for place in places}))
    return Lanes(firsts, tuple((firsts.index(place % stride), place // stride) for place in places))


def band_sides(windows: Windows, out: Pair, itemsize: int) -> Pair:
    """(rows of the output that are made at a time, numbers in each row of the straight run)."""
    wide = out[1] + (windows.size[1] - 1) * windows.dilation[1] // windows.stride[1]
    return evenly(out[0], BAND_BYTES // (wide * itemsize)), wide


def sweep(x: Array, kernel: Array, windows: Windows, border: Border, out: Array) -> None:
    """x: (C, H, W) and kernel: (kh, kw), laid on as it is, give out: (C, H', W'), which is written."""
    _, height, width = out.shape
    down, across = lanes(windows, 0), lanes(windows, 1)
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
    factor = 1 if first.then is None else first.then
    np.multiply(pixels[first.at : first.at + len(sums)], -factor if first.minus else factor, sums)
    for at, minus, then in others:
        run = pixels[at : at + len(sums)]
        if minus:
            np.subtract(sums, run, sums)
        else:
            np.add(sums, run, sums)
        if then is not None:
            np.multiply(sums, then, sums)
