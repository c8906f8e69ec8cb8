"""Handwritten digits that the network has never seen, sent as files the way a notebook would, are read right."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from flask import Flask

Picture = NDArray[np.uint8]

EVERY = 5 if os.environ.get("CONVSCOPE_FULL") == "1" else 25
"""Every fifth of the 10,000 test digits is 2,000 and takes minutes; every 25th is 400. The bounds are the same."""


def as_it_is(digit: Picture, rng: np.random.Generator) -> Picture:
    return digit


def black_on_white(digit: Picture, rng: np.random.Generator) -> Picture:
    return 255 - digit


def somewhere_on_a_sheet(digit: Picture, rng: np.random.Generator) -> Picture:
    """Put black on a white sheet, 200 wide and 300 high, anywhere on it."""
    sheet = np.full((300, 200), 255, np.uint8)
    top, left = rng.integers(0, 300 - 28 + 1), rng.integers(0, 200 - 28 + 1)
    sheet[top : top + 28, left : left + 28] = 255 - digit
    return sheet


def share_read_right(app: Flask, digits: Picture, labels: Picture) -> float:
    """Send each digit as a PNG, ask what it is, and count."""
    client = app.test_client()
    right = 0
    for digit, label in zip(digits, labels, strict=True):
        file = io.BytesIO()
        Image.fromarray(digit).save(file, "PNG", compress_level=1)
        file.seek(0)
        sent = client.post("/api/v1/images", data={"image": (file, "digit.png")}).get_json()
        answer = client.get("/api/v1/forward", query_string={"image": sent["image"]}).get_json()
        right += answer["prediction"]["label"] == str(label)
    return right / len(labels)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("treated", "least"), [(as_it_is, 0.985), (black_on_white, 0.98), (somewhere_on_a_sheet, 0.97)]
)
def test_digits_are_read_right(
    treated: Callable[[Picture, np.random.Generator], Picture],
    least: float,
    app: Flask,
    shared: Path,
    record_property: Callable[[str, object], None],
) -> None:
    with np.load(shared / "data" / "mnist_test.npz", allow_pickle=False) as arrays:
        digits, labels = arrays["images"][::EVERY], arrays["labels"][::EVERY]
    rng = np.random.default_rng(0)
    share = share_read_right(app, np.stack([treated(digit, rng) for digit in digits]), labels)
    record_property("share", share)
    print(f"{treated.__name__}: {share:.2%} of {len(labels)}")  # noqa: T201 - pytest shows it with -rP
    assert share >= least
