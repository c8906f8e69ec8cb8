"""Sight: what is framed is what the cell has read, and what is dotted is who reads the pixel."""

from __future__ import annotations

from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.receptive_field import ReceptiveFields, receptive_fields
from cnn_core import load_network

CACHE = PassCache({"digits": load_network("digits")}, open_store("memory:"))


def look(scene: Scene) -> tuple[WalkState, ReceptiveFields]:
    walked = resolve(scene, CACHE)
    return walked, receptive_fields(walked)


def test_the_frame_on_the_layer_before_is_the_window() -> None:
    walked, seeing = look(Scene(layer="conv2", cell=(3, 2, 5)))
    assert seeing.seen_box("pool1", 0) == (5, 2, 3, 3)
    reads = [step.reads[0].at for step in walked.trace().steps if step.op == "multiply"]
    assert {(read[0], read[1], read[2]) for read in reads} == {
        (c, i, j) for c in range(8) for i in range(2, 5) for j in range(5, 8)
    }


def test_the_field_grows_on_the_way_back_to_the_picture() -> None:
    _, seeing = look(Scene(layer="conv2", cell=(3, 2, 5)))
    assert seeing.size == (8, 8)
    assert seeing.seen_box("input", 0) == (10, 4, 8, 8)
    assert seeing.seen_box("conv2", 0) is None  # the picked layer itself and all behind it have no frame
    assert seeing.seen_box("relu2", 0) is None


def test_a_pooling_cell_has_seen_its_own_map_only() -> None:
    _, seeing = look(Scene(layer="pool1", cell=(2, 1, 1)))
    assert seeing.seen_box("relu1", 2) == (2, 2, 2, 2)
    assert seeing.seen_box("relu1", 3) is None


def test_who_sees_a_pixel_is_who_reads_it() -> None:
    walked, seeing = look(Scene(layer="conv1", cell=(0, 0, 0), pixel=(0, 5, 7)))
    assert seeing.pixel is not None
    assert (seeing.pixel.in_map, seeing.pixel.in_layer) == ("9", "72")
    network = walked.network
    for i in range(26):
        for j in range(26):
            reads = network.layers[0].explain(walked.outputs["input"][None], (4, i, j)).steps
            seen = any(step.reads[0].at == (0, 5, 7) for step in reads)
            assert seeing.seers["conv1"].contains((4, i, j)) == seen


def test_scores_and_probabilities_see_everything() -> None:
    for layer in ("dense", "softmax"):
        _, seeing = look(Scene(layer=layer, pixel=(0, 5, 7)))
        assert seeing.pixel is not None
        assert seeing.pixel.in_layer == "10"
        assert seeing.seen_box("pool2", 0) is None


def test_the_way_to_a_pixel_and_back() -> None:
    walked, seeing = look(Scene(layer="relu1"))
    assert seeing.pixel is None
    assert seeing.ask.pixel == walked.most_active("input")
    _, asked = look(seeing.ask)
    assert asked.pixel is not None
    assert asked.pixel.forget == walked.scene
