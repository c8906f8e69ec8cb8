"""The API's description of itself is valid, complete, and true of the answers."""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from PIL import Image

from app.api.openapi import Route, document
from app.api.operations import OPERATIONS
from app.scenes.walk_params import PARAMS
from app.scenes.walk_scene import Scene
from app.web.build_id import ROOT

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

Json = dict[str, Any]

STATIONS = ("input", "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "dense", "softmax")
OF_GRADIENTS = {"way", "check", "page"}
OF_PAGES = {"pixel", "scope", "tour", "cells", "loop", "formula", "record", "play", "precision"} | OF_GRADIENTS


@pytest.fixture
def described(client: FlaskClient) -> Json:
    """The description as a program gets it."""
    answer = client.get("/api/v1/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    found: Json = answer.get_json()
    return found


def operations(described: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def query_parameters(described: Json, operation: Json) -> dict[str, Json]:
    """The parameters in the query of one operation, looked up where it points to them."""
    found = [
        described["components"]["parameters"][param["$ref"].rpartition("/")[2]] if "$ref" in param else param
        for param in operation.get("parameters", [])
    ]
    return {param["name"]: param for param in found if param["in"] == "query"}


def check(described: Json, schema: Json, answer: object) -> None:
    """Hold an answer against its schema; no field may be missing from the description either."""
    closed = closed_objects({**schema, "components": {"schemas": described["components"]["schemas"]}})
    OAS31Validator(closed, format_checker=OAS31Validator.FORMAT_CHECKER).validate(answer)


def closed_objects(schema: Any) -> Any:
    """The same schema, in which an object may have no field that is not described."""
    if isinstance(schema, list):
        return [closed_objects(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: closed_objects(each) for name, each in schema.items()}
    return {**closed, "additionalProperties": False} if isinstance(schema.get("properties"), dict) else closed


def answer_schema(described: Json, path: str, method: str = "get", status: str = "200") -> Json:
    response = described["paths"][path][method]["responses"][status]
    if "$ref" in response:
        response = described["components"]["responses"][response["$ref"].rpartition("/")[2]]
    (media,) = response["content"].values()
    schema: Json = media["schema"]
    return schema


def test_it_is_valid(described: Json) -> None:
    validate(described)
    assert described["openapi"].startswith("3.1")


def test_it_is_of_this_version_of_the_project(described: Json) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert described["info"]["version"] == project["version"]


def test_every_address_is_described_and_every_description_has_its_address(app: Flask, described: Json) -> None:
    (server,) = described["servers"]
    there = {
        (re.sub(r"<(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert {(server["url"] + path, method) for path, method, _ in operations(described)} == there


def test_what_stands_on_one_side_only_is_named() -> None:
    routes = {endpoint: Route("/somewhere", "get") for endpoint in OPERATIONS}
    with pytest.raises(LookupError, match=r"api\.elsewhere"):
        document({**routes, "api.elsewhere": Route("/elsewhere", "get")}, "/api/v1", "1")
    with pytest.raises(LookupError, match=r"api\.trace"):
        document({name: route for name, route in routes.items() if name != "api.trace"}, "/api/v1", "1")


def test_every_parameter_is_one_of_the_scene_and_none_is_a_pages(described: Json) -> None:
    found = {
        name
        for path, _, operation in operations(described)
        if path != "/filter"  # whose scene has a table of its own
        for name in query_parameters(described, operation)
    }
    assert found == {param.name for param in PARAMS} - OF_PAGES == set(described["components"]["parameters"])
    for param in PARAMS:
        if param.name in found:
            assert described["components"]["parameters"][param.name]["description"] == param.meaning


def test_a_parameter_is_read_exactly_where_it_is_described(client: FlaskClient, described: Json) -> None:
    for path, method, operation in operations(described):
        if method != "get":
            continue
        taken = query_parameters(described, operation)
        for param in PARAMS:
            answer = client.get(f"/api/v1{path}", query_string={param.name: "\N{SNOWMAN}"})
            assert answer.status_code == (400 if param.name in taken else 200), (path, param.name)


def test_a_default_is_what_leaving_it_out_means(client: FlaskClient, described: Json) -> None:
    plain = client.get("/api/v1/trace").data
    for name, param in described["components"]["parameters"].items():
        if "default" in param["schema"]:
            again = client.get("/api/v1/trace", query_string={name: param["schema"]["default"]})
            assert again.data == plain, name


PATTERNS = {param.name: param.schema["pattern"] for param in PARAMS if "pattern" in param.schema}


@given(data=st.data(), name=st.sampled_from(sorted(PATTERNS)))
@settings(max_examples=200)
def test_what_fits_the_described_pattern_can_be_read(data: st.DataObject, name: str) -> None:
    text = data.draw(st.from_regex(re.compile(PATTERNS[name], re.ASCII), fullmatch=True))
    scene = Scene.read({name: text})
    assert getattr(scene, name) is not None


def test_what_is_one_of_a_list_can_be_read() -> None:
    for param in PARAMS:
        for text in param.schema.get("enum", ()):
            Scene.read({param.name: text})


@pytest.mark.parametrize("network", ["digits", "digits-average"])
def test_answers_have_the_described_form(network: str, client: FlaskClient, described: Json) -> None:
    for path in ("/samples", "/networks"):
        check(described, answer_schema(described, path), client.get(f"/api/v1{path}").get_json())
    for image in ("sample.digit-7", "drawn.0"):
        forward = client.get("/api/v1/forward", query_string={"network": network, "image": image}).get_json()
        check(described, answer_schema(described, "/forward"), forward)
    for layer in STATIONS:
        trace = client.get("/api/v1/trace", query_string={"network": network, "layer": layer}).get_json()
        check(described, answer_schema(described, "/trace"), trace)


def test_an_array_has_the_described_type(client: FlaskClient, described: Json) -> None:
    answer = client.get("/api/v1/activations")
    assert list(described["paths"]["/activations"]["get"]["responses"]["200"]["content"]) == [answer.mimetype]


def test_sending_and_deleting_are_as_described(client: FlaskClient, described: Json) -> None:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(file, "PNG")
    (form,) = described["paths"]["/images"]["post"]["requestBody"]["content"].items()
    assert form[0] == "multipart/form-data"
    (field,) = form[1]["schema"]["required"]
    sent = client.post("/api/v1/images", data={field: (io.BytesIO(file.getvalue()), "sheet.png")})
    assert sent.status_code == 201
    check(described, answer_schema(described, "/images", "post", "201"), sent.get_json())

    (path,) = (path for path, method, _ in operations(described) if method == "delete")
    name, token = described["paths"][path]["delete"]["parameters"]
    assert (name["in"], token["in"]) == ("path", "header")
    picture = sent.get_json()["image"].removeprefix("upload.")
    assert re.fullmatch(name["schema"]["pattern"], picture)
    assert re.fullmatch(token["schema"]["pattern"], sent.get_json()["delete_token"])
    address = "/api/v1" + re.sub(r"\{name\}", picture, path)
    refused = client.delete(address)
    check(described, answer_schema(described, path, "delete", "404"), refused.get_json(force=True))
    gone = client.delete(address, headers={token["name"]: sent.get_json()["delete_token"]})
    assert (gone.status_code, gone.data) == (204, b"")
    assert "content" not in described["paths"][path]["delete"]["responses"]["204"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/forward", "image=cat", "400"),
        ("/activations", "layer=conv9", "404"),
        ("/forward", f"image=upload.{'0' * 32}", "410"),
        ("/trace", "cell=0.99.0", "422"),
    ],
)
def test_problems_have_the_described_form(
    path: str, query: str, status: str, client: FlaskClient, described: Json
) -> None:
    answer = client.get(f"/api/v1{path}?{query}")
    assert str(answer.status_code) == status
    shared = described["paths"][path]["get"]["responses"][status]["$ref"].rpartition("/")[2]
    assert list(described["components"]["responses"][shared]["content"]) == [answer.mimetype]
    check(described, answer_schema(described, path, status=status), answer.get_json(force=True))


def test_behind_a_path_the_addresses_are_still_right(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/api/v1/openapi.json", environ_overrides={"SCRIPT_NAME": "/course"})
    assert answer.get_json()["servers"] == [{"url": "/course/api/v1"}]
