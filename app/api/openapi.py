"""The API describes itself: what may be asked, with which parameters, and what comes back (OpenAPI 3.1).

The parameters are those of the scene's own table and the addresses those of the running site; only the answers are
written down here, and the tests hold real ones against them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.api.schemas import PROBLEM_TYPE, SCHEMAS, listed, ref
from app.scenes.filter_params import FILTER_PARAMS, FORMATS
from app.scenes.parameter_table import Param
from app.scenes.walk_params import PARAMS

Json = dict[str, Any]

PREFIX = "/api/v1"
NPY_TYPE = "application/octet-stream"
"""NumPy's files have no registered type of their own; the name that comes with the bytes ends in .npy."""

PICTURE = ("network", "image", "crop", "ink", "patch")
LEARNED = ("target", "steps", "rate", "optimizer")

PROBLEMS: Mapping[int, str] = {
    400: "A value that cannot be read.",
    403: "A request that changes something and came from a page of another site.",
    404: "A name that nothing has.",
    410: "An uploaded picture that has been forgotten.",
    413: "More bytes or pixels than are taken.",
    415: "Not a picture of a kind that is taken.",
    422: "Understood, and out of range; `nearest`, where it is there, is the closest address that is not.",
    429: "Too often; Retry-After says in how many seconds to come back.",
    503: "Not possible just now; Retry-After says in how many seconds to come back.",
}


@dataclass(frozen=True)
class Route:
    """Where an operation is reached: "/images/upload.<name>" below PREFIX, and "delete"."""

    path: str
    method: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What one address takes and gives.

    parameters: names of PARAMS that matter to it; all others are ignored. own: what it takes besides.
    content: the media type and schema of a good answer, None where it has no body; same: whether the same address
    always gives the same answer, so that a client which has it is answered 304.
    """

    name: str
    summary: str
    parameters: tuple[str, ...] = ()
    own: tuple[Json, ...] = ()
    body: Json | None = None
    status: int = 200
    answer: str
    content: tuple[str, Json] | None
    problems: tuple[int, ...] = ()
    same: bool = True


_TOKEN: Json = {
    "name": "X-Delete-Token",
    "in": "header",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_NAME: Json = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "What follows `upload.` in the name of the picture.",
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_FORM: Json = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["image"],
                "properties": {
                    "image": {
                        "type": "string",
                        "format": "binary",
                        "description": "A picture file: PNG, JPEG, WebP, GIF (its first frame) or BMP, at most 10 MiB.",
                    }
                },
            }
        }
    },
}

OF_FILTER_PAGES = ("cell", "pixel", "kernel2", "image2", "play", "precision")
OF_FILTER = tuple(param.name for param in FILTER_PARAMS if param.name not in OF_FILTER_PAGES)
"""The parameters that matter to a filtered picture, and not to its page alone."""


def _described(param: Param) -> Json:
    """A parameter in the query, from a scene's table."""
    return {"name": param.name, "in": "query", "description": param.meaning, "schema": dict(param.schema)}


# The filter explorer's scene has a table of its own, whose names mean other things than the walk's.
_FILTER: tuple[Json, ...] = (
    *(_described(param) for param in FILTER_PARAMS if param.name in OF_FILTER),
    {
        "name": "format",
        "in": "query",
        "description": "A NumPy file of the numbers, nothing cut off; or a picture of them.",
        "schema": {"type": "string", "default": FORMATS[0], "enum": list(FORMATS)},
    },
    {
        "name": "channel",
        "in": "query",
        "description": "Which channel a picture with signs shows, from 0.",
        "schema": {"type": "integer", "default": 0, "minimum": 0},
    },
)

# By the endpoint that answers.
OPERATIONS: Mapping[str, Operation] = {
    "api.samples": Operation(
        name="samples",
        summary="The pictures that come with the site",
        answer="All of them, in the order of the page.",
        content=("application/json", listed("Sample")),
    ),
    "api.networks": Operation(
        name="networks",
        summary="The trained networks, layer by layer",
        answer="All of them.",
        content=("application/json", listed("Network")),
    ),
    "api.forward": Operation(
        name="forward",
        summary="What a network makes of a picture",
        parameters=(*PICTURE, *LEARNED),
        answer="The prediction, and the range of every layer's output.",
        content=("application/json", ref("Forward")),
        problems=(400, 404, 410, 422, 503),
    ),
    "api.activations": Operation(
        name="activations",
        summary="The output of one layer",
        parameters=(*PICTURE, "layer", *LEARNED),
        answer="A NumPy file (.npy) of one array (C, H, W); layer=input is the picture as the network sees it.",
        content=(NPY_TYPE, {"type": "string", "format": "binary"}),
        problems=(400, 404, 410, 422, 503),
    ),
    "api.gradients": Operation(
        name="gradients",
        summary="How the loss towards a class changes with a layer's output, input, weights or biases",
        parameters=(*PICTURE, "layer", "of", *LEARNED),
        answer="A NumPy file (.npy) in the shape of what was asked for: (C, H, W), or that of the weights or biases.",
        content=(NPY_TYPE, {"type": "string", "format": "binary"}),
        problems=(400, 404, 410, 422, 503),
    ),
    "api.heat": Operation(
        name="heat",
        summary="Which pixels mattered to a class",
        parameters=(*PICTURE, "against", "heat", *LEARNED),
        answer="A NumPy file (.npy) of one array (C, H, W), or (1, H, W) for cam and occlusion. Without heat it is the "
        "gradient, without target it is about the likeliest class.",
        content=(NPY_TYPE, {"type": "string", "format": "binary"}),
        problems=(400, 404, 410, 422, 503),
    ),
    "api.filter_result": Operation(
        name="filter",
        summary="A picture, and what a kernel makes of it",
        own=_FILTER,
        answer="A NumPy file (.npy) of one array (C, H, W) in float32, where the picture's own numbers go from 0 to 1; "
        "or a picture.",
        content=(NPY_TYPE, {"type": "string", "format": "binary"}),
        problems=(400, 404, 410, 422, 503),
    ),
    "api.trace": Operation(
        name="trace",
        summary="How one number of a layer's output came to be; with of=input, weight or bias, how one gradient did",
        parameters=(*PICTURE, "layer", "cell", "of", "at", *LEARNED),
        answer="Every step and every number that was read for it.",
        content=("application/json", ref("Trace")),
        problems=(400, 404, 410, 422, 503),
    ),
    "uploads.upload_json": Operation(
        name="send_image",
        summary="Give the site a picture; it is kept for two hours after it was last used",
        own=(_TOKEN | {"description": "The token of an earlier picture, for this one to go with it."},),
        body=_FORM,
        status=201,
        answer="What the picture is called, and what deletes it.",
        content=("application/json", ref("Image")),
        problems=(400, 403, 413, 415, 422, 429, 503),
        same=False,
    ),
    "uploads.take_back_json": Operation(
        name="delete_image",
        summary="Have a picture forgotten at once",
        own=(_NAME, _TOKEN | {"required": True, "description": "The `delete_token` that came with the picture."}),
        status=204,
        answer="It is forgotten.",
        content=None,
        problems=(403, 404, 503),
        same=False,
    ),
    "api.openapi": Operation(
        name="openapi",
        summary="This description",
        answer="An OpenAPI 3.1 document.",
        content=("application/json", {"type": "object"}),
    ),
}


def document(routes: Mapping[str, Route], server: str, version: str) -> Json:
    """Describe the API; routes: where each endpoint is reached, server: the address that stands before their paths."""
    if undescribed := set(routes) ^ set(OPERATIONS):
        raise LookupError(f"routes and OPERATIONS must have the same endpoints; these stand on one side: {undescribed}")
    paths: dict[str, Json] = {}
    for endpoint, operation in OPERATIONS.items():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", routes[endpoint].path)
        paths.setdefault(path, {})[routes[endpoint].method] = _operation(operation)
    used = {name for operation in OPERATIONS.values() for name in operation.parameters}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Convscope",
            "version": version,
            "description": "Every number of a convolutional network, and how it came to be. Indices count from 0.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "parameters": {
                param.name: _described(param) for param in PARAMS if param.name in used
            },
            "responses": {f"Problem{status}": _problem(status) for status in PROBLEMS},
            "schemas": dict(SCHEMAS),
        },
    }


def _operation(operation: Operation) -> Json:
    good: Json = {"description": operation.answer}
    if operation.content is not None:
        media, schema = operation.content
        good["content"] = {media: {"schema": schema}}
    answers: Json = {str(operation.status): good}
    if operation.same:
        answers["304"] = {"description": "The answer that If-None-Match names is still the right one."}
    answers |= {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in operation.problems}
    shared = [{"$ref": f"#/components/parameters/{name}"} for name in operation.parameters]
    described: Json = {"operationId": operation.name, "summary": operation.summary, "responses": answers}
    if shared or operation.own:
        described["parameters"] = [*shared, *operation.own]
    if operation.body is not None:
        described["requestBody"] = operation.body
    return described


def _problem(status: int) -> Json:
    described: Json = {"description": PROBLEMS[status], "content": {PROBLEM_TYPE: {"schema": ref("Problem")}}}
    if status in (429, 503):
        described["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return described
