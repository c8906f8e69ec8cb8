"""Other pictures and other networks: the same place where there is one, and a picture that the network can know."""

from __future__ import annotations

import pytest
from PIL import Image

from app.passes.network_facts import first_samples, shapes, suits
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.pictures.decode import PICTURE_SECONDS, encode_png, picture_key
from app.pictures.reference import ImageRef
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from app.walk.links import in_network, with_sample
from cnn_core import load_network
from cnn_core.zoo import ZOO

NETWORKS = {name: load_network(name) for name in ZOO}
STORE = open_store("memory:")
CACHE = PassCache(NETWORKS, STORE)
UPLOAD = "upload." + "0b" * 16
STORE.put(picture_key("0b" * 16), encode_png(Image.new("RGB", (40, 30), "green")), PICTURE_SECONDS)


def elsewhere(to: str, **args: str) -> str:
    found = resolve(Scene.read(args), CACHE)
    scene = in_network(found, to, NETWORKS[to])
    resolve(scene, CACHE)  # it is a place that there is
    assert scene.network == to
    return scene.query()


@pytest.mark.parametrize(
    ("image", "goes_along"),
    [
        ("sample.digit-3", False),
        ("sample.pattern-rings", True),
        ("sample.shapes", True),
        ("sample.rocket", True),
        ("drawn.AABB", False),
        (UPLOAD, True),
    ],
)
def test_a_picture_goes_along_to_colours_where_it_could_mean_something(image: str, goes_along: bool) -> None:
    kept = f"&image={image}&crop=whole" if goes_along else ""
    assert elsewhere("photos", image=image, crop="whole") == f"?network=photos{kept}"


@pytest.mark.parametrize(
    ("image", "goes_along"),
    [
        ("sample.rocket", False),
        ("sample.cat", False),
        ("sample.shapes", True),
        ("sample.digit-3", True),
        (UPLOAD, True)
    ],
)
def test_a_picture_comes_back_to_grey_where_it_could_mean_something(image: str, goes_along: bool) -> None:
    assert elsewhere("digits", network="photos", image=image) == (f"?image={image}" if goes_along else "")


def test_between_networks_of_one_kind_every_picture_goes_along() -> None:
    place = "&image=sample.cat&crop=whole&layer=relu2&cell=1.2.3"
    asked = {"image": "sample.cat", "crop": "whole", "layer": "relu2", "cell": "1.2.3"}
    assert elsewhere("digits-average", **asked) == f"?network=digits-average{place}"
    assert elsewhere("digits", **asked) == f"?{place.removeprefix('&')}"


def test_a_layer_of_the_same_name_and_another_shape_is_another_place() -> None:
    place = {"layer": "conv1", "cell": "7.25.25"}
    assert elsewhere("digits-average", **place) == "?network=digits-average&layer=conv1&cell=7.25.25"
    assert elsewhere("photos", image="sample.shapes", **place) == "?network=photos&image=sample.shapes"
    assert elsewhere("digits", network="photos", layer="conv5", cell="31.7.7") == ""


def test_the_input_and_the_answer_are_everywhere_but_their_cells_may_not_be() -> None:
    place = {"layer": "input", "cell": "2.31.31", "pixel": "2.31.31"}
    assert elsewhere("digits", network="photos", image=UPLOAD, **place) == f"?image={UPLOAD}"
    dense = {"layer": "dense", "cell": "3.0.0", "pixel": "0.27.27"}
    assert elsewhere("photos", image=UPLOAD, **dense) == f"?network=photos&image={UPLOAD}&layer=dense"


def test_a_cell_was_picked_on_its_picture_and_another_picture_has_its_own() -> None:
    assert elsewhere("photos", layer="softmax", cell="3.0.0") == "?network=photos&layer=softmax"


def test_a_class_means_something_else_where_the_classes_are_others() -> None:
    asked = {"image": UPLOAD, "layer": "softmax", "cell": "1.0.0"}
    place = f"&image={UPLOAD}&layer=softmax&cell=1.0.0"
    both = elsewhere("digits-average", **asked, target="3", against="5")
    assert both == f"?network=digits-average{place}&target=3&against=5"
    assert elsewhere("photos", **asked, target="3", against="5") == f"?network=photos&image={UPLOAD}&layer=softmax"


def test_a_weight_and_what_was_learned_stay_behind_too() -> None:
    asked = {"image": UPLOAD, "way": "backward", "layer": "dense", "of": "weight", "steps": "2", "check": "0.001"}
    kept = f"&image={UPLOAD}&way=backward&layer=dense"
    same = elsewhere("digits-average", **asked, at="9.399")
    assert same == f"?network=digits-average{kept}&of=weight&at=9.399&steps=2&check=0.001"
    assert elsewhere("photos", **asked, at="9.399") == f"?network=photos{kept}"
    assert elsewhere("digits", **asked, network="photos", at="9.511") == f"?{kept.removeprefix('&')}"


def test_on_a_tour_the_stop_chooses_its_place_anew() -> None:
    assert elsewhere("photos", tour="3", layer="conv2", cell="0.0.0") == "?network=photos&tour=3"
    assert with_sample(Scene.read({"tour": "3"}), "digit-2").query() == "?image=sample.digit-2&tour=3"


def test_each_network_offers_the_samples_of_its_kind_first() -> None:
    assert first_samples(NETWORKS["digits"]) == tuple(f"digit-{digit}" for digit in range(10))
    assert "cat" in first_samples(NETWORKS["photos"])
    assert not any("digit" in name or "pattern" in name for name in first_samples(NETWORKS["photos"]))
    for network in NETWORKS.values():
        assert all(suits(ImageRef("sample", name), network) for name in first_samples(network))
        assert suits(Scene(network="digits").image, NETWORKS["digits"])


def test_every_station_has_its_shape() -> None:
    found = resolve(Scene.read({"network": "photos"}), CACHE)
    stations = ("input", *found.network.names, "softmax")
    assert shapes(found.network) == {name: found.outputs[name].shape for name in stations}
