"""A picture's name says nothing to anybody else, and proves whose it is to the one who has the token."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from app.uploads.ownership import new_token, owns, picture_id, read_token

SECRET, TOKEN = b"a secret of the site", "0123456789abcdef" * 2


def test_the_same_picture_of_the_same_owner_has_the_same_name() -> None:
    image = Image.effect_noise((30, 20), 90).convert("RGB")
    name = picture_id(SECRET, TOKEN, image)
    assert re.fullmatch("[0-9a-f]{32}", name)
    assert picture_id(SECRET, TOKEN, image.copy()) == name
    assert owns(SECRET, TOKEN, name, image)


def test_another_secret_owner_pixel_or_shape_gives_another_name() -> None:
    image = Image.new("RGB", (30, 20))
    other_pixel = image.copy()
    other_pixel.putpixel((29, 19), (0, 0, 1))
    names = {
        picture_id(SECRET, TOKEN, image),
        picture_id(b"another secret", TOKEN, image),
        picture_id(SECRET, TOKEN[::-1], image),
        picture_id(SECRET, TOKEN, other_pixel),
        picture_id(SECRET, TOKEN, Image.new("RGB", (20, 30))),
    }
    assert len(names) == 5
    assert not owns(SECRET, TOKEN[::-1], picture_id(SECRET, TOKEN, image), image)
    assert not owns(SECRET, TOKEN, picture_id(SECRET, TOKEN, image), other_pixel)


def test_tokens_are_many_and_readable() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(read_token(token) == token for token in tokens)


@pytest.mark.parametrize("text", [None, "", "0" * 31, "0" * 33, "0" * 31 + "g", "A" * 32, "０" * 32, "0" * 32 + "\n"])
def test_what_is_no_token_counts_as_none(text: str | None) -> None:
    assert read_token(text) is None
