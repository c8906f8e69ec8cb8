"""Where other pictures and other networks lead: to the same place, as far as there is such a place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.passes.network_pass import INPUT, SOFTMAX
from app.passes.patch import first_weight
from app.passes.state import Walk
from app.pictures.reference import ImageRef, sample_kind, sample_names
from app.scenes.values import first_image
from app.scenes.walk_scene import Scene
from app.walk.panels.tour import stop_scene
from cnn_core import Network, Shape


def with_sample(scene: Scene, name: str) -> Scene:
    """Another picture: the layer stays, the cell and what was said of the old picture do not."""
    place = scene if scene.tour is None else stop_scene(scene, scene.tour)
    return place.but(image=ImageRef("sample", name), cell=None, crop="auto", ink="auto")


def in_network(walk: Walk, name: str, network: Network) -> Scene:
    """The same layer and cell in another network, where it has such a layer of the same shape; else its beginning.

    A picture of one's own goes along. A sample of the kind that only the old network knows is exchanged for the new
    one's first, and so is a drawing where colours are wanted.
    """
    changes: dict[str, Any] = {"network": name}
    if sees_colours(walk.network) != sees_colours(network) and not suits(walk.scene.image, network):
        changes |= {"image": first_image(name), "crop": "auto", "ink": "auto"}
    here, there = shapes(walk.network), shapes(network)
    if here[INPUT] != there[INPUT]:
        changes["pixel"] = None
    if first_weight(walk.network).shape != first_weight(network).shape:
        changes["patch"] = None
    others = walk.network.classes != network.classes
    if others:  # a class, a weight and what was learned mean nothing there
        changes |= {"target": None, "against": None, "of": "output", "at": None, "steps": 0, "check": None}
    if walk.scene.tour is not None:
        return replace(stop_scene(walk.scene, walk.scene.tour), **changes)
    if there.get(walk.layer) != here.get(walk.layer) or "image" in changes or others:
        changes["cell"] = None
    if there.get(walk.layer) != here.get(walk.layer):
        changes["layer"] = None
    return walk.scene.but(**changes)


def sees_colours(network: Network) -> bool:
    """Whether a network reads red, green and blue, and not grey."""
    return network.input_shape is not None and network.input_shape[0] == 3


def first_samples(network: Network) -> tuple[str, ...]:
    """The names of the samples that are offered first: photographs where colours are seen, else the ten digits."""
    kind = "photo" if sees_colours(network) else "digit"
    return tuple(sample.name for sample in sample_names() if sample.kind == kind and not sample.another)


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
