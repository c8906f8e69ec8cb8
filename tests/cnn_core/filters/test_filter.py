"""A filter does what plain loops do, whichever way it goes, and explains every number of its result."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.timing import memory_beyond_output
from cnn_core import AveragePool, Conv, MaxPool, Network, ReLU, ShapeError
from cnn_core.analysis.receptive_field import receptive_size
from cnn_core.filters import direct as sweeps
from cnn_core.filters.algorithms import Way, WayName, apply_way, cheapest, factors
from cnn_core.filters.borders import BORDERS, Border
from cnn_core.filters.filter import Filter, Stage, explain, receptive, through
from cnn_core.filters.presets import preset
from cnn_core.layer import Array, Shape
from cnn_core.trace import Read
from tests.cnn_core.cases import DTYPES, assert_equal_by_terms, law, normal, seeds, sizes

WAYS: tuple[WayName, ...] = get_args(WayName)


@st.composite
def filters(draw: st.DrawFn) -> tuple[Filter, Shape]:
    """Every option, kernels with zeros and equal numbers or of rank 1, windows wider than the picture."""
    channels, height, width = draw(st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 7)))
    border = draw(st.sampled_from(BORDERS))
    kernel = draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    stride, dilation, padding = draw(sizes(1, 4)), draw(sizes(1, 3)), draw(sizes(0, 4))
    kernels = normal((draw(st.sampled_from((1, channels))), *kernel), draw(seeds))
    kind = draw(st.sampled_from(("any", "whole", "rank 1")))
    if kind == "whole":
        kernels = np.rint(kernels)
    if kind == "rank 1":
        kernels = kernels[:, :1] * kernels[:, :, :1]
    made = Filter(kernels, stride, border, padding, dilation, draw(st.booleans()))
    (top, bottom), (left, right) = made.windows.padding
    height = max(height, (kernel[0] - 1) * made.windows.dilation[0] + 1 - top - bottom)
    width = max(width, (kernel[1] - 1) * made.windows.dilation[1] + 1 - left - right)
    return made, (channels, height, width)


def picture(shape: Shape, seed: int, dtype: Any) -> Array:
    x = normal(shape, seed, dtype)
    x.flags.writeable = False
    return x


def looked_up(border: Border, at: int, n: int) -> int | None:
    """The pixel at a place of a row of n, walked to step by step; None is a zero of the padding."""
    if border not in ("reflect", "edge"):
        return at if 0 <= at < n else None
    if border == "edge" or n == 1:
        return min(max(at, 0), n - 1)
    while not 0 <= at < n:
        at = -at if at < 0 else 2 * (n - 1) - at
    return at


def by_loops(made: Filter, x: Array) -> tuple[Array, Array]:
    """(result, the sums of the absolute terms), with nothing but loops."""
    (kh, kw), (sy, sx), (dy, dx) = made.windows.size, made.windows.stride, made.windows.dilation
    (top, bottom), (left, right) = made.windows.padding
    high = (x.shape[1] + top + bottom - (kh - 1) * dy - 1) // sy + 1
    wide = (x.shape[2] + left + right - (kw - 1) * dx - 1) // sx + 1
    result, terms = np.zeros((len(x), high, wide)), np.zeros((len(x), high, wide))
    for c, i, j in np.ndindex(result.shape):
        kernel = made.kernels[c % len(made.kernels)]
        for a, b in product(range(kh), range(kw)):
            row = looked_up(made.border, i * sy + a * dy - top, x.shape[1])
            column = looked_up(made.border, j * sx + b * dx - left, x.shape[2])
            if row is not None and column is not None:
                number = kernel[kh - 1 - a, kw - 1 - b] if made.flip else kernel[a, b]
                result[c, i, j] += x[c, row, column] * number
                terms[c, i, j] += abs(x[c, row, column] * number)
    return result, terms


def gone(name: WayName, made: Filter, x: Array) -> Array:
    """What comes out if it is made to go one way."""
    out = np.full(made.output_shape(x.shape), np.nan, x.dtype)
    for c in range(len(x)):
        only, kernel = slice(c, c + 1), made.laid[c % len(made.kernels)]
        apply_way(Way(name, 0.0, 0), x[only], kernel, made.windows, made.border, out[only])
    return out


@pytest.mark.parametrize("dtype", DTYPES)
@law
@given(case=filters(), seed=seeds)
def test_a_filter_does_what_the_loops_do(dtype: type, case: tuple[Filter, Shape], seed: int) -> None:
    made, shape = case
    x = picture(shape, seed, dtype)
    result, (expected, terms) = made.apply(x), by_loops(made, x)
    assert result.dtype == dtype
    assert result.shape == made.output_shape(shape)
    assert_equal_by_terms(result, expected, terms)


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("dtype", DTYPES)
@law
@given(case=filters(), seed=seeds)
def test_all_ways_lead_to_the_same(name: WayName, dtype: type, case: tuple[Filter, Shape], seed: int) -> None:
    made, shape = case
    x = picture(shape, seed, dtype)
    expected, terms = by_loops(made, x)
    most = terms.max()
    if name == "fft":
        # A Fourier transform spreads rounding over all numbers, those too that a dilated kernel steps over.
        most = max(most, np.abs(x).max() * np.abs(made.kernels).sum())
    assert_equal_by_terms(gone(name, made, x), expected, np.full_like(terms, most))


@law
@given(case=filters(), seed=seeds, allowed=st.integers(1, 400))
def test_a_sweep_does_not_depend_on_its_bands(case: tuple[Filter, Shape], seed: int, allowed: int) -> None:
    made, shape = case
    x = picture(shape, seed, np.float64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeps, "BAND_BYTES", allowed)
        cut = gone("direct", made, x)
    np.testing.assert_array_equal(cut, gone("direct", made, x))


@law
@given(case=filters(), seed=seeds)
def test_every_cell_is_explained(case: tuple[Filter, Shape], seed: int) -> None:
    made, shape = case
    x = picture(shape, seed, np.float64)
    result, (_, terms) = made.apply(x), by_loops(made, x)
    readers: dict[tuple[int, ...], set[tuple[int, int, int]]] = {}
    for c, i, j in np.ndindex(result.shape):
        trace = made.explain(x, (c, i, j))
        assert abs(trace.value - result[c, i, j]) <= 1e-12 * terms[c, i, j]
        assert len(trace.steps) == made.kernels[0].size
        assert abs(sum(step.value for step in trace.steps) - trace.value) <= 1e-12 * terms[c, i, j]
        for step in trace.steps:
            pixel, weight = step.reads
            assert weight == Read("weight", weight.at, float(made.kernels[weight.at]))
            assert step.value == pixel.value * weight.value
            inside = all(0 <= at < side for at, side in zip(pixel.at, shape, strict=True))
            assert pixel == Read("input", pixel.at, float(x[pixel.at]) if inside else 0.0, padded=not inside)
            if inside:
                readers.setdefault(pixel.at, set()).add((c, i, j))
    for c, i, j in np.ndindex(shape):
        assert made.readers((c, i, j), shape) == sorted(readers.get((c, i, j), ()))


def test_padding_is_told_from_pixels_that_are_read_once_more() -> None:
    x, kernels = np.arange(12.0).reshape(1, 3, 4), np.ones((1, 3, 3))

    def corner(border: Border) -> list[tuple[tuple[int, ...], bool]]:
        steps = Filter(kernels, border=border).explain(x, (0, 0, 0)).steps
        return [(step.reads[0].at[1:], step.reads[0].padded) for step in steps[:4]]

    assert corner("same") == [((-1, -1), True), ((-1, 0), True), ((-1, 1), True), ((0, -1), True)]
    assert corner("reflect") == [((1, 1), False), ((1, 0), False), ((1, 1), False), ((0, 1), False)]
    assert corner("edge") == [((0, 0), False), ((0, 0), False), ((0, 1), False), ((0, 0), False)]


def test_of_an_even_kernel_the_extra_row_and_column_come_after() -> None:
    x = np.arange(1.0, 5).reshape(1, 1, 4)
    assert Filter(np.array([[[1.0, 10.0]]])).apply(x).tolist() == [[[21, 32, 43, 4]]]
    assert Filter(np.array([[[1.0, 10.0]]]), flip=True).apply(x).tolist() == [[[12, 23, 34, 40]]]
    lasts: dict[Border, int] = {"same": 4, "edge": 44, "reflect": 34}
    for border, last in lasts.items():
        made = Filter(np.array([[[1.0], [10.0]]]), border=border)
        assert made.apply(x.reshape(1, 4, 1)).ravel().tolist() == [21, 32, 43, last]


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_of_very_different_sizes_do_not_spoil_each_other(dtype: type) -> None:
    x = normal((1, 8, 8), 1, dtype)
    made = Filter(np.array([[[1e-44, 3.0, -1e-20], [0.5, 1e12, 1.0]]]))
    assert_equal_by_terms(gone("direct", made, x), *by_loops(made, x))


def test_flipped_it_is_a_convolution() -> None:
    x = np.zeros((1, 5, 5))
    x[0, 2, 2] = 1
    kernel = normal((1, 3, 3), 1)
    np.testing.assert_allclose(Filter(kernel, flip=True).apply(x)[0, 1:4, 1:4], kernel[0], rtol=1e-14)
    np.testing.assert_allclose(Filter(kernel).apply(x)[0, 1:4, 1:4], kernel[0, ::-1, ::-1], rtol=1e-14)
    # the weight that explain names is the one that was given
    first = Filter(kernel, flip=True).explain(x, (0, 2, 2)).steps[0].reads[1]
    assert (first.at, first.value) == ((0, 2, 2), kernel[0, 2, 2])


@pytest.mark.parametrize(("kernels", "stride"), [(1, 1), (3, 2)])
def test_a_convolution_layer_with_a_group_for_each_channel_does_the_same(kernels: int, stride: int) -> None:
    x, weight = normal((3, 20, 24), 1), normal((kernels, 5, 3), 2)
    layer = Conv(np.broadcast_to(weight, (3, 5, 3))[:, None], np.zeros(3), stride, (2, 1), groups=3)
    np.testing.assert_allclose(Filter(weight, stride).apply(x), layer.forward(x[None])[0], atol=1e-12)


@pytest.mark.parametrize("border", ["same", "reflect", "edge"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 31])
def test_the_size_stays_at_stride_1(border: Border, size: int) -> None:
    for dilation in (1, 2, 5):
        made = Filter(np.ones((1, size, size)), border=border, dilation=dilation)
        assert made.output_shape((2, 12, 7)) == (2, 12, 7)


def test_how_an_array_lies_in_memory_does_not_matter_and_nothing_is_written() -> None:
    x, kernels = picture((3, 40, 50), 1, np.float64), normal((3, 5, 5), 2)
    before = x.copy(), kernels.copy()
    for name in WAYS:
        made = Filter(kernels[:, :1] * kernels[:, :, :1], border="edge")
        plain = gone(name, made, x)
        turned = np.ascontiguousarray(x.transpose(2, 0, 1)).transpose(1, 2, 0)
        for lying in (np.asfortranarray(x), turned, np.repeat(x, 2, axis=2)[:, :, ::2]):
            np.testing.assert_array_equal(gone(name, made, lying), plain)
    np.testing.assert_array_equal(x, before[0])
    made = Filter(kernels)
    kernels[...] = 7
    np.testing.assert_array_equal(made.kernels, before[1])
    with pytest.raises(ValueError, match="read-only"):
        made.kernels[...] = 2


def test_results_are_fresh_arrays() -> None:
    made, x = Filter(normal((1, 3, 3), 1)), normal((2, 30, 30), 2)
    first = made.apply(x)
    kept = first.copy()
    second = made.apply(x + 1)
    np.testing.assert_array_equal(first, kept)
    assert first.flags.writeable
    assert first.flags.c_contiguous
    assert not np.shares_memory(first, second)


@pytest.mark.parametrize("name", WAYS)
def test_threads_may_share_a_filter(name: WayName) -> None:
    made = Filter(normal((1, 7, 7), 1)[:, :1] * normal((1, 7, 1), 2), border="reflect")
    inputs = [normal((n % 3 + 1, 60 + n, 50), n, DTYPES[n % 2]) for n in range(12)]
    alone = [gone(name, made, x) for x in inputs]
    turns = [n % len(inputs) for n in range(120)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda n: gone(name, made, inputs[n]), turns))
    for n, found in zip(turns, together, strict=True):
        np.testing.assert_array_equal(found, alone[n])


@pytest.mark.parametrize(
    ("kernel", "name"),
    [
        (normal((3, 3), 1), "direct"),
        (normal((31, 31), 1), "fft"),
        (preset("box", 9), "separable"),
        (preset("gaussian", 15, 3), "separable"),
        (preset("shift", 15, 15), "direct"),
        (preset("laplacian"), "direct"),
        (preset("outline"), "direct"),
        (np.zeros((9, 9)), "direct"),
    ],
)
def test_the_cheapest_way_is_taken(kernel: Array, name: WayName) -> None:
    assert cheapest(kernel, Filter(kernel[None]).windows, (3, 512, 512), (512, 512)).name == name


def test_a_product_of_a_column_and_a_row_is_found() -> None:
    for kernel in (preset("gaussian", 31, 5), preset("sobel-x"), normal((1, 5), 1), normal((4, 1), 2)):
        parts = factors(kernel)
        assert parts is not None
        column, row = parts
        assert (column.shape, row.shape) == ((len(kernel), 1), (1, kernel.shape[1]))
        np.testing.assert_allclose(column * row, kernel, rtol=0, atol=1e-15 * np.abs(kernel).max())
    nearly = preset("gaussian", 5, 1) + 1e-9 * np.eye(5)
    for kernel in (preset("laplacian"), np.eye(2), nearly, np.zeros((3, 3))):
        assert factors(kernel) is None


@pytest.mark.parametrize("dilation", [1, 4])
@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("name", WAYS)
def test_the_memory_it_says_it_takes_is_what_it_takes(name: WayName, stride: int, dilation: int) -> None:
    kernel = {"direct": preset("random", 3), "separable": preset("box", 15), "fft": preset("random", 31)}[name]
    made, x = Filter(kernel[None], stride, "edge", 0, dilation), normal((3, 300, 400), 1, np.float32)
    seconds, said = made.cost(x.shape)
    taken = memory_beyond_output(lambda: made.apply(x), lambda out: out.nbytes if isinstance(out, np.ndarray) else 0)
    assert said / 2 <= taken <= 2 * said + 20_000
    assert 0 < seconds < 0.1


def test_the_cost_grows_with_the_work() -> None:
    def seconds(kernel: Array, shape: Shape, stride: int = 1) -> float:
        return Filter(kernel, stride).cost(shape)[0]

    small = preset("random", 3)[None]
    assert seconds(small, (3, 512, 512)) > 8 * seconds(small, (1, 256, 256))
    larger = preset("random", 7)[None]
    assert seconds(small, (3, 512, 512), 4) < seconds(small, (3, 512, 512)) < seconds(larger, (3, 512, 512))
    each = np.broadcast_to(small, (3, 3, 3))
    assert seconds(each, (3, 512, 512)) == pytest.approx(seconds(small, (3, 512, 512)), rel=0.1)


CHAIN: tuple[Stage, ...] = (
    Filter(np.ones((1, 5, 3)), dilation=(1, 2)),
    ReLU(),
    MaxPool(2),
    Filter(np.ones((1, 3, 3)), 2, "reflect"),
    AveragePool(3, 1, 1),
)


def test_a_chain_goes_from_picture_to_picture_and_each_cell_is_explained() -> None:
    pictures = through(CHAIN, normal((2, 40, 30), 1))
    assert [found.shape for found in pictures] == [(2, 40, 30)] * 3 + [(2, 20, 15)] + [(2, 10, 8)] * 2
    for stage, x, out in zip(CHAIN, pictures, pictures[1:], strict=False):
        assert explain(stage, x, (1, 3, 4)).value == pytest.approx(out[1, 3, 4])
    assert through((), pictures[0]) == (pictures[0],)


def test_what_a_cell_at_the_end_of_a_chain_sees() -> None:
    # rows: 5, pool + 1, jump 2; 3: + 2 * 2, jump 4; 3: + 2 * 4. columns: (3 - 1) * 2 + 1 = 5, the same from there
    assert receptive(CHAIN) == ((18, 18), (4, 4))
    assert receptive(()) == ((1, 1), (1, 1))
    assert receptive((Filter(np.ones((1, 31, 2)), (1, 8)),)) == ((31, 2), (1, 8))
    layers = [
        Conv(stage.kernels[None], np.zeros(1), stage.stride, 0, stage.dilation) if isinstance(stage, Filter) else stage
        for stage in CHAIN
    ]
    assert receptive(CHAIN)[0] == receptive_size(Network(layers, list("abcde")), 5)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"kernels": np.ones((3, 3))}, "Filter kernels"),
        ({"kernels": np.ones((1, 0, 3))}, "Filter kernels"),
        ({"stride": 0}, "Filter stride"),
        ({"dilation": 0}, "Filter dilation"),
        ({"border": "zero", "padding": -1}, "Filter padding"),
        ({"border": "wrap"}, "Filter border"),
    ],
)
def test_a_filter_that_cannot_be_is_refused(options: dict[str, Any], where: str) -> None:
    with pytest.raises(ShapeError) as caught:
        Filter(**{"kernels": np.ones((1, 3, 3)), **options})
    assert caught.value.where == where


def test_pictures_that_do_not_fit_are_refused() -> None:
    made = Filter(np.ones((3, 3, 3)), border="none")
    good = np.ones((3, 8, 8))
    wrong: list[Any] = [good[0], good[None], good[:2], good[:, :2], good[:, :0], good.tolist(), good.astype(int)]
    for x in wrong:
        for ask in (made.apply, lambda x: made.explain(x, (0, 0, 0))):
            with pytest.raises(ShapeError, match="Filter"):
                ask(x)
    for shape in ((2, 8, 8), (3, 2, 8), (3, 8)):
        for refuse in (made.output_shape, made.cost, lambda shape: made.readers((0, 0, 0), shape)):
            with pytest.raises(ShapeError, match="Filter"):
                refuse(shape)  # type: ignore[arg-type]
    for cell in ((0, 6, 0), (3, 0, 0), (0, -1, 0)):
        with pytest.raises(ShapeError, match="cell"):
            made.explain(good, cell)
    with pytest.raises(ShapeError, match="Filter input cell"):
        made.readers((0, 8, 0), (3, 8, 8))


def test_a_picture_that_is_none_is_refused_in_the_filter_s_name() -> None:
    with pytest.raises(ShapeError) as caught:
        Filter(np.ones((1, 3, 3))).output_shape((1, 0, 5))
    assert caught.value.where.split()[0] == "Filter"
