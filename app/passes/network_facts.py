"""Facts about a network that do not depend on a picture."""

from __future__ import annotations

from math import prod

import numpy as np

from app.passes.network_pass import INPUT, SOFTMAX
from app.pictures.reference import ImageRef
from app.pictures.samples import sample_kind, sample_names
from cnn_core import Array, Conv, Network, Shape


def first_convolution(network: Network) -> str:
    """The name of the layer where the walk begins; without a convolution, the first of all."""
    kinds = zip(network.names, network.layers, strict=True)
    return next((name for name, layer in kinds if isinstance(layer, Conv)), network.names[0])


def first_weight(network: Network) -> Array:
    """(F, C, kh, kw): the kernels of the first convolution; F is 0 where there is none."""
    return next((layer.weight for layer in network.layers if isinstance(layer, Conv)), np.zeros((0, 1, 1, 1)))


def sees_colours(network: Network) -> bool:
    """Whether a network reads red, green and blue, and not grey."""
    return network.input_shape is not None and network.input_shape[0] == 3


def first_samples(network: Network) -> tuple[str, ...]:
    """The names of the samples that are offered first: photographs where colours are seen, else the ten digits."""
    kind = "photo" if sees_colours(network) else "digit"
    return tuple(sample.name for sample in sample_names() if sample.kind == kind and not sample.another)


def class_labels(network: Network) -> tuple[str, ...]:
    """What the network's outputs stand for; where it does not say, their numbers from 0."""
    return tuple(network.classes) or tuple(map(str, range(prod(shapes(network)[SOFTMAX]))))


def suits(image: ImageRef, network: Network) -> bool:
    """Whether a picture is of a kind that the network could have learned from; of an upload nobody knows."""
    if image.kind == "sample":
        return sample_kind(image.name) not in (("digit",) if sees_colours(network) else ("photo",))
    return image.kind == "upload" or not sees_colours(network)


def shapes(network: Network) -> dict[str, Shape]:
    """The shape of every station by its name, from "input" to "softmax"."""
    if network.input_shape is None:
        raise TypeError("a network of the walk must say what it reads")
    found = network.shapes(network.input_shape)
    return dict(zip((INPUT, *network.names, SOFTMAX), (*found, found[-1]), strict=True))
