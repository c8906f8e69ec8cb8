"""The filter explorer's scene is its address, too; what is too long for one is kept by its digest."""

from __future__ import annotations

from dataclasses import fields
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.scenes.chain_text import Again, Gate, Pool
from app.scenes.filter_params import BORDERS, CHANNELS, FILTER_PARAMS, SHOWS
from app.scenes.filter_scene import FilterScene, digest, read_filter_scene
from app.scenes.kernel_text import Kernel, Learned, Named, Rows, named, read_kernel
from app.scenes.long_values import keep, look_up, looking_up
from app.scenes.values import PRECISIONS
from app.store.memory import MemoryStore
from app.store.protocol import open_store
from cnn_core.filters.presets import PRESETS

NUMBER = st.integers(0, 99999)
PLACE = st.none() | st.tuples(NUMBER, NUMBER, NUMBER)
DECIMAL = st.integers(-999_999_999, 999_999_999).map(lambda n: n / 10**6)
NAMED = st.builds(Named, st.sampled_from(list(PRESETS)), st.lists(DECIMAL, max_size=3).map(tuple))
ROWS = st.integers(1, 9).flatmap(
    lambda width: st.builds(Rows, st.lists(st.tuples(*[DECIMAL] * width), min_size=1, max_size=9).map(tuple))
)
LEARNED = st.builds(Learned, st.sampled_from(["digits", "photos"]), st.integers(0, 99))
KERNELS = st.builds(
    Kernel,
    st.tuples(NAMED | ROWS | LEARNED) | st.tuples(NAMED | ROWS, NAMED | ROWS, NAMED | ROWS),
)
SIDE = st.integers(1, 8)
STAGES = st.lists(
    st.just(Gate()) | st.builds(Pool, st.sampled_from(["max", "average"]), SIDE, SIDE) | st.builds(Again, KERNELS),
    max_size=5,
).map(tuple)
IMAGES = st.sampled_from([ImageRef.parse(text) for text in ("sample.cat", "sample.rocket", "drawn." + "Az" * 700)])
SCENES = st.builds(
    FilterScene,
    image=IMAGES,
    crop=st.just("auto") | st.tuples(NUMBER, NUMBER, NUMBER, NUMBER),
    kernel=KERNELS,
    channels=st.sampled_from(CHANNELS),
    border=st.sampled_from(BORDERS),
    padding=NUMBER,
    flip=st.booleans(),
    stride=NUMBER,
    dilation=NUMBER,
    show=st.sampled_from(SHOWS),
    then=STAGES,
    step=st.none() | st.integers(1, 5),
    cell=PLACE,
    pixel=PLACE,
    kernel2=st.none() | KERNELS,
    image2=st.none() | st.sampled_from([ImageRef("sample", "rocket"), ImageRef("upload", "a" * 32)]),
    play=st.booleans(),
    precision=st.sampled_from(PRECISIONS),
).filter(lambda scene: scene.step is None or scene.step <= len(scene.then))


def canonical(scene: FilterScene) -> FilterScene:
    return scene.but(play=scene.play)


@given(SCENES.map(canonical))
def test_a_scene_survives_its_address(scene: FilterScene) -> None:
    store = MemoryStore()
    keep(scene, store)
    kept = looking_up(store)
    assert read_filter_scene(scene.to_args(), kept) == scene
    query = scene.query().removeprefix("?")
    assert read_filter_scene(dict(parse_qsl(query, strict_parsing=bool(query))), kept) == scene
    assert len("/zh/filters/view" + scene.query()) < 2000


@given(SCENES.map(canonical))
def test_defaults_are_left_out_and_the_order_is_fixed(scene: FilterScene) -> None:
    names = [param.name for param in FILTER_PARAMS]
    assert list(scene.to_args()) == sorted(scene.to_args(), key=names.index)
    defaults = {param.name: param.default for param in FILTER_PARAMS}
    assert all(getattr(scene, name) != defaults[name] for name in scene.to_args())


def test_nothing_said_is_nothing_written() -> None:
    assert read_filter_scene({}, lambda name: None) == FilterScene()
    assert FilterScene().query() == ""
    assert read_filter_scene({"utm_source": "x"}, lambda name: None) == FilterScene()


def test_every_parameter_has_a_field_and_a_description() -> None:
    assert [param.name for param in FILTER_PARAMS] == [field.name for field in fields(FilterScene)]
    assert all(param.meaning.endswith(".") and param.schema["type"] == "string" for param in FILTER_PARAMS)


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        ("gaussian.5.1_2", named("gaussian", 5, 1.2)),
        ("gabor.15.-45", named("gabor", 15, -45)),
        ("1,0,-1;2,0,-2;1,0,-1", Kernel((Rows(((1, 0, -1), (2, 0, -2), (1, 0, -1))),))),
        ("0.5", Kernel((Rows(((0.5,),)),))),
        ("learned.photos.3", Kernel((Learned("photos", 3),))),
        ("sobel-x|sobel-y|identity", Kernel((Named("sobel-x"), Named("sobel-y"), Named("identity")))),
    ],
)
def test_a_kernel_is_written_as_the_page_says(text: str, kernel: Kernel) -> None:
    assert read_kernel(text) == kernel
    assert str(kernel) == text


def test_numbers_that_a_preset_has_anyway_go_without_saying() -> None:
    assert str(read_kernel("gaussian.9.2")) == "gaussian"
    assert str(read_kernel("gaussian.5.2")) == "gaussian.5"
    assert str(read_kernel("gaussian.9.3")) == "gaussian.9.3"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("image", "nothing"),
        ("crop", "whole"),
        ("crop", "1.2.3"),
        ("kernel", ""),
        ("kernel", "1,2;3"),
        ("kernel", "1,,2"),
        ("kernel", "1e3"),
        ("kernel", "1000"),
        ("kernel", "gaussian.a"),
        ("kernel", "sobel-x|sobel-y"),
        ("kernel", "learned.photos"),
        ("kernel", "learned.photos.1|identity|identity"),
        ("kernel", "../etc/passwd"),
        ("channels", "cyan"),
        ("border", "wrap"),
        ("padding", "-1"),
        ("flip", "yes"),
        ("stride", "1.5"),
        ("dilation", "two"),
        ("show", "pretty"),
        ("then", "max.9.1"),
        ("then", "max.2"),
        ("then", "relu~"),
        ("then", "relu~relu~relu~relu~relu~relu"),
        ("step", "last"),
        ("cell", "1.2"),
        ("pixel", "1"),
        ("play", "off"),
        ("precision", "7"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_filter_scene({name: text}, lambda name: None)
    assert refused.value.status == 400
    assert name in refused.value.code


def test_padding_is_of_zeros() -> None:
    assert read_filter_scene({"padding": "1"}, lambda name: None).border == "zero"
    with pytest.raises(Refusal) as refused:
        read_filter_scene({"padding": "1", "border": "edge"}, lambda name: None)
    assert (refused.value.status, refused.value.values["nearest"]) == (422, FilterScene(border="edge"))
    assert FilterScene(border="zero", padding=2).but(border="edge").padding == 0


def test_a_step_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        read_filter_scene({"then": "relu", "step": "3"}, lambda name: None)
    assert (refused.value.status, refused.value.values["last"]) == (422, 2)
    assert read_filter_scene({"then": "relu", "step": "2"}, lambda name: None).step is None


def test_another_step_has_other_cells() -> None:
    scene = FilterScene(then=(Gate(), Pool("max")), cell=(0, 1, 1), pixel=(0, 2, 2))
    assert scene.but(step=2).cell is None
    assert scene.but(step=2, cell=(0, 3, 3)).cell == (0, 3, 3)
    assert scene.but(step=3) == scene
    assert scene.but(flip=True).cell == (0, 1, 1)


def test_the_kernel_that_is_looked_at_is_the_one_that_changes() -> None:
    scene = FilterScene(then=(Gate(), Again(named("box"))))
    assert scene.edited == named("box")
    assert scene.with_kernel(named("log")).then == (Gate(), Again(named("log")))
    assert scene.but(step=2).edited == FilterScene().kernel
    assert scene.but(step=2).with_kernel(named("log")).kernel == named("log")


def test_long_values_are_kept_and_found_again() -> None:
    store = open_store("memory:")
    rows = Kernel((Rows(tuple(tuple(float(n + m) / 7 for n in range(31)) for m in range(31))),))
    scene = FilterScene(kernel=rows)
    assert look_up(store, scene.to_args()["kernel"]) is None
    keep(scene, store)
    assert scene.to_args()["kernel"] == digest(str(rows))
    assert look_up(store, digest(str(rows))) == str(rows)
    with pytest.raises(Refusal) as refused:
        read_filter_scene({"kernel": "kept." + "0" * 32}, looking_up(store))
    assert refused.value.status == 410


def test_a_long_text_must_be_what_it_is_called() -> None:
    """A value is looked up by the digest of itself: nobody can give another's address a different kernel."""
    store = open_store("memory:")
    scene = FilterScene(kernel=Kernel((Rows(((1.25,) * 31,) * 31),)))
    keep(scene, store)
    keep(scene.but(flip=True), store)
    assert read_filter_scene(scene.to_args(), looking_up(store)).kernel == scene.kernel
