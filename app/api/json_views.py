"""Views of networks, samples and scenes as JSON values: what the pages show, with unrounded numbers."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from app.passes.network_pass import SOFTMAX
from app.passes.state import Walk
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


def describe_forward(walk: Walk) -> Described:
    """A forward pass: the prediction, all probabilities and logits, and the range of every layer's output."""
    names = walk.network.names
    probabilities = walk.outputs[SOFTMAX].ravel().tolist()
    return {
        "prediction": {
            "index": walk.prediction,
            "label": walk.network.classes[walk.prediction],
            "probability": probabilities[walk.prediction],
        },
        "probabilities": probabilities,
        "logits": walk.outputs[names[-1]].ravel().tolist(),
        "layers": [
            {
                "name": name,
                "shape": list(walk.outputs[name].shape),
                "min": float(walk.outputs[name].min()),
                "max": float(walk.outputs[name].max()),
            }
            for name in names
        ],
    }


def describe_trace(walk: Walk) -> Described:
    """The trace of the selected cell. The layer is named because a scene may leave it to the default."""
    trace = walk.trace()
    own = walk.layer not in walk.network.names
    return {
        "layer": walk.layer,
        "kind": walk.layer if own else kind_of(walk.network.layers[walk.network.names.index(walk.layer)]),
        "cell": list(trace.cell),
        "value": trace.value,
        "steps": [_step(step) for step in trace.steps],
    }


def describe_gradient(walk: Walk) -> Described:
    """The trace of the selected gradient of a layer's input, weights or biases, towards the target class."""
    trace = walk.retrace()
    layer = walk.network.layers[walk.network.names.index(walk.layer)]
    return {
        "layer": walk.layer,
        "kind": kind_of(layer),
        "of": walk.scene.of,
        "target": walk.target,
        "cell": list(trace.cell),
        "value": trace.value,
        "steps": [_step(step) for step in trace.steps],
    }


def _step(step: Step) -> Described:
    return {"op": step.op, "value": step.value, "reads": [_read(read) for read in step.reads]}


def _read(read: Read) -> Described:
    return {"array": read.array, "at": list(read.at), "value": read.value, "padded": read.padded}
