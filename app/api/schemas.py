"""JSON Schemas of the API's answers: their fields, and what each field means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnn_core import KINDS

Json = dict[str, Any]

PROBLEM_TYPE = "application/problem+json"


def ref(name: str) -> Json:
    """A reference to one of SCHEMAS."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(name: str) -> Json:
    """An array whose items one of SCHEMAS describes."""
    return {"type": "array", "items": ref(name)}


def _object(meaning: str, fields: Mapping[str, Json], optional: tuple[str, ...] = ()) -> Json:
    return {
        "type": "object",
        "description": meaning,
        "properties": dict(fields),
        "required": [name for name in fields if name not in optional],
    }


def _place(meaning: str, least: int) -> Json:
    return {
        "type": "array",
        "description": meaning,
        "items": {"type": "integer", "minimum": least},
        "minItems": 3,
        "maxItems": 3,
    }


def _text(meaning: str) -> Json:
    return {"type": "string", "description": meaning}


def _number(meaning: str) -> Json:
    return {"type": "number", "description": meaning}


def _count(meaning: str, least: int = 0) -> Json:
    return {"type": "integer", "description": meaning, "minimum": least}


_NUMBERS: Json = {"type": "array", "items": {"type": "number"}}
_SHARE: Json = {"type": "number", "minimum": 0, "maximum": 1}
_SHAPE = _place("Channels, height, width.", 1)

SCHEMAS: Mapping[str, Json] = {
    "Sample": _object(
        "A picture that comes with the site.",
        {
            "name": _text("Its name."),
            "kind": {"type": "string", "enum": ["digit", "pattern", "photo"]},
            "image": _text("What it is called in the parameter `image`."),
        },
    ),
    "Network": _object(
        "A trained network.",
        {
            "name": _text("What it is called in the parameter `network`."),
            "title": _text("Its name in words, in English."),
            "input_shape": _SHAPE,
            "classes": {"type": "array", "items": {"type": "string"}, "description": "What its logits stand for."},
            "accuracy": _object(
                "How often it is right.",
                {"dataset": _text("On what it was counted."), "value": _SHARE | {"description": "The share."}},
            ),
            "layers": listed("Layer"),
        },
    ),
    "Layer": _object(
        "One layer of a network.",
        {
            "name": _text("What it is called in the parameter `layer`."),
            "kind": {"type": "string", "enum": list(KINDS)},
            "output_shape": _SHAPE,
            "parameters": _count("How many numbers it learned."),
        },
    ),
    "Forward": _object(
        "What a network makes of a picture.",
        {
            "prediction": _object(
                "The likeliest class.",
                {"index": _count("Its place among the classes."), "label": _text("Its name."), "probability": _SHARE},
            ),
            "probabilities": _NUMBERS | {"description": "Of each class; they add up to 1.", "items": _SHARE},
            "logits": _NUMBERS | {"description": "What the last layer gave for each class, before softmax."},
            "layers": listed("Output"),
        },
    ),
    "Output": _object(
        "The range of one layer's output.",
        {
            "name": _text("The layer's name."),
            "shape": _SHAPE,
            "min": _number("The smallest number in it."),
            "max": _number("The largest number in it."),
        },
    ),
    "Trace": _object(
        "How one number came to be. The values of the steps add up to it; of a softmax, the last step is the value.",
        {
            "layer": _text("The layer that gave it."),
            "kind": {"type": "string", "enum": ["input", *KINDS, "softmax", "loss"]},
            "of": {"type": "string", "description": "Of a gradient: whose.", "enum": ["input", "weight", "bias"]},
            "target": {"type": "integer", "description": "Of a gradient: the class that the loss asks for."},
            "cell": _place("Its place: channel, row, column; of a weight or a bias, its place in that array.", 0),
            "value": _number("The number itself."),
            "steps": listed("Step"),
        },
        optional=("of", "target"),
    ),
    "Step": _object(
        "One operation.",
        {
            "op": {
                "type": "string",
                "description": "multiply: the product of two reads. add: one read. max, mean: of a window. gate: the "
                "read where it is positive, else 0. exp: e to the first read less the second. sum: of all reads. "
                "divide: the first read by the second. log: of the one read. minus: the first read less the second. "
                "read: taken from the picture. Of gradients: route: the second read, where the first, the winner, is "
                "the cell asked for, else 0. share: the first read by the second. pass: the second read, where the "
                "first is positive, else 0.",
                "enum": [
                    *("multiply", "add", "max", "mean", "gate", "exp", "sum", "divide", "log", "minus", "read"),
                    *("route", "share", "pass"),
                ],
            },
            "value": _number("Its result."),
            "reads": listed("Read"),
        },
    ),
    "Read": _object(
        "One number that was looked up.",
        {
            "array": _text(
                "Where: input (what the layer was given), weight, bias, picture, output_gradient, probability, answer, "
                "count; exponential, sum, log, shifted: a step."
            ),
            "at": {
                "type": "array",
                "items": {"type": "integer"},
                "description": "Its place there; in the padding, row or column may be negative or past the end.",
            },
            "value": _number("The number that stands there."),
            "padded": {"type": "boolean", "description": "Whether it lies in the padding and was never in the array."},
        },
    ),
    "Image": _object(
        "A picture that was sent.",
        {
            "image": _text("What it is called in the parameter `image`."),
            "width": _count("In pixels, as it is kept: the longer side is at most 1024.", 1),
            "height": _count("In pixels, as it is kept.", 1),
            "delete_token": _text("Sent back as the header X-Delete-Token, it deletes the picture."),
        },
    ),
    "Problem": _object(
        "What was expected, what came, and what to do next (RFC 9457).",
        {
            "type": {"type": "string", "format": "uri", "description": "urn:convscope: and the code."},
            "title": _text("What the status means, in the language that Accept-Language asks for."),
            "status": _count("The HTTP status.", 400),
            "detail": _text("One or two sentences on this very problem, in the same language."),
            "code": _text("The name of the problem; it does not change with the language."),
            "nearest": {"type": "string", "format": "uri-reference", "description": "The nearest address that works."},
        },
        optional=("nearest",),
    ),
}
