"""A walk: the picture goes through the network once, and the picked cell is one of its cells."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from app.passes.network_facts import first_convolution
from app.passes.network_pass import ForwardPass
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.passes.state import WalkState
from app.pictures import reference as images
from app.pictures.decode import PICTURE_SECONDS, decode_png, encode_png, picture_key
from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.scenes.walk_scene import Scene
from app.store.memory import MemoryStore
from app.store.protocol import Store, open_store
from cnn_core import AveragePool, Conv, Dense, MaxPool, Network, ReLU, load_network
from tests.app.way_out import way_out

NETWORKS = {name: load_network(name) for name in ("digits", "digits-average")}
STORE = open_store("memory:")


def go(scene: Scene) -> WalkState:
    return resolve(scene, PassCache(NETWORKS, STORE))


@pytest.mark.parametrize("digit", range(10))
@pytest.mark.parametrize("network", NETWORKS)
def test_the_drawn_digits_are_recognised(network: str, digit: int) -> None:
    found = go(Scene(network=network, image=ImageRef("sample", f"digit-{digit}")))
    assert found.prediction == digit
    assert found.outputs["softmax"][digit, 0, 0] > 0.9


def test_stations_are_the_input_the_layers_the_probabilities_and_the_loss() -> None:
    found = go(Scene())
    network = NETWORKS["digits"]
    assert found.names == ("input", *network.names, "softmax", "loss")
    for name, array in zip(network.names, network.activations(found.forward.fitted.x[None])[1:], strict=True):
        assert_allclose(found.outputs[name], array[0], rtol=0, atol=0)
    assert found.outputs["softmax"].sum() == pytest.approx(1, abs=1e-12)
    assert found.outputs["loss"].item() == pytest.approx(-np.log(found.outputs["softmax"].max()), abs=1e-12)


@pytest.mark.parametrize("layer", ["input", *NETWORKS["digits"].names, "softmax"])
def test_unless_a_cell_is_named_the_most_active_one_is_shown(layer: str) -> None:
    found = go(Scene(layer=layer))
    assert found.outputs[layer][found.cell] == found.outputs[layer].max()
    assert found.trace().value == pytest.approx(found.outputs[layer][found.cell], abs=1e-12)


def test_the_walk_begins_at_the_first_convolution_whatever_it_is_called() -> None:
    rng = np.random.default_rng(0)
    layers = (
        ReLU(),
        Conv(rng.normal(size=(2, 1, 3, 3)), np.zeros(2)),
        Dense(rng.normal(size=(3, 2 * 26 * 26)), np.zeros(3)),
    )
    network = Network(layers, ("gate", "look", "decide"), (1, 28, 28))
    assert first_convolution(network) == "look"
    assert first_convolution(Network((ReLU(),), ("gate",))) == "gate"
    found = resolve(Scene(network="mine"), PassCache({"mine": network}, STORE))
    assert found.layer == "look"


def test_both_kinds_of_pooling_can_be_walked() -> None:
    assert isinstance(NETWORKS["digits"].layers[2], MaxPool)
    assert isinstance(NETWORKS["digits-average"].layers[2], AveragePool)


@pytest.mark.parametrize(
    ("args", "status", "code"),
    [
        ({"network": "resnet"}, 404, "unknown-network"),
        ({"layer": "conv9"}, 404, "unknown-layer"),
        ({"layer": "conv1", "cell": "8.0.0"}, 422, "cell-out-of-range"),
        ({"layer": "conv1", "cell": "0.26.0"}, 422, "cell-out-of-range"),
        ({"layer": "softmax", "cell": "10.0.0"}, 422, "cell-out-of-range"),
        ({"image": "sample.unicorn"}, 404, "unknown-sample"),
        ({"crop": "0.0.9999.1"}, 422, "crop-outside"),
    ],
)
def test_what_is_not_there_is_refused(args: dict[str, str], status: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        go(Scene.read(args))
    assert (refused.value.status, refused.value.code) == (status, code)


def test_the_way_out_of_a_refusal_leads_somewhere() -> None:
    with pytest.raises(Refusal) as refused:
        go(Scene(layer="conv1", cell=(99, 5, 99)))
    assert way_out(refused.value) == "?layer=conv1&cell=7.5.25"
    assert go(Scene(layer="conv1", cell=(7, 5, 25))).cell == (7, 5, 25)


UPLOAD = ImageRef("upload", "0a" * 16)


def given(store: Store) -> None:
    store.put(picture_key(UPLOAD.name), encode_png(Image.new("RGB", (30, 20), "white")), PICTURE_SECONDS)


def sent(cache: PassCache) -> ForwardPass:
    return cache.forward("digits", UPLOAD, "auto", "auto")


def test_an_upload_is_remembered_and_unpacked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[bytes] = []

    def count(data: bytes) -> Image.Image:
        unpacked.append(data)
        return decode_png(data)

    monkeypatch.setattr(images, "decode_png", count)
    store = open_store("memory:")
    given(store)
    cache = PassCache(NETWORKS, store)
    assert sent(cache) is sent(cache)
    assert len(unpacked) == 1


def test_looking_at_a_remembered_upload_keeps_it() -> None:
    now = [0.0]
    store = MemoryStore(clock=lambda: now[0])
    given(store)
    cache = PassCache(NETWORKS, store)
    for _ in range(3):
        sent(cache)
        now[0] += 0.9 * PICTURE_SECONDS
    assert store.get(picture_key(UPLOAD.name)) is not None


def test_an_upload_that_the_store_has_forgotten_is_not_shown_and_leaves_the_memory() -> None:
    store = open_store("memory:")
    given(store)
    cache = PassCache(NETWORKS, store)
    kept = [weakref.ref(sent(cache)), weakref.ref(cache.forward("digits", UPLOAD, "whole", "dark"))]
    store.delete(picture_key(UPLOAD.name))  # as another process would
    with pytest.raises(Refusal) as refused:
        resolve(Scene(image=UPLOAD, layer="conv2", cell=(0, 0, 0), crop="whole", precision="5"), cache)
    assert (refused.value.status, refused.value.code) == (410, "picture-forgotten")
    del refused
    gc.collect()
    assert [each() for each in kept] == [None, None]


def test_an_upload_that_is_deleted_while_it_is_sent_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store("memory:")
    given(store)
    cache = PassCache(NETWORKS, store)
    made: list[weakref.ref[ForwardPass]] = []
    send = PassCache._computed

    def slowly(self: PassCache, *key: object) -> ForwardPass:
        done = send(self, *key)  # type: ignore[arg-type]
        made.append(weakref.ref(done))
        store.delete(picture_key(UPLOAD.name))
        self.forget(UPLOAD)
        return done

    monkeypatch.setattr(PassCache, "_computed", slowly)
    with pytest.raises(Refusal):
        sent(cache)
    gc.collect()
    assert [each() for each in made] == [None]


def test_forgetting_a_picture_leaves_the_others() -> None:
    store = open_store("memory:")
    given(store)
    cache = PassCache(NETWORKS, store)
    sample, upload = cache.forward("digits", Scene().image, "auto", "auto"), sent(cache)
    cache.forget(UPLOAD)
    assert cache.forward("digits", Scene().image, "auto", "auto") is sample
    assert sent(cache) is not upload


def test_another_picture_at_the_same_place() -> None:
    scene = Scene.read(
        {"image": "sample.cat", "crop": "whole", "ink": "dark", "layer": "relu1", "cell": "1.2.3", "play": "on"}
        | {"network": "digits-average", "pixel": "0.1.2", "scope": "map", "precision": "4"}
    )
    place = "?network=digits-average&image=sample.dot&layer=relu1&pixel=0.1.2&scope=map&precision=4"
    assert scene.with_picture(ImageRef("sample", "dot")).query() == place
    assert Scene.read({"tour": "3", "layer": "conv2", "cell": "0.0.0"}).with_picture().query() == "?tour=3"
