"""Arrays and images as files are read back as they were written."""

from __future__ import annotations

import io
from typing import Literal

import numpy as np
import pytest
from PIL import Image

from app.render.files import encoded, npy

LEVELS = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_an_array_comes_back_in_its_dtype_and_in_c_order(dtype: type[np.generic]) -> None:
    array = np.arange(24).reshape(2, 3, 4).astype(dtype).T
    back = np.load(io.BytesIO(npy(array)), allow_pickle=False)
    assert back.dtype == dtype
    assert back.flags.c_contiguous
    assert np.array_equal(back, array)


@pytest.mark.parametrize(
    ("kind", "mode", "mimetype"),
    [
        ("auto", "RGB", "image/webp"),
        ("auto", "P", "image/png"),
        ("png", "RGB", "image/png"),
        ("webp", "RGB", "image/webp"),
    ],
)
def test_an_image_is_written_without_loss(kind: Literal["auto", "png", "webp"], mode: str, mimetype: str) -> None:
    image = Image.fromarray(LEVELS)
    if mode == "P":
        image = image.quantize(8)
    file = encoded(image, kind)
    assert file.mimetype == mimetype
    with Image.open(io.BytesIO(file.data)) as back:
        assert back.format == mimetype.removeprefix("image/").upper()
        assert np.array_equal(np.asarray(back.convert("RGB")), np.asarray(image.convert("RGB")))
