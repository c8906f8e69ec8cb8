"""200 random filters on real photographs give what SciPy's ndimage gives."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnn_core.filters.borders import BORDERS
from cnn_core.filters.filter import Filter
from cnn_core.filters.presets import PRESETS, preset
from cnn_core.layer import Array
from cnn_core.windows import Pair
from tests.cnn_core.cases import DTYPES

ndimage = pytest.importorskip("scipy.ndimage")

PHOTOS = sorted((Path(__file__).resolve().parents[3] / "static" / "samples").glob("*.jpg"))
MODES = {"zero": "constant", "none": "constant", "same": "constant", "reflect": "mirror", "edge": "nearest"}
TOLERANCE = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-10}  # of the result's range
CASES = 200


@cache
def photo(path: Path) -> Array:
    """(3, H, W) in float64, from 0 to 1."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.float64).transpose(2, 0, 1) / 255


def drawn(seed: int) -> tuple[Array, Filter]:
    """A crop of a photograph, and a filter that fits: every option, kernels up to 31 and never wider than the crop."""
    rng = np.random.default_rng(seed)
    whole = photo(PHOTOS[seed % len(PHOTOS)])
    high, wide = (int(side) for side in rng.integers(40, 110, 2))
    top, left = (int(rng.integers(0, n - side + 1)) for n, side in zip(whole.shape[1:], (high, wide), strict=True))
    x = whole[:, top : top + high, left : left + wide]
    dilation = pairs(rng, 1, 4)
    most = [min(31, (side - 1) // step + 1) for side, step in zip((high, wide), dilation, strict=True)]
    size = [int(rng.integers(1, side + 1)) for side in most]
    if seed % 3 == 0:  # small ones are what most people try
        size = [min(side, int(rng.integers(1, 6))) for side in size]
    kernels = rng.normal(size=(int(rng.choice((1, 3))), *size))
    if seed % 5 == 0:
        kernels = kernels[:, :1] * kernels[:, :, :1]
    padding = int(rng.integers(0, min(size)))
    border = BORDERS[seed % len(BORDERS)]
    return x, Filter(kernels, pairs(rng, 1, 8), border, padding, dilation, bool(rng.integers(2)))


def pairs(rng: np.random.Generator, least: int, most: int) -> Pair:
    """Mostly the same for both directions, and mostly the least."""
    one, other = (int(rng.integers(least, most + 1)) if rng.random() < 0.5 else least for _ in range(2))
    return (one, one) if rng.random() < 0.7 else (one, other)


def by_scipy(made: Filter, x: Array) -> Array:
    """(C, H, W) -> (C, H', W'): SciPy keeps the size and knows no stride, so it is padded before and cut after."""
    (kh, kw), (down, across), (sy, sx) = made.windows.size, made.windows.dilation, made.windows.stride
    out = made.output_shape(x.shape)
    spread = np.zeros((len(made.kernels), (kh - 1) * down + 1, (kw - 1) * across + 1))
    spread[:, ::down, ::across] = made.kernels
    before = [(side - 1) // 2 for side in spread.shape[1:]]  # what "same" pads before
    start = [0, 0]
    if made.border in ("zero", "none"):
        x = np.pad(x, ((0, 0), *made.windows.padding))
        start = before
    results = []
    for channel in range(len(x)):
        kernel, mode = spread[channel % len(spread)], MODES[made.border]
        if made.flip:
            whole = ndimage.convolve(x[channel], kernel, mode=mode)
        else:
            # Of an even kernel SciPy's correlate reads one more before, ours (and SciPy's convolve) one more after.
            origin = [-1 if side % 2 == 0 else 0 for side in kernel.shape]
            whole = ndimage.correlate(x[channel], kernel, mode=mode, origin=origin)
        results.append(whole[start[0] :: sy, start[1] :: sx][: out[1], : out[2]])
    return np.array(results)


def range_of(values: Array) -> float:
    """From the smallest to the largest; of a result that is one number everywhere, its size."""
    return float(np.ptp(values)) or float(np.abs(values).max()) or 1.0


@pytest.mark.parametrize("seed", range(CASES))
def test_it_is_what_scipy_gives(seed: int) -> None:
    x, made = drawn(seed)
    expected = by_scipy(made, x)
    for dtype in DTYPES:
        found = made.apply(x.astype(dtype))
        assert found.shape == expected.shape
        assert np.abs(found - expected).max() <= TOLERANCE[found.dtype] * range_of(expected)


def test_the_cases_try_everything() -> None:
    filters = [drawn(seed)[1] for seed in range(CASES)]

    def counts(of: Any) -> Iterator[tuple[object, int]]:
        values = [of(made) for made in filters]
        return ((value, values.count(value)) for value in set(values))

    assert {border for border, count in counts(lambda made: made.border) if count >= 30} == set(BORDERS)
    assert {flip for flip, count in counts(lambda made: made.flip) if count >= 60} == {False, True}
    for axis in (0, 1):
        assert {step for step, _ in counts(lambda made, axis=axis: made.windows.stride[axis])} == set(range(1, 9))
        assert {step for step, _ in counts(lambda made, axis=axis: made.windows.dilation[axis])} == {1, 2, 3, 4}
        assert {1, 2, 3, 30, 31} <= {size for size, _ in counts(lambda made, axis=axis: made.windows.size[axis])}
    shapes = [made.windows.size for made in filters]
    assert sum(high != wide for high, wide in shapes) > 100


@pytest.mark.parametrize("border", ["same", "reflect", "edge"])
@pytest.mark.parametrize("name", PRESETS)
def test_every_kernel_by_name_on_a_whole_photograph(name: str, border: Any) -> None:
    x, made = photo(PHOTOS[0]), Filter(preset(name)[None], border=border)
    expected = by_scipy(made, x)
    for dtype in DTYPES:
        found = made.apply(x.astype(dtype))
        assert np.abs(found - expected).max() <= TOLERANCE[found.dtype] * range_of(expected)
