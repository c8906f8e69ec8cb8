"""Colours: zero is nothing, both signs share one scale, and a number can be read on any of them."""

from __future__ import annotations

import base64
import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.render import colours as paint
from app.render.colours import HUES, ZERO, Role

ROLES: list[Role] = ["value", "weight", "gradient"]


@given(st.floats(-10, 10), st.floats(0.001, 10))
def test_levels_are_symmetric_about_zero(value: float, limit: float) -> None:
    assert paint.level(value, limit) - ZERO == ZERO - paint.level(-value, limit)
    assert 1 <= paint.level(value, limit) <= 255


def test_an_array_is_placed_as_its_numbers_are() -> None:
    values = np.linspace(-2.5, 2.5, 101).reshape(1, -1)
    assert paint.levels(values, 2.0).ravel().tolist() == [paint.level(value, 2.0) for value in values.ravel().tolist()]


def test_ink_is_a_grey_that_grows_with_it() -> None:
    uri = paint.shade_picture(np.array([[0.0, 0.5, 1.0]]))
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(uri.partition(",")[2]))))
    assert pixels[0, :, 0].tolist() == [128, 128, 128]
    assert pixels[0, :, 1].tolist() == [0, 70, 140]


def test_a_map_of_nothing_is_zero_everywhere() -> None:
    assert paint.level(0.0, 0.0) == ZERO
    assert (paint.levels(np.zeros((2, 3)), 0.0) == ZERO).all()
    assert paint.limit(np.zeros((0, 0))) == 0.0


@pytest.mark.parametrize("role", ROLES)
def test_zero_is_transparent_and_colours_grow_with_the_number(role: Role) -> None:
    assert paint.colour(ZERO, role)[1] == 0
    for side in (range(ZERO, 256), range(ZERO, 0, -1)):
        shares = [paint.colour(at, role)[1] for at in side]
        assert shares == sorted(shares)
        assert shares[-1] == 1


@pytest.mark.parametrize("role", ROLES)
def test_a_picture_shows_its_numbers(role: Role) -> None:
    values = np.array([[-1.0, 0.0, 1.0]])
    uri = paint.map_picture(values, 1.0, role)
    image = Image.open(BytesIO(base64.b64decode(uri.partition(",")[2])))
    assert image.mode == "P"
    assert image.size == (3, 1)
    pixels = image.convert("RGBA")
    negative, positive = HUES[role]
    assert pixels.getpixel((0, 0)) == (*negative, 255)
    assert pixels.getpixel((1, 0))[3] == 0  # type: ignore[index]
    assert pixels.getpixel((2, 0)) == (*positive, 255)


def test_a_sheet_shows_every_map_in_its_place_with_gaps_of_nothing() -> None:
    maps = np.stack([np.full((2, 3), value) for value in (1.0, -1.0, 0.5)])
    uri, width, height = paint.sheet_picture(maps, [1.0, 1.0, 0.5], 2, 1)
    image = Image.open(BytesIO(base64.b64decode(uri.partition(",")[2]))).convert("RGBA")
    assert image.size == (width, height) == (3 + 1 + 3, 2 + 1 + 2)
    negative, positive = HUES["value"]
    seen = [image.getpixel(at) for at in ((0, 0), (2, 1), (4, 0), (6, 1), (0, 3), (2, 4))]
    assert seen == [(*positive, 255)] * 2 + [(*negative, 255)] * 2 + [(*positive, 255)] * 2
    for at in ((3, 0), (0, 2), (4, 3), (6, 4)):
        assert image.getpixel(at)[3] == 0  # type: ignore[index]


def test_every_cell_colour_carries_legible_text() -> None:
    for role in ROLES:
        for at in range(1, 256):
            hue, share = paint.colour(at, role)
            for ground in paint.GROUNDS:
                under = paint._over(hue, share, ground)
                assert paint._contrast(paint._legible(under), under) >= 4.5, (role, at, ground)


def test_the_style_sheet_is_the_one_of_these_colours() -> None:
    kept = Path(__file__).parents[3] / "static" / "css" / "shared" / "scale.css"
    assert kept.read_text() == paint.stylesheet(), "run: python -m app.render.colours > static/css/shared/scale.css"


@pytest.mark.parametrize("role", ROLES)
def test_the_style_sheet_says_the_colour_of_every_level(role: Role) -> None:
    rules = re.findall(r"^([^{@/]+)\{([^}]*)\}$", paint.stylesheet(), re.M)
    hues = next(body for selector, body in rules if selector == f".{role}")
    for at in range(1, 256):
        mine = [body for selector, body in rules if f".c{at}" in re.split(r"[,()]", selector.removeprefix(".value "))]
        (opacity,) = (body.removeprefix("--a:") for body in mine if body.startswith("--a:"))
        (sign,) = re.findall(r"background:rgb\(var\(--(\w+)\)", " ".join(mine))
        hue, share = paint.colour(at, role)
        assert round(255 * float(opacity)) == round(255 * share), at
        assert f"--{sign}:{' '.join(map(str, hue))}" in hues, at
        exceptions = [rule for rule in rules if rule[0].startswith(f".{role} ")]
        strong = [body for selector, body in exceptions if f".c{at}" in re.split(r"[,()]", selector)]
        light, dark = paint._inks(at, role)
        assert strong == ([f"color:{paint._hex(light)}"] if light == dark else []), at
