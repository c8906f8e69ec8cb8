"""What the API lists: the samples and the networks."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from app.api.json_views import Described
from app.pictures.samples import sample_names
from cnn_core import Network
from cnn_core.layers import kind_of
from cnn_core.zoo import entry


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
