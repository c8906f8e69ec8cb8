"""One table reads a scene from an address and writes it back, for any room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.scenes.parameter_table import LONGEST_REPEATED, Param, Table, TableScene
from app.scenes.shared_params import count, word

UPLOAD = ImageRef("upload", "0" * 32)
CAT = ImageRef("sample", "cat")
IMAGE = Param("image", CAT, ImageRef.parse, str, "The picture.", {"type": "string"})
TEXT = Param("text", "", str, str, "Anything.", {"type": "string"}, quoted=True)


@dataclass(frozen=True)
class Trial(TableScene):
    """A scene of every sort of value."""

    table = Table("trial", [count("size", 3, "A size."), word("way", ("up", "down"), "A way."), IMAGE, TEXT])

    size: int = 3
    way: str = "up"
    image: ImageRef = CAT
    text: str = ""


def test_what_is_usual_is_left_out_and_the_rest_stands_in_the_order_of_the_table() -> None:
    assert Trial().query() == ""
    scene = Trial(text="x", way="down", size=5)
    assert list(scene.to_args().items()) == [("size", "5"), ("way", "down"), ("text", "x")]
    assert scene.query() == "?size=5&way=down&text=x"
    assert Trial.read(scene.to_args()) == scene


def test_only_what_needs_it_is_quoted() -> None:
    assert Trial(text="a b&c;1,2~3").query() == "?text=a%20b%26c;1,2~3"


def test_names_that_are_not_in_the_table_are_ignored() -> None:
    assert Trial.read({"utm_source": "x", "size": "4"}) == Trial(size=4)


@pytest.mark.parametrize(("name", "text"), [("size", "-1"), ("size", ""), ("way", "Up")])
def test_what_cannot_be_read_is_refused_by_the_rooms_own_code(name: str, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        Trial.read({name: text})
    assert (refused.value.status, refused.value.code) == (400, f"trial-{name}-unreadable")
    assert refused.value.values == {"got": text}


def test_long_bad_input_is_not_repeated_whole() -> None:
    with pytest.raises(Refusal) as refused:
        Trial.read({"size": "9" * 500})
    assert refused.value.values["got"] == "9" * LONGEST_REPEATED


def test_the_codes_of_a_table_may_begin_as_the_room_says() -> None:
    assert Table("walk", [], codes="").unreadable("layer") == "layer-unreadable"
    assert Table("filters", [], codes="filter-").unreadable("crop") == "filter-crop-unreadable"


def test_a_default_may_depend_on_the_scene() -> None:
    @dataclass(frozen=True)
    class Depending(TableScene):
        table = Table("trial", [count("size", 3, "A size."), count("other", 3, "Another.")])
        size: int = 3
        other: int = 3

        def defaults(self) -> Mapping[str, Any]:
            return {"other": self.size}

    assert Depending(5, 5).query() == "?size=5"
    assert Depending(5, 3).query() == "?size=5&other=3"


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ([("size", "5"), ("way", "down")], True),
        ([("way", "down"), ("size", "5")], False),
        ([("size", "5"), ("way", "down"), ("image", "sample.cat")], False),
        ([("size", "5"), ("size", "5"), ("way", "down")], False),
        ([("size", "5"), ("way", "down"), ("utm_source", "x")], True),
        ([("size", "5"), ("way", "down"), ("do", "x")], False),
    ],
)
def test_one_scene_has_one_address(asked: list[tuple[str, str]], canonical: bool) -> None:
    assert Trial(size=5, way="down").is_canonical(asked, edits=("do",)) is canonical


def test_a_scene_and_its_table_name_the_same_in_the_same_order() -> None:
    with pytest.raises(TypeError, match="Swapped and its table"):

        class Swapped(TableScene):
            table = Table("trial", [count("one", 1, "One."), count("two", 2, "Two.")])
            two: int = 2
            one: int = 1


def test_another_picture_or_the_first() -> None:
    assert Trial(size=4).with_picture(UPLOAD) == Trial(size=4, image=UPLOAD)
    assert Trial(size=4, image=UPLOAD).with_picture() == Trial(size=4)


def test_an_upload_is_told_from_other_pictures() -> None:
    assert Trial(image=UPLOAD).shows_upload
    assert not Trial().shows_upload
