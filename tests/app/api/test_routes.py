"""Over HTTP, a program gets the same numbers that the core computes, whole, and can add every one of them up again."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from math import fsum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from cnn_core import cross_entropy, load_network, softmax
from cnn_core.samples.patterns import sample

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

NETWORKS = ("digits", "digits-average")
LAYERS = ("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "dense")
STATIONS = ("input", *LAYERS, "softmax")
FORGOTTEN = "upload." + "0" * 32
PICKS = 100 if os.environ.get("CONVSCOPE_FULL") == "1" else 8

each_network = pytest.mark.parametrize("network", NETWORKS)


def array_of(answer: TestResponse) -> NDArray[np.float64]:
    assert answer.status_code == 200, answer.text
    array: NDArray[np.float64] = np.load(io.BytesIO(answer.data), allow_pickle=False)
    return array


def activations(client: FlaskClient, **args: str) -> NDArray[np.float64]:
    return array_of(client.get("/api/v1/activations", query_string=args))


def trace(client: FlaskClient, **args: str) -> dict[str, Any]:
    answer = client.get("/api/v1/trace", query_string=args)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def post(client: FlaskClient, data: bytes) -> TestResponse:
    return client.post("/api/v1/images", data={"image": (io.BytesIO(data), "picture.png")})


def test_networks_are_described_layer_by_layer(client: FlaskClient) -> None:
    digits, average, photos = client.get("/api/v1/networks").get_json()
    assert digits == {
        "name": "digits",
        "title": "Digits",
        "input_shape": [1, 28, 28],
        "classes": list("0123456789"),
        "accuracy": {"dataset": "MNIST, 10,000 test digits", "value": digits["accuracy"]["value"]},
        "layers": [
            {"name": "conv1", "kind": "conv", "output_shape": [8, 26, 26], "parameters": 8 * (1 * 3 * 3 + 1)},
            {"name": "relu1", "kind": "relu", "output_shape": [8, 26, 26], "parameters": 0},
            {"name": "pool1", "kind": "max-pool", "output_shape": [8, 13, 13], "parameters": 0},
            {"name": "conv2", "kind": "conv", "output_shape": [16, 11, 11], "parameters": 16 * (8 * 3 * 3 + 1)},
            {"name": "relu2", "kind": "relu", "output_shape": [16, 11, 11], "parameters": 0},
            {"name": "pool2", "kind": "max-pool", "output_shape": [16, 5, 5], "parameters": 0},
            {"name": "dense", "kind": "dense", "output_shape": [10, 1, 1], "parameters": 10 * (400 + 1)},
        ],
    }
    assert 0.988 <= digits["accuracy"]["value"] < 1
    assert average["name"] == "digits-average"
    assert [layer["kind"] for layer in average["layers"]][2::3] == ["average-pool", "average-pool"]
    assert (photos["name"], photos["title"], photos["input_shape"]) == ("photos", "Photos", [3, 32, 32])
    assert photos["classes"][0] == "airplane"
    assert photos["classes"][-1] == "truck"
    assert "JPEG" in photos["accuracy"]["dataset"]
    assert 0.72 <= photos["accuracy"]["value"] < 1
    pairs = [(layer["name"], tuple(layer["output_shape"])) for layer in photos["layers"] if layer["kind"] != "relu"]
    assert pairs == [
        ("conv1", (16, 32, 32)), ("conv2", (16, 32, 32)), ("pool1", (16, 16, 16)),
        ("conv3", (32, 16, 16)), ("conv4", (32, 16, 16)), ("pool2", (32, 8, 8)),
        ("conv5", (32, 8, 8)), ("pool3", (32, 4, 4)), ("dense", (10, 1, 1)),
    ]  # fmt: skip
    assert sum(layer["parameters"] for layer in photos["layers"]) == 448 + 2320 + 4640 + 9248 + 9248 + 5130


def test_every_sample_goes_through_every_network(client: FlaskClient) -> None:
    samples = client.get("/api/v1/samples").get_json()
    assert {sample["kind"] for sample in samples} == {"digit", "pattern", "photo"}
    for each in samples:
        assert each["image"] == f"sample.{each['name']}"
        for network in NETWORKS:
            answer = client.get("/api/v1/forward", query_string={"network": network, "image": each["image"]})
            assert answer.status_code == 200, each
            assert fsum(answer.get_json()["probabilities"]) == pytest.approx(1, rel=0, abs=1e-12)


def test_the_drawn_digits_are_recognised(client: FlaskClient) -> None:
    for digit in range(10):
        answer = client.get("/api/v1/forward", query_string={"image": f"sample.digit-{digit}"}).get_json()
        assert answer["prediction"]["label"] == str(digit)


@each_network
def test_forward_says_what_the_core_computes_to_the_last_digit(network: str, client: FlaskClient) -> None:
    core = load_network(network)
    computed = core.activations(sample("digit-3")[None])
    probabilities = softmax(computed[-1]).ravel().tolist()
    answer = client.get("/api/v1/forward", query_string={"network": network, "image": "sample.digit-3"}).get_json()
    assert answer == {
        "prediction": {"index": 3, "label": "3", "probability": probabilities[3]},
        "probabilities": probabilities,
        "logits": computed[-1].ravel().tolist(),
        "layers": [
            {"name": name, "shape": list(array.shape[1:]), "min": float(array.min()), "max": float(array.max())}
            for name, array in zip(core.names, computed[1:], strict=True)
        ],
    }


@each_network
def test_activations_are_what_the_core_computes(network: str, client: FlaskClient) -> None:
    core = load_network(network)
    computed = core.activations(sample("digit-5")[None])
    expected = dict(zip(STATIONS, (*computed, softmax(computed[-1])), strict=True))
    for layer in STATIONS:
        array = activations(client, network=network, image="sample.digit-5", layer=layer)
        assert array.dtype == np.float64
        np.testing.assert_array_equal(array, expected[layer][0])


def test_an_array_comes_as_a_numpy_file_with_a_name(client: FlaskClient) -> None:
    answer = client.get("/api/v1/activations?layer=pool1&network=digits-average")
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename=digits-average-pool1.npy"
    assert answer.data.startswith(b"\x93NUMPY")


def test_what_is_not_asked_for_is_what_the_walk_shows_first(client: FlaskClient) -> None:
    first = activations(client, layer="conv1", image="sample.digit-8", network="digits")
    np.testing.assert_array_equal(activations(client), first)
    c, i, j = np.unravel_index(int(first.argmax()), first.shape)
    found = trace(client)
    assert (found["layer"], found["kind"], found["cell"]) == ("conv1", "conv", [c, i, j])
    assert found["value"] == pytest.approx(first.max(), rel=1e-12)
    prediction = client.get("/api/v1/forward").get_json()["prediction"]
    assert trace(client, layer="softmax")["cell"] == [prediction["index"], 0, 0]


def cells_of(shape: tuple[int, ...], rng: np.random.Generator) -> Iterator[tuple[int, ...]]:
    """The four corners of the first and last map, and 40 cells at random (all of them where there are fewer)."""
    last = tuple(size - 1 for size in shape)
    yield from {(0, 0, 0), last, (0, last[1], 0), (last[0], 0, last[2])}
    size = int(np.prod(shape))
    for flat in rng.choice(size, min(size, 40), replace=False).tolist():
        yield tuple(int(at) for at in np.unravel_index(flat, shape))


@each_network
@pytest.mark.parametrize("layer", LAYERS)
def test_every_trace_adds_up_to_the_activation(network: str, layer: str, client: FlaskClient) -> None:
    core = load_network(network)
    scene = {"network": network, "image": "sample.digit-2"}
    before = activations(client, **scene, layer=STATIONS[STATIONS.index(layer) - 1])
    after = activations(client, **scene, layer=layer)
    known = {"input": before, **core.layers[LAYERS.index(layer)].params}
    for cell in cells_of(after.shape, np.random.default_rng(7)):
        found = trace(client, **scene, layer=layer, cell=".".join(map(str, cell)))
        assert found["cell"] == list(cell)
        terms = [step["value"] for step in found["steps"]]
        slack = 1e-12 * fsum(map(abs, terms))
        assert abs(fsum(terms) - after[cell]) <= slack
        assert abs(found["value"] - after[cell]) <= slack
        for step in found["steps"]:
            check_step(step)
            for read in step["reads"]:
                assert read["padded"] is False, "these networks have no padding"
                assert read["value"] == known[read["array"]][tuple(read["at"])]


def check_step(step: dict[str, Any]) -> None:
    """A step's value is what its operation makes of its reads."""
    reads = [read["value"] for read in step["reads"]]
    results: dict[str, Callable[[], float]] = {
        "multiply": lambda: reads[0] * reads[1],
        "add": lambda: reads[0],
        "max": lambda: max(reads),
        "mean": lambda: fsum(reads) / len(reads),
        "gate": lambda: max(reads[0], 0.0),
        "exp": lambda: float(np.exp(reads[0] - reads[1])),
        "sum": lambda: fsum(reads),
        "divide": lambda: reads[0] / reads[1],
        "read": lambda: reads[0],
    }
    expected = results[step["op"]]()
    if step["op"] in ("exp", "mean", "sum"):
        assert step["value"] == pytest.approx(expected, rel=1e-14)
    else:
        assert step["value"] == expected


GRADIENTS = [
    (network, layer, of)
    for network in ("digits", "digits-average", "photos")
    for layer, kind in zip(load_network(network).names, load_network(network).layers, strict=True)
    for of in ("input", *kind.params)
]


@pytest.mark.parametrize(("network", "layer", "of"), GRADIENTS)
def test_every_traced_gradient_adds_up_to_the_gradient(network: str, layer: str, of: str, client: FlaskClient) -> None:
    scene = {"network": network, "layer": layer, "of": of, "target": "3"}
    whole = array_of(client.get("/api/v1/gradients", query_string=scene))
    core = load_network(network)
    rng = np.random.default_rng(23)
    for flat in rng.choice(whole.size, min(whole.size, PICKS), replace=False).tolist():
        at = tuple(int(index) for index in np.unravel_index(flat, whole.shape))
        found = trace(client, **scene, at=".".join(map(str, at)))
        terms = [step["value"] for step in found["steps"]]
        slack = 1e-12 * fsum(map(abs, terms))
        assert abs(fsum(terms) - whole[at]) <= slack
        assert abs(found["value"] - whole[at]) <= slack
        assert (found["layer"], found["of"], found["target"], found["cell"]) == (layer, of, 3, list(at))
        for step in found["steps"]:
            check_term(step)
            for read in step["reads"]:
                if read["array"] == "weight":
                    params = core.layers[core.names.index(layer)].params
                    assert read["value"] == params["weight"][tuple(read["at"])]


def check_term(step: dict[str, Any]) -> None:
    """A term of a gradient is what its operation makes of its reads."""
    reads = [read["value"] for read in step["reads"]]
    results: dict[str, Callable[[], tuple[float, ...]]] = {
        "multiply": lambda: (reads[0] * reads[1],),
        "add": lambda: (reads[0],),
        "route": lambda: (reads[1], 0.0),
        "share": lambda: (reads[0] / reads[1],),
        "pass": lambda: (reads[1] if reads[0] > 0 else 0.0,),
    }
    assert step["value"] in results[step["op"]]()


@pytest.mark.parametrize("network", ["digits", "photos"])
def test_gradients_are_what_the_core_computes(network: str, client: FlaskClient) -> None:
    core, scene = load_network(network), {"network": network, "target": "4"}
    computed = core.activations(activations(client, network=network, layer="input")[None])
    down = cross_entropy(computed[-1], np.array([4])).dscores
    expected = core.gradients(computed, down)
    by_output = [*(each.x[0] for each in expected), down[0]]
    for name, array in zip(("input", *core.names), by_output, strict=True):
        found = array_of(client.get("/api/v1/gradients", query_string=scene | {"layer": name}))
        np.testing.assert_array_equal(found, array)
    for name, made, before in zip(core.names, expected, by_output, strict=False):
        for of, array in {"input": before, **made.params}.items():
            found = array_of(client.get("/api/v1/gradients", query_string=scene | {"layer": name, "of": of}))
            np.testing.assert_array_equal(found, array)


def test_a_gradient_comes_as_a_numpy_file_with_a_name(client: FlaskClient) -> None:
    answer = client.get("/api/v1/gradients?layer=conv2&of=weight")
    assert answer.headers["Content-Disposition"] == "attachment; filename=digits-conv2-weight-gradient.npy"


def test_unless_a_class_is_named_gradients_are_towards_the_next_likeliest(client: FlaskClient) -> None:
    shares = client.get("/api/v1/forward").get_json()["probabilities"]
    second = str(int(np.argsort(shares)[-2]))
    plain, named = (array_of(client.get(f"/api/v1/gradients?layer=input{more}")) for more in ("", f"&target={second}"))
    np.testing.assert_array_equal(plain, named)
    found = trace(client, layer="conv1", of="bias")
    assert str(found["target"]) == second
    whole = array_of(client.get("/api/v1/gradients?layer=conv1&of=bias"))
    assert found["cell"] == [int(np.abs(whole).argmax())]


def test_after_a_step_of_learning_the_gradients_are_those_of_the_changed_network(client: FlaskClient) -> None:
    scene = {"layer": "conv1", "of": "weight", "target": "3"}
    before, after = (
        array_of(client.get("/api/v1/gradients", query_string=scene | more)) for more in ({}, {"steps": "1"})
    )
    assert not np.array_equal(before, after)
    found = trace(client, **scene, steps="1", at="2.0.1.1")
    assert found["value"] == pytest.approx(after[2, 0, 1, 1], rel=1e-9)


@each_network
def test_a_probability_can_be_followed_to_the_scores(network: str, client: FlaskClient) -> None:
    scene = {"network": network, "image": "sample.digit-2"}
    scores, shares = (activations(client, **scene, layer=layer).ravel() for layer in ("dense", "softmax"))
    for k in range(10):
        found = trace(client, **scene, layer="softmax", cell=f"{k}.0.0")
        assert found["kind"] == "softmax"
        assert found["value"] == found["steps"][-1]["value"] == pytest.approx(shares[k], rel=1e-12)
        assert [step["op"] for step in found["steps"]] == ["exp"] * 10 + ["sum", "divide"]
        for step in found["steps"]:
            check_step(step)
        assert [step["reads"][0]["value"] for step in found["steps"][:10]] == scores.tolist()
        assert {step["reads"][1]["value"] for step in found["steps"][:10]} == {scores.max()}
        powers = [step["value"] for step in found["steps"][:10]]
        assert [read["value"] for read in found["steps"][10]["reads"]] == powers
        assert [read["value"] for read in found["steps"][11]["reads"]] == [powers[k], found["steps"][10]["value"]]


def test_a_cell_of_the_input_was_read_from_the_picture(client: FlaskClient) -> None:
    picture = activations(client, layer="input")
    found = trace(client, layer="input", cell="0.14.13")
    assert found["steps"] == [
        {
            "op": "read",
            "value": picture[0, 14, 13],
            "reads": [{"array": "picture", "at": [0, 14, 13], "value": picture[0, 14, 13], "padded": False}],
        }
    ]


def test_a_picture_is_sent_read_and_taken_back(client: FlaskClient) -> None:
    pixels = np.round(255 * sample("digit-4")[0]).astype(np.uint8)
    sent = post(client, png(Image.fromarray(pixels)))
    assert sent.status_code == 201
    assert (sent.get_json()["width"], sent.get_json()["height"]) == (28, 28)
    image, token = sent.get_json()["image"], sent.get_json()["delete_token"]
    address = f"/api/v1/forward?image={image}"
    answer = client.get(address)
    assert answer.get_json()["prediction"]["label"] == "4"
    np.testing.assert_array_equal(activations(client, image=image, layer="input"), sample("digit-4"))

    assert client.delete(f"/api/v1/images/{image}", headers={"X-Delete-Token": "0" * 32}).status_code == 404
    assert client.delete(f"/api/v1/images/{image}", headers={"X-Delete-Token": token}).status_code == 204
    assert "ETag" not in answer.headers
    for known in ({}, {"If-None-Match": client.get("/api/v1/forward").headers["ETag"]}):
        gone = client.get(address, headers=known)
        assert (gone.status_code, gone.mimetype) == (410, "application/problem+json")


def test_a_picture_of_any_form_goes_through(client: FlaskClient) -> None:
    for size in ((1, 1), (28, 28), (64, 1), (3, 190), (700, 40), (1500, 900)):
        for colour in ("white", "black", "red"):
            sent = post(client, png(Image.new("RGB", size, colour)))
            assert sent.status_code == 201
            image = sent.get_json()["image"]
            for crop in ("auto", "whole", "0.0.1.1"):
                answer = client.get("/api/v1/forward", query_string={"image": image, "crop": crop})
                assert answer.status_code == 200, (size, colour, crop)
                assert np.isfinite(answer.get_json()["logits"]).all()


def test_an_answer_that_the_client_has_is_not_computed_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [
        "/api/v1/samples",
        "/api/v1/networks",
        "/api/v1/openapi.json",
        "/api/v1/forward?image=sample.digit-1",
        "/api/v1/activations?layer=conv2",
        "/api/v1/trace?cell=0.1.2",
    ]
    tags = {address: client.get(address).headers["ETag"] for address in addresses}
    assert len(set(tags.values())) == len(addresses)

    def work(*_: object) -> None:
        raise AssertionError("computed again")

    for name in ("resolve", "describe_samples", "describe_networks", "document"):
        monkeypatch.setattr(f"app.api.routes.{name}", work)
    for address, tag in tags.items():
        again = client.get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b"")


def test_the_same_address_gives_the_same_bytes(client: FlaskClient) -> None:
    for address in ("/api/v1/activations?layer=conv2", "/api/v1/trace?layer=dense", "/api/v1/openapi.json"):
        one, two = client.get(address), client.get(address)
        assert (one.data, one.headers["ETag"]) == (two.data, two.headers["ETag"])


def test_what_belongs_to_the_pages_is_left_to_them(client: FlaskClient) -> None:
    plain = client.get("/api/v1/forward")
    for ignored in ("play=banana", "precision=banana", "layer=nobody", "cell=banana", "banana=1"):
        answer = client.get(f"/api/v1/forward?{ignored}")
        assert (answer.status_code, answer.headers["ETag"]) == (200, plain.headers["ETag"]), ignored


BAD = [
    ("forward", {"network": "Digits"}, 400, "network-unreadable"),
    ("forward", {"network": ""}, 400, "network-unreadable"),
    ("forward", {"network": "letters"}, 404, "unknown-network"),
    ("forward", {"image": ""}, 400, "image-unreadable"),
    ("forward", {"image": "cat"}, 400, "image-unreadable"),
    ("forward", {"image": "sample.../../etc/passwd"}, 400, "image-unreadable"),
    ("forward", {"image": "sample.\N{CAT FACE}"}, 400, "image-unreadable"),
    ("forward", {"image": "sample.a\0b"}, 400, "image-unreadable"),
    ("forward", {"image": "upload.1"}, 400, "image-unreadable"),
    ("forward", {"image": "sample.nobody"}, 404, "unknown-sample"),
    ("forward", {"image": FORGOTTEN}, 410, "picture-forgotten"),
    ("forward", {"image": "drawn.A"}, 400, "drawing-unreadable"),
    ("forward", {"image": "drawn." + "AA" * 5000}, 400, "drawing-unreadable"),
    ("forward", {"crop": "1.2.3"}, 400, "crop-unreadable"),
    ("forward", {"crop": "half"}, 400, "crop-unreadable"),
    ("forward", {"crop": "0.0.0.0"}, 422, "crop-outside"),
    ("forward", {"crop": "27.27.5.5"}, 422, "crop-outside"),
    ("forward", {"crop": "99999.99999.99999.99999"}, 422, "crop-outside"),
    ("forward", {"ink": "blue"}, 400, "ink-unreadable"),
    ("activations", {"layer": "conv9"}, 404, "unknown-layer"),
    ("activations", {"layer": "logits"}, 404, "unknown-layer"),
    ("activations", {"layer": "Conv1"}, 400, "layer-unreadable"),
    ("activations", {"layer": "conv1", "image": FORGOTTEN}, 410, "picture-forgotten"),
    ("heat", {"heat": "warm"}, 400, "heat-unreadable"),
    ("heat", {"target": "cat"}, 400, "target-unreadable"),
    ("heat", {"target": "10"}, 422, "target-out-of-range"),
    ("heat", {"against": "10"}, 422, "target-out-of-range"),
    ("gradients", {"of": "weights"}, 400, "of-unreadable"),
    ("gradients", {"target": "-1"}, 400, "target-unreadable"),
    ("gradients", {"rate": "fast"}, 400, "rate-unreadable"),
    ("gradients", {"layer": "conv9"}, 404, "unknown-layer"),
    ("gradients", {"layer": "softmax"}, 404, "unknown-layer"),
    ("gradients", {"layer": "loss"}, 404, "unknown-layer"),
    ("gradients", {"target": "10"}, 422, "target-out-of-range"),
    ("gradients", {"layer": "relu1", "of": "weight"}, 422, "of-nothing"),
    ("gradients", {"layer": "input", "of": "input"}, 422, "of-nothing"),
    ("gradients", {"steps": "51"}, 422, "steps-out-of-range"),
    ("gradients", {"rate": "1.5"}, 422, "rate-out-of-range"),
    ("gradients", {"image": FORGOTTEN}, 410, "picture-forgotten"),
    ("trace", {"layer": "softmax", "of": "input"}, 404, "unknown-layer"),
    ("trace", {"layer": "pool1", "of": "bias"}, 422, "of-nothing"),
    ("trace", {"of": "weight", "at": "1..2"}, 400, "at-unreadable"),
    ("trace", {"of": "weight", "at": "0.0.0.0.0"}, 400, "at-unreadable"),
    ("trace", {"of": "weight", "at": "0.0.0"}, 422, "at-out-of-range"),
    ("trace", {"of": "weight", "at": "8.0.0.0"}, 422, "at-out-of-range"),
    ("trace", {"layer": "dense", "of": "input", "at": "16.0.0"}, 422, "at-out-of-range"),
    ("trace", {"of": "bias", "at": "0", "cell": "8.0.0"}, 422, "cell-out-of-range"),
    ("trace", {"cell": "1.2"}, 400, "cell-unreadable"),
    ("trace", {"cell": "-1.0.0"}, 400, "cell-unreadable"),
    ("trace", {"cell": "1.5e3.0"}, 400, "cell-unreadable"),
    ("trace", {"cell": "\N{ARABIC-INDIC DIGIT THREE}.0.0"}, 400, "cell-unreadable"),
    ("trace", {"cell": "9" * 5000 + ".0.0"}, 400, "cell-unreadable"),
    ("trace", {"cell": "8.0.0"}, 422, "cell-out-of-range"),
    ("trace", {"cell": "0.26.0"}, 422, "cell-out-of-range"),
    ("trace", {"layer": "conv2", "cell": "15.10.99999"}, 422, "cell-out-of-range"),
    ("trace", {"layer": "softmax", "cell": "10.0.0"}, 422, "cell-out-of-range"),
    ("trace", {"layer": "softmax", "cell": "0.0.1"}, 422, "cell-out-of-range"),
    ("trace", {"layer": "input", "cell": "1.0.0"}, 422, "cell-out-of-range"),
]


@pytest.mark.parametrize(("name", "args", "status", "code"), BAD)
def test_bad_input_is_told_what_is_wrong(
    name: str, args: dict[str, str], status: int, code: str, client: FlaskClient
) -> None:
    answer = client.get(f"/api/v1/{name}", query_string=args)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = answer.get_json(force=True)
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"urn:convscope:{code}")
    assert answer.headers["Cache-Control"] == "no-store"
    described = client.get("/api/v1/openapi.json").get_json()["paths"][f"/{name}"]["get"]["responses"]
    assert str(status) in described
    came = list(args.values())[-1]
    if status in (400, 404) and came.isprintable():
        said = came.removeprefix("sample.").removeprefix("drawn.")
        assert said[:20] in problem["detail"], "the problem repeats what came"


def test_out_of_range_names_the_range_and_the_nearest_address_that_works(client: FlaskClient) -> None:
    asked = {"network": "digits-average", "layer": "pool2", "cell": "3.7.99", "ink": "light"}
    problem = client.get("/api/v1/trace", query_string=asked).get_json(force=True)
    assert "15.4.4" in problem["detail"]
    assert "3.7.99" in problem["detail"]
    nearest = "/api/v1/trace?" + urlencode({**asked, "cell": "3.4.4"})
    assert set(problem["nearest"].partition("?")[2].split("&")) == set(nearest.partition("?")[2].split("&"))
    assert problem["nearest"].startswith("/api/v1/trace?")
    assert client.get(problem["nearest"]).get_json()["cell"] == [3, 4, 4]


NEAREST = [
    ("trace", "layer=conv2&of=weight&at=16.8.0", "at", "15.7.0.0"),
    ("trace", "layer=dense&of=bias&at=10.1", "at", "9"),
    ("trace", "layer=relu2&of=bias&at=3", "of", "input"),
    ("gradients", "layer=pool2&of=weight", "of", "input"),
    ("gradients", "layer=conv1&target=12", "target", "9"),
]


@pytest.mark.parametrize(("name", "query", "param", "instead"), NEAREST)
def test_what_has_no_gradient_is_answered_with_the_nearest_address_that_works(
    name: str, query: str, param: str, instead: str, client: FlaskClient
) -> None:
    problem = client.get(f"/api/v1/{name}?{query}").get_json(force=True)
    assert problem["nearest"].startswith(f"/api/v1/{name}?")
    assert f"{param}={instead}" in problem["nearest"].partition("?")[2].split("&")
    assert client.get(problem["nearest"]).status_code == 200


def test_an_unknown_name_is_answered_with_the_known_ones(client: FlaskClient) -> None:
    for args, known in (
        ("network=letters", NETWORKS),
        ("layer=conv9", STATIONS),
        ("image=sample.nobody", ("digit-0",)),
    ):
        detail = client.get(f"/api/v1/trace?{args}").get_json(force=True)["detail"]
        assert all(name in detail for name in known), detail


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v2/forward", 404),
        ("POST", "/api/v1/forward", 405),
        ("GET", "/api/v1/images", 405),
        ("DELETE", "/api/v1/images/upload.x", 404),
        ("POST", "/api/v1/images", 400),
    ],
)
def test_other_requests_get_a_problem_too(method: str, path: str, status: int, client: FlaskClient) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 422),
        (b"\0" * 500, 415),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        (png(Image.new("L", (30, 30)))[:-40], 422),
        (png(Image.new("1", (1, 65))), 422),
    ],
)
def test_what_is_no_picture_gets_a_problem(data: bytes, status: int, client: FlaskClient) -> None:
    answer = post(client, data)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


VALUES = {
    "network": [*NETWORKS, "photos", "DIGITS"],
    "image": ["sample.digit-0", "sample.nobody", "drawn.", "drawn.0", "drawn.AABB.zz", "drawn.A", FORGOTTEN, "upload."],
    "crop": ["auto", "whole", "0.0.28.28", "0.0.1.1", "27.0.2.2", "5.5.0.1"],
    "ink": ["auto", "dark", "light", "Dark"],
    "layer": [*STATIONS, "loss", "conv9"],
    "cell": ["0.0.0", "9.0.0", "7.25.25", "15.10.10", "99999.99999.99999", "0.0"],
    "of": ["output", "input", "weight", "bias", "weights"],
    "at": ["0", "3.0.1.2", "9.399", "0.0.0", "15.7.2.2", "99999", "0.0.0.0.0", "1.", "7.12.12"],
    "target": ["0", "9", "10", "99999", "-1", "cat"],
    "steps": ["0", "1", "51", "one"],
    "rate": ["0.01", "1", "0", "-1", "1.5", "1e-3"],
    "optimizer": ["sgd", "momentum", "adam", "best"],
    "way": ["forward", "backward", "sideways"],
    "page": ["1", "0", "57", "99999", "-1"],
    "check": ["0.001", "0", "2", "-0.5"],
    "play": ["on", "off"],
    "precision": ["2", "exact", "7"],
}
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
QUERIES = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) | ANY_TEXT for name, values in VALUES.items()}
)


@given(name=st.sampled_from(["forward", "activations", "trace", "gradients"]), args=QUERIES)
@settings(max_examples=200)
def test_no_query_is_the_servers_fault(app: Flask, name: str, args: dict[str, str]) -> None:
    check_answer(app.test_client().get(f"/api/v1/{name}", query_string=args))


@given(
    name=st.sampled_from(["forward", "trace", "gradients"]),
    param=st.sampled_from(sorted(VALUES)),
    raw=st.binary(max_size=12),
)
@settings(max_examples=100)
def test_no_bytes_are_the_servers_fault(app: Flask, name: str, param: str, raw: bytes) -> None:
    escaped = "".join(f"%{byte:02x}" for byte in raw)
    check_answer(app.test_client().get(f"/api/v1/{name}?{param}={escaped}&{escaped}={param}"))


def check_answer(answer: TestResponse) -> None:
    assert answer.status_code in (200, 400, 404, 410, 422), answer.text
    assert (answer.mimetype == "application/problem+json") is (answer.status_code != 200)
    if "nearest" in (answer.get_json(force=True) if answer.status_code == 422 else {}):
        assert answer.request.path in answer.get_json(force=True)["nearest"]
