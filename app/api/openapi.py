"""The API's description of itself, an OpenAPI 3.1 document.

Parameters come from the scenes' tables, addresses from the routes of the running site. Only the answers are written
down by hand (operations.py, schemas.py), and the tests check real ones against them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.api.operations import OPERATIONS, Operation, described
from app.api.schemas import PROBLEM_TYPE, SCHEMAS, ref
from app.scenes.walk_params import PARAMS

Json = dict[str, Any]

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
    """Where an operation is reached. path: below PREFIX, as "/images/upload.<name>"; method: in lower case."""

    path: str
    method: str


def document(
    routes: Mapping[str, Route], server: str, version: str, of_rooms: Mapping[str, Operation] | None = None
) -> Json:
    """Build the document.

    routes: the route of each endpoint. server: the URL before their paths. version: of the project.
    of_rooms: the operations of rooms, by their endpoints, besides OPERATIONS.
    Raises LookupError where an endpoint has a route but no operation, or the reverse.
    """
    operations = {**OPERATIONS, **(of_rooms or {})}
    if undescribed := set(routes) ^ set(operations):
        raise LookupError(f"routes and OPERATIONS must have the same endpoints; these stand on one side: {undescribed}")
    paths: dict[str, Json] = {}
    for endpoint, operation in operations.items():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", routes[endpoint].path)
        paths.setdefault(path, {})[routes[endpoint].method] = _operation(operation)
    used = {name for operation in operations.values() for name in operation.parameters}
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
            "parameters": {param.name: described(param) for param in PARAMS if param.name in used},
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
