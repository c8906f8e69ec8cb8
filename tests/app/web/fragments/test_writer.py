"""Fragments are written once for all, sent where they differ, and a reader's own picture is kept by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from jinja2 import DictLoader

from app.pictures.reference import ImageRef
from app.scenes.walk_scene import Scene
from app.web.fragments.fragment import Fragment
from app.web.fragments.writer import FragmentCache, Writer, place

ROW = Fragment[Scene](
    name="row",
    template="row",
    depends=("network",),
    partly={"cell": lambda scene: scene.cell and (scene.cell[0], 0, 0)},
)
LAYER = Fragment[Scene](name="layer", template="layer", depends=("layer", "image"))
VIEW = Fragment[Scene](name="view", template="view", children=(LAYER, ROW))
TEMPLATES = {
    "view": "<main>{{ place('layer') }}\n   {{ place('row') }}</main>",
    "layer": "<p>{{ page.scene.layer }} {{ page.scene.cell }}</p>",
    "row": "<i>{{ page.scene.cell }} {{ page.scene.layer }}</i>",
}


@dataclass
class Page:
    scene: Scene


@pytest.fixture
def made() -> list[Scene]:
    return []


@pytest.fixture
def writer(made: list[Scene]) -> Iterator[Writer]:
    app = Flask(__name__)
    app.jinja_loader = DictLoader(TEMPLATES)
    app.jinja_env.globals["place"] = place

    def view(scene: Scene) -> dict[str, Any]:
        made.append(scene)
        return {"page": Page(scene)}

    with app.test_request_context():
        yield Writer("room", view, FragmentCache(1000))


def test_a_fragment_knows_nothing_but_what_it_depends_on(writer: Writer) -> None:
    scene = Scene(layer="conv1", cell=(3, 4, 5), steps=2)
    assert writer.whole(VIEW, scene) == "<main><p>conv1 None</p>\n<i>(3, 0, 0) None</i></main>"


def test_it_is_written_once(writer: Writer, made: list[Scene]) -> None:
    first = writer.whole(VIEW, Scene(layer="conv1", cell=(3, 4, 5)))
    times = len(made)
    assert writer.whole(VIEW, Scene(layer="conv1", cell=(3, 1, 1), precision="5")) == first
    assert len(made) == times == 3


def test_the_smallest_fragments_that_differ_are_sent(writer: Writer) -> None:
    old = Scene(layer="conv1", cell=(3, 4, 5))
    writer.whole(VIEW, old)

    def changed(new: Scene) -> list[str]:
        return [name for name, _ in writer.changed(VIEW, old, new)]

    assert changed(Scene(layer="conv1", cell=(3, 1, 1))) == []
    assert changed(Scene(layer="conv1", cell=(2, 1, 1))) == ["row"]
    assert changed(Scene(layer="conv2", cell=(2, 1, 1))) == ["layer", "row"]
    assert list(writer.changed(VIEW, old, Scene(layer="conv2", cell=old.cell))) == [("layer", "<p>conv2 None</p>")]


def test_what_may_be_empty_has_a_place_that_is_always_there(writer: Writer) -> None:
    row = replace(ROW, may_be_empty=True)
    view, old, new = replace(VIEW, children=(LAYER, row)), Scene(cell=(1, 2, 3)), Scene(cell=(2, 2, 3))
    assert '<div id="row-place" class="place"><i>(1, 0, 0) None</i></div>' in writer.whole(view, old)
    assert list(writer.changed(view, old, new)) == [
        ("row-place", '<div id="row-place" class="place"><i>(2, 0, 0) None</i></div>')
    ]
    assert writer.whole(row, old) == "<i>(1, 0, 0) None</i>"


def test_what_looks_the_same_is_not_sent(writer: Writer) -> None:
    old, new = Scene(network="digits"), Scene(network="photos")
    writer.whole(VIEW, old)
    assert list(writer.changed(VIEW, old, new)) == []


def test_an_uploaded_picture_is_not_kept(writer: Writer, made: list[Scene]) -> None:
    scene = Scene(image=ImageRef("upload", "0" * 32), layer="conv1")
    for _ in range(2):
        writer.whole(LAYER, scene)
    assert len(made) == 2
    assert writer.known(LAYER, scene) is None
