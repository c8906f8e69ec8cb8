"""Views of networks, samples and scenes as JSON values: what the pages show, with unrounded numbers."""

from __future__ import annotations

from typing import Any

from app.passes.network_pass import SOFTMAX
from app.passes.state import WalkState
from cnn_core import Read, Step
from cnn_core.layers import kind_of

Described = dict[str, Any]
"""A JSON object."""


def describe_forward(state: WalkState) -> Described:
    """A forward pass: the prediction, all probabilities and logits, and the range of every layer's output."""
    names = state.network.names
    probabilities = state.outputs[SOFTMAX].ravel().tolist()
    return {
        "prediction": {
            "index": state.prediction,
            "label": state.network.classes[state.prediction],
            "probability": probabilities[state.prediction],
        },
        "probabilities": probabilities,
        "logits": state.outputs[names[-1]].ravel().tolist(),
        "layers": [
            {
                "name": name,
                "shape": list(state.outputs[name].shape),
                "min": float(state.outputs[name].min()),
                "max": float(state.outputs[name].max()),
            }
            for name in names
        ],
    }


def describe_trace(state: WalkState) -> Described:
    """The trace of the selected cell. The layer is named because a scene may leave it to the default."""
    trace = state.trace()
    own = state.layer not in state.network.names
    return {
        "layer": state.layer,
        "kind": state.layer if own else kind_of(state.network.layers[state.network.names.index(state.layer)]),
        "cell": list(trace.cell),
        "value": trace.value,
        "steps": [_step(step) for step in trace.steps],
    }


def describe_gradient(state: WalkState) -> Described:
    """The trace of the selected gradient of a layer's input, weights or biases, towards the target class."""
    trace = state.trace_back()
    layer = state.network.layers[state.network.names.index(state.layer)]
    return {
        "layer": state.layer,
        "kind": kind_of(layer),
        "of": state.scene.of,
        "target": state.target,
        "cell": list(trace.cell),
        "value": trace.value,
        "steps": [_step(step) for step in trace.steps],
    }


def _step(step: Step) -> Described:
    return {"op": step.op, "value": step.value, "reads": [_read(read) for read in step.reads]}


def _read(read: Read) -> Described:
    return {"array": read.array, "at": list(read.at), "value": read.value, "padded": read.padded}
