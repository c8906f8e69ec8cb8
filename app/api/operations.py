"""The table of operations of the API: the parameters of each address and its answers, by endpoint.

The query parameters come from the scenes' own tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.api.schemas import listed, ref
from app.scenes.filter_params import FILTER_PARAMS, FORMATS
from app.scenes.parameter_table import Param
from app.web.rooms import Room

Json = dict[str, Any]

PREFIX = "/api/v1"
NPY_TYPE = "application/octet-stream"
"""There is no registered media type for NumPy files; the name in Content-Disposition ends in .npy."""

PICTURE = ("network", "image", "crop", "ink", "patch")
LEARNED = ("target", "steps", "rate", "optimizer")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What one endpoint takes and answers.

    parameters: names in PARAMS that it reads; all others are ignored. own: parameters of this operation alone.
    body: its request body. status, answer, content: of a successful answer, its media type and schema; None without a
    body. problems: statuses of its errors. same: whether an address always has the same answer, and so an ETag and 304.
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
"""The parameters that the filtered picture depends on; the others change its page only."""


def described(param: Param) -> Json:
    """Describe a query parameter of a scene's table."""
    return {"name": param.name, "in": "query", "description": param.meaning, "schema": dict(param.schema)}


# The filter explorer's table uses some of the walk's names with other meanings, so its parameters are not shared.
_FILTER: tuple[Json, ...] = (
    *(described(param) for param in FILTER_PARAMS if param.name in OF_FILTER),
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
"""By endpoint."""


def of_room(room: Room[Any]) -> Operation:
    """Describe the answer of a room that has one in the API."""
    return Operation(
        name=room.name,
        summary=(room.describe.__doc__ or room.name).strip().partition("\n")[0],
        own=tuple(described(param) for param in room.scene.table.params),
        answer="What the page of this scene shows, as JSON.",
        content=("application/json", {"type": "object"}),
        problems=(400, 404, 410, 422, 503),
    )
