"""A scene is its address: written out and read back it is the same, and what cannot be read is said so."""

from __future__ import annotations

from dataclasses import fields
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.render.map_images import SCOPES
from app.scenes.patch_text import read_patch
from app.scenes.values import HEATS, INKS, OFS, PRECISIONS, RULES, WAYS, first_image
from app.scenes.walk_params import PARAMS
from app.scenes.walk_scene import Scene

NUMBER = st.integers(0, 99999)
NAME = st.from_regex(r"[a-z0-9][a-z0-9-]{0,12}", fullmatch=True)
PATCHES = ("3.sobel-x", "0.1,0,-1;2,0.5,-2;1,0,-1", "2.box.3|emboss|1;2", "7.gaussian.5.1_2", "1.learned.photos.4")
SCENES = st.builds(
    Scene,
    network=NAME | st.just("photos"),
    image=st.sampled_from([ImageRef.parse(text) for text in ("sample.digit-3", "sample.cat", "drawn.AABBzz.CC-_")]),
    crop=st.one_of(st.sampled_from(["auto", "whole"]), st.tuples(NUMBER, NUMBER, NUMBER, NUMBER)),
    ink=st.sampled_from(INKS),
    patch=st.none() | st.sampled_from([read_patch(text) for text in PATCHES]),
    layer=st.none() | NAME,
    cell=st.none() | st.tuples(NUMBER, NUMBER, NUMBER),
    pixel=st.none() | st.tuples(NUMBER, NUMBER, NUMBER),
    way=st.sampled_from(WAYS),
    of=st.sampled_from(OFS),
    at=st.none() | st.lists(NUMBER, min_size=1, max_size=4).map(tuple),
    target=st.none() | NUMBER,
    against=st.none() | NUMBER,
    heat=st.none() | st.sampled_from(HEATS),
    steps=NUMBER,
    rate=st.integers(-999_999, 999_999).map(lambda n: n / 10**4),
    optimizer=st.sampled_from(RULES),
    check=st.none() | st.integers(0, 10**9).map(lambda n: n / 10**9),
    page=NUMBER,
    scope=st.sampled_from(SCOPES),
    tour=st.none() | st.integers(1, 99),
    play=st.booleans(),
    precision=st.sampled_from(PRECISIONS),
)


@given(SCENES)
def test_a_scene_survives_its_address(scene: Scene) -> None:
    assert Scene.read(scene.to_args()) == scene
    assert Scene.read(dict(parse_qsl(scene.query().removeprefix("?"), strict_parsing=bool(scene.query())))) == scene


@given(SCENES)
def test_defaults_are_left_out_and_the_order_is_fixed(scene: Scene) -> None:
    args = scene.to_args()
    names = [param.name for param in PARAMS]
    assert list(args) == sorted(args, key=names.index)
    own = {"image": first_image(scene.network)}
    defaults = {param.name: own.get(param.name, param.default) for param in PARAMS}
    assert all(getattr(scene, name) != defaults[name] for name in args)
    assert not set(names) - set(args) - {p.name for p in PARAMS if getattr(scene, p.name) == defaults[p.name]}


@pytest.mark.parametrize(
    ("network", "first"), [("digits", "sample.digit-8"), ("photos", "sample.cat"), ("mine", "sample.digit-8")]
)
def test_each_network_begins_with_a_picture_of_its_own_kind(network: str, first: str) -> None:
    begun = Scene.read({"network": network})
    assert str(begun.image) == first
    assert "image" not in begun.to_args()
    assert Scene.read({"network": network, "image": first}) == begun
    other = "sample.digit-3"
    assert Scene.read({"network": network, "image": other}).to_args()["image"] == other
    assert str(Scene.read({"network": network, "image": other}).with_picture().image) == first


def test_the_first_picture_of_another_network_is_named() -> None:
    scene = Scene.read({"network": "photos", "image": "sample.digit-8"})
    assert scene.query() == "?network=photos&image=sample.digit-8"
    assert Scene.read({"image": "sample.cat"}).query() == "?image=sample.cat"


def test_nothing_said_is_nothing_written() -> None:
    assert Scene.read({}) == Scene()
    assert Scene().query() == ""


def test_the_longest_drawing_still_has_a_short_address() -> None:
    drawing = ImageRef.parse("drawn." + "Az" * 300)
    far = (99999,) * 4
    patch = read_patch("7." + ";".join([",".join(["-999.123456789"] * 3)] * 3))
    scene = Scene("digits-average", drawing, far, "light", patch, "backward", "conv2", (9, 9, 9), (0, 9, 9))
    scene = scene.but(of="weight", at=far)
    scene = scene.but(target=9, against=8, heat="integrated", steps=50, rate=0.123456789, optimizer="momentum")
    scene = scene.but(check=0.000001, scope="network", tour=12, play=True, precision="exact")
    assert len("/zh/walk" + scene.query()) < 2000


def test_unknown_names_are_ignored() -> None:
    assert Scene.read({"utm_source": "x", "layer": "relu1"}) == Scene(layer="relu1")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cell", "1.2"),
        ("cell", "1.2.3.4"),
        ("cell", "-1.2.3"),
        ("cell", "a.b.c"),
        ("cell", "1.2.999999"),
        ("cell", "١.٢.٣"),
        ("cell", ""),
        ("layer", "../etc/passwd"),
        ("layer", "x" * 41),
        ("network", ""),
        ("crop", "1.2.3"),
        ("crop", "all"),
        ("ink", "blue"),
        ("play", "off"),
        ("pixel", "5"),
        ("scope", "page"),
        ("tour", "0"),
        ("tour", "x"),
        ("precision", "7"),
        ("way", "sideways"),
        ("of", "kernel"),
        ("at", "1.2.3.4.5"),
        ("at", "1..2"),
        ("target", "cat"),
        ("against", "-1"),
        ("heat", "warm"),
        ("steps", "1.5"),
        ("rate", "1e-3"),
        ("rate", "0.1234567891"),
        ("optimizer", "lion"),
        ("check", "h"),
        ("image", "nothing"),
        ("image", "upload.../../x"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        Scene.read({name: text})
    assert refused.value.status == 400
    assert name in refused.value.code


def test_another_layer_forgets_the_cell_and_stops_playing() -> None:
    scene = Scene(layer="conv1", cell=(3, 9, 11), play=True)
    assert scene.but(layer="relu1") == Scene(layer="relu1")
    assert scene.but(layer="conv1").cell == (3, 9, 11)
    assert scene.but(layer="relu1", cell=(1, 1, 1)).cell == (1, 1, 1)
    assert scene.but(cell=(0, 0, 0), play=True).play


def test_another_layer_forgets_what_was_asked_there_and_another_question_its_place() -> None:
    scene = Scene(way="backward", layer="conv1", of="weight", at=(3, 0, 1, 2))
    assert scene.but(layer="conv2") == Scene(way="backward", layer="conv2")
    assert scene.but(of="bias") == Scene(way="backward", layer="conv1", of="bias")
    assert scene.but(at=(0, 0, 0, 0)).of == "weight"
    assert scene.but(layer="conv2", of="weight", at=(1, 1, 1, 1)).at == (1, 1, 1, 1)


def test_every_parameter_has_a_field_and_a_description() -> None:
    assert [param.name for param in PARAMS] == [field.name for field in fields(Scene)]
    assert all(param.meaning.endswith(".") and param.schema["type"] == "string" for param in PARAMS)
