"""What a control changes: the other scene comes of it, whatever else the page has."""

from __future__ import annotations

from app.scenes.changes import between
from app.scenes.walk_scene import Scene


def test_what_was_told_is_said_and_what_follows_of_it_is_not() -> None:
    base = Scene(layer="conv1", cell=(1, 2, 3))
    assert between(base, base.but(layer="conv2")) == {"layer": "conv2"}
    assert base.but(layer="conv2").cell is None


def test_what_is_told_is_said_even_where_it_looks_the_same() -> None:
    base = Scene(layer="conv1", cell=(0, 0, 0))
    assert between(base, base.but(cell=(0, 0, 0))) == {"cell": (0, 0, 0)}
    assert between(base, base) == {}


def test_what_stays_against_the_scene_s_own_will_is_said_too() -> None:
    base = Scene(layer="conv1", cell=(1, 2, 3), play=True, page=3)
    target = base.but(layer="conv2", cell=base.cell, play=True)
    changes = between(base, target)
    assert changes == {"layer": "conv2", "cell": (1, 2, 3), "play": True}
    assert base.but(**changes) == target


def test_changes_are_written_in_the_order_of_the_table_and_nothing_stands_for_what_has_no_word() -> None:
    base = Scene(layer="conv1", cell=(1, 2, 3), pixel=(0, 1, 1), way="backward")
    target = base.but(pixel=None, cell=(0, 0, 1), way="forward", steps=0, play=False)
    assert target.write(between(base, target)) == "way=forward&cell=0.0.1&pixel=&steps=0&play="
