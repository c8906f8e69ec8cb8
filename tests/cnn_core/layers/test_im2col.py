"""The columns of a matrix hold what the windows see, in whatever pieces they are written out."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core.layers import Conv
from cnn_core.layers import im2col as columns
from cnn_core.layers.im2col import pieces, reached, scratch, unrolled
from tests.cnn_core.cases import CASES, DTYPES, law, normal, pictures, seeds

bytes_at_a_time = st.integers(1, 3000)


@law
@given(images=st.integers(1, 9), rows=st.integers(1, 9), row_bytes=st.integers(1, 500), allowed=bytes_at_a_time)
def test_pieces_cover_every_row_of_every_picture_once(images: int, rows: int, row_bytes: int, allowed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "COLUMN_BYTES", allowed)
        found = pieces(images, rows, row_bytes)
    covered = [(image, row) for chosen, band in found for image in range(images)[chosen] for row in band]
    assert covered == sorted({(image, row) for image in range(images) for row in range(rows)})
    for chosen, band in found:
        count = len(range(images)[chosen])
        assert count * len(band) * row_bytes <= allowed or count == len(band) == 1


@pytest.mark.parametrize("dtype", DTYPES)
@law
@given(allowed=bytes_at_a_time, data=st.data())
def test_a_column_is_what_a_window_sees_and_a_one(dtype: type, allowed: int, data: st.DataObject) -> None:
    layer, shape = data.draw(CASES["conv"].drawn)
    assert isinstance(layer, Conv)
    x = data.draw(pictures(shape, dtype))
    (_, high, wide), windows, groups = layer.output_shape(shape), layer.windows, layer.groups
    seen = np.full((len(x), groups, shape[0] // groups * windows.size[0] * windows.size[1] + 1, high, wide), np.nan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "COLUMN_BYTES", allowed)
        for images, rows, found in unrolled(x, windows, (high, wide), groups):
            assert found.dtype == dtype
            seen[images, :, :, rows.start : rows.stop] = found.reshape(*found.shape[:3], len(rows), wide)
    for n, group, i, j in np.ndindex(len(x), groups, high, wide):
        expected = []
        for channel in range(shape[0] // groups):
            for b in range(windows.size[1]):
                for a in range(windows.size[0]):
                    row, column = windows.place(i, j, (a, b))
                    inside = 0 <= row < shape[1] and 0 <= column < shape[2]
                    expected.append(x[n, group * (shape[0] // groups) + channel, row, column] if inside else 0.0)
        assert seen[n, group, :, i, j].tolist() == [*expected, 1.0]


@law
@given(allowed=bytes_at_a_time, data=st.data())
def test_a_convolution_does_not_depend_on_the_pieces(allowed: int, data: st.DataObject) -> None:
    layer, shape = data.draw(CASES["conv"].drawn)
    x = data.draw(pictures(shape, np.float64))
    dy = normal((len(x), *layer.output_shape(shape)), data.draw(seeds))
    out, gradients = layer.forward(x), layer.backward(x, dy)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "COLUMN_BYTES", allowed)
        cut, cut_gradients = layer.forward(x), layer.backward(x, dy)
    np.testing.assert_allclose(cut, out, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(cut_gradients.x, gradients.x, rtol=1e-12, atol=1e-12)
    for name, gradient in gradients.params.items():
        np.testing.assert_allclose(cut_gradients.params[name], gradient, rtol=1e-12, atol=1e-12)


@law
@given(data=st.data())
def test_rows_are_reached_with_the_padding_around_them(data: st.DataObject) -> None:
    layer, shape = data.draw(CASES["conv"].drawn)
    assert isinstance(layer, Conv)
    x, windows = data.draw(pictures(shape, np.float64)), layer.windows
    out = layer.output_shape(shape)[1:]
    first = data.draw(st.integers(0, out[0] - 1))
    rows = range(first, data.draw(st.integers(first + 1, out[0])))
    source, offset, height = reached(x, windows, rows)
    top = first * windows.stride[0]
    width = source.shape[3]
    found = np.ndarray((*x.shape[:2], height, width), x.dtype, source, offset, source.strides)
    np.testing.assert_array_equal(found, windows.pad(x, out)[:, :, top : top + height, :width])


def test_scratch_memory_is_used_again_within_a_thread_and_not_across() -> None:
    like = np.zeros(1, np.float32)
    here = scratch("test", (2, 3), like)
    assert scratch("test", (2, 3), like) is here
    assert np.shares_memory(scratch("test", (6,), like), here)
    assert not np.shares_memory(scratch("another use", (6,), like), here)
    elsewhere = []
    thread = threading.Thread(target=lambda: elsewhere.append(scratch("test", (2, 3), like)))
    thread.start()
    thread.join()
    assert not np.shares_memory(elsewhere[0], here)


def test_scratch_memory_begins_with_a_line_of_the_processor() -> None:
    for size in (1, 100, 10_000, columns.COLUMN_BYTES):
        held = scratch(f"line {size}", (size,), np.zeros(1, np.float32))
        assert held.ctypes.data % columns.LINE == 0


def test_a_giant_is_not_kept() -> None:
    like = np.zeros(1, np.uint8).astype(np.float32)
    giant = columns.COLUMN_BYTES // like.itemsize + 1
    assert scratch("giant", (giant,), like) is not scratch("giant", (giant,), like)


def test_what_is_kept_stays_within_bounds() -> None:
    like = np.zeros(1, np.float32)
    for size in range(1, 3 * columns.SHAPES):
        scratch("bounds", (size,), like)
    assert len(columns._scratch.arrays) <= columns.SHAPES
    assert max(held.nbytes for held in columns._scratch.held.values()) <= columns.COLUMN_BYTES
