"""Views of networks, samples and scenes as JSON values: what the pages show, with unrounded numbers."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from app.passes.network_pass import SOFTMAX
from app.passes.state import WalkState
from app.pictures.samples import sample_names
from cnn_core import Network, Read, Step
from cnn_core.layers import kind_of
from cnn_core.zoo import entry

Described = dict[str, Any]
"""A JSON object."""


def describe_samples() -> list[Described]:
    """The samples, each with its value of the parameter `image`."""
    return [{"name": sample.name, "kind": sample.kind, "image": f"sample.{sample.name}"} for sample in sample_names()]


def describe_networks(networks: Mapping[str, Network]) -> list[Described]:
    """The networks, with the output shape and the number of parameters of each layer."""
    return [_network(name, network) for name, network in networks.items()]


def _network(name: str, network: Network) -> Described:
    stated = entry(name)
    shapes = network.shapes(stated.input_shape)[1:]
    return {
        "name": name,
        "title": stated.title,
        "input_shape": list(stated.input_shape),
        "classes": list(network.classes),
        "accuracy": {"dataset": stated.dataset, "value": stated.accuracy},
        "layers": [
            {
                "name": layer_name,
                "kind": kind_of(layer),
                "output_shape": list(shape),
                "parameters": sum(prod(array.shape) for array in layer.params.values()),
            }
            for layer_name, layer, shape in zip(network.names, network.layers, shapes, strict=True)
        ],
    }


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
