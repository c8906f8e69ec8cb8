"""Every fragment of the walk depends on what it says and on nothing else, and its links lead where they would."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.scenes.walk_scene import Scene
from app.walk.fragments import VIEW
from app.walk.routes import ROOM
from app.web import respond
from app.web.fragments.fragment import Fragment
from app.web.fragments.writer import FragmentCache, Writer
from app.web.services import service
from cnn_core import Network

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

SCENES = 200
CHANGES = re.compile(r' hx-get="[^"]*/change[^"]*"')


def of_chance(rng: random.Random, networks: dict[str, Network]) -> Scene:
    """A scene with anything in it that an address may say; it may not exist."""
    name = rng.choice(list(networks))
    network = networks[name]
    shapes = network.shapes(network.input_shape)  # type: ignore[arg-type]
    places = dict(zip(("input", *network.names, "softmax", "loss"), (*shapes, shapes[-1], (1, 1, 1)), strict=True))
    picture = rng.choice(("cat", "rocket") if name == "photos" else ("digit-3", "digit-7", "pattern-edges"))
    way, layer = rng.choice(("forward", "backward")), rng.choice(list(places))
    found: dict[str, Any] = {"network": name, "image": ImageRef("sample", picture), "way": way}
    if rng.random() < 0.15:
        found["tour"] = rng.randint(1, 30)
    else:
        found["layer"] = layer
        params = network.layers[network.names.index(layer)].params if layer in network.names else None
        if way == "backward" and params is not None and rng.random() < 0.6:
            found["of"] = rng.choice(("input", *params))
            found["cell"] = rng.choice((None, None, (0, 0, 0)))
        elif rng.random() < 0.6:
            found["cell"] = tuple(rng.randrange(side) for side in places[layer])
    sometimes: dict[str, tuple[Any, ...]] = {
        "target": tuple(range(10)),
        "steps": (1, 2),
        "pixel": ((0, 3, 4), (0, 20, 9)),
        "scope": ("map", "network"),
        "precision": ("2", "5", "exact"),
        "heat": ("gradient", "cam"),
        "against": (1, 2),
        "check": (0.01,),
        "page": (2,),
        "crop": ("whole",),
        **dict.fromkeys(("play", "cells", "loop", "formula", "record"), (True,)),
    }
    found |= {name: rng.choice(values) for name, values in sometimes.items() if rng.random() < 0.2}
    return Scene(**found)


def scenes(seed: int, count: int) -> Iterator[Scene]:
    """So many scenes of chance that exist, with all filled in."""
    rng, cache = random.Random(seed), service(PassCache)
    while count:
        try:
            found = resolve(of_chance(rng, dict(cache.networks)), cache).scene
        except Refusal:
            continue
        yield found
        count -= 1


def every(fragment: Fragment[Scene], scene: Scene) -> Iterator[Fragment[Scene]]:
    yield fragment
    for child in fragment.inside(scene):
        yield from every(child, scene)


@pytest.fixture
def writer(app: Flask) -> Iterator[Writer]:
    with app.test_request_context("/en/walk"):
        yield Writer(ROOM.name, ROOM.view, FragmentCache())


@pytest.mark.slow
def test_a_fragment_is_what_it_would_be_if_it_knew_the_whole_scene(writer: Writer) -> None:
    for scene in scenes(1, SCENES // 2):
        for fragment in every(VIEW, scene):
            knowing = replace(fragment, depends=Scene.table.names, partly={}, children=(), pieces=None)
            try:
                narrow, whole = (writer.own(each, scene) for each in (fragment, replace(knowing, name="knowing")))
            except Refusal:  # a page of terms that there is not, say: it is refused either way
                with pytest.raises(Refusal):
                    writer.own(fragment, scene)
                continue
            whole = Writer("knowing", ROOM.view, FragmentCache()).own(knowing, scene)
            # What a link changes may be said in more ways than one; where it leads may not.
            found, expected = (CHANGES.sub("", respond.in_full(ROOM, text, scene)) for text in (narrow, whole))
            assert found == expected, (fragment.name, scene.query())


def test_scenes_that_agree_on_what_a_fragment_depends_on_have_the_same_bytes(writer: Writer) -> None:
    known = list(scenes(2, SCENES))
    rng = random.Random(3)
    pairs = 0
    for scene in known:
        other = rng.choice(known)
        for fragment in every(VIEW, scene):
            names = (*fragment.depends, *fragment.partly)
            mixed = replace(other, **{name: getattr(scene, name) for name in names})
            if fragment.key(mixed) != fragment.key(scene):
                continue  # of a parameter that counts in part only, the part is another one here
            first = Writer("a", ROOM.view, FragmentCache())
            second = Writer("b", ROOM.view, FragmentCache())
            try:
                assert first.own(fragment, scene) == second.own(fragment, mixed)
            except Refusal:
                continue
            pairs += 1
    assert pairs > 10 * SCENES


def test_a_cell_of_the_same_map_changes_little(writer: Writer) -> None:
    old = Scene(layer="conv2", cell=(3, 4, 5))
    with_all = resolve(old, service(PassCache)).scene
    writer.whole(VIEW, with_all)
    changed = {name for name, _ in writer.changed(VIEW, with_all, replace(with_all, cell=(3, 8, 2)))}
    assert changed <= {"frames", "number", "near", "pixel"}
    assert {"frames", "number", "near"} <= changed


@pytest.mark.parametrize(
    ("query", "pressed"),
    [
        ("layer=conv1", True),
        ("way=backward&layer=conv1", True),
        ("way=backward&layer=conv2&of=input", True),
        ("way=backward&layer=conv1&of=weight", False),  # a place in a kernel has four numbers
        ("way=backward&layer=conv1&of=bias", False),  # a press there asks for a term
    ],
)
def test_a_map_is_pressed_only_where_its_cells_are_what_the_form_asks_for(
    client: FlaskClient, query: str, pressed: bool
) -> None:
    assert ("data-picks" in client.get(f"/en/walk/near?{query}").text) is pressed
