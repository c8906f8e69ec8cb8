"""The table of rooms: what every room of the site has said of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.refusal import Refusal
from app.scenes.filter_scene import FilterScene
from app.scenes.walk_scene import Scene
from app.walk.routes import ROOM
from app.web import respond
from app.web.rooms import asked_for_a_fragment, fragments, register, room_named, room_of, rooms

if TYPE_CHECKING:
    from flask import Flask


def test_every_room_is_found_by_its_name_and_by_its_scenes(app: Flask) -> None:
    with app.app_context():
        assert [room.name for room in rooms()] == ["walk", "filters"]
        assert room_named("cellar") is None
        found = room_named("filters")
        assert found is not None
        assert room_of(FilterScene()) is found
        assert room_of(Scene()).scene is Scene


def test_only_fragments_are_answered_in_part(app: Flask) -> None:
    for path, part in (("/en/walk", False), ("/en/walk/view", True), ("/en/home/miniature", True), ("/en/", False)):
        with app.test_request_context(path):
            assert asked_for_a_fragment() is part, path
    assert {"walk.view", "walk.heat", "filters.view", "home.miniature"} <= fragments(app)


def test_a_room_checks_what_a_form_names(app: Flask) -> None:
    with app.test_request_context("/en/"):
        state = room_of(Scene())
        assert state.scene_of({"layer": "conv1"}) == Scene(layer="conv1")
        with pytest.raises(Refusal) as refused:
            state.scene_of({"layer": "cellar"})
        assert (refused.value.status, refused.value.code) == (404, "unknown-layer")


def test_two_rooms_do_not_say_the_same_problem_twice(trial: Flask) -> None:
    again = replace(ROOM, fragments=None)
    with pytest.raises(ValueError, match=r"already registered|have a sentence already"):
        register(trial, again, respond.blueprint(again))
