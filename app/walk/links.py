"""Links to the same scene with another picture or network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.passes.network_facts import first_weight, sees_colours, shapes, suits
from app.passes.network_pass import INPUT
from app.passes.state import WalkState
from app.pictures.reference import ImageRef
from app.scenes.values import first_image
from app.scenes.walk_scene import Scene
from app.walk.panels.tour import stop_scene
from cnn_core import Network


def with_sample(scene: Scene, name: str) -> Scene:
    """Another picture: the layer stays, the cell and what was said of the old picture do not."""
    place = scene if scene.tour is None else stop_scene(scene, scene.tour)
    return place.but(image=ImageRef("sample", name), cell=None, crop="auto", ink="auto")


def in_network(state: WalkState, name: str, network: Network) -> Scene:
    """The same layer and cell in another network, where it has such a layer of the same shape; else its beginning.

    A picture of one's own goes along. A sample of the kind that only the old network knows is exchanged for the new
    one's first, and so is a drawing where colours are wanted.
    """
    changes: dict[str, Any] = {"network": name}
    if sees_colours(state.network) != sees_colours(network) and not suits(state.scene.image, network):
        changes |= {"image": first_image(name), "crop": "auto", "ink": "auto"}
    here, there = shapes(state.network), shapes(network)
    if here[INPUT] != there[INPUT]:
        changes["pixel"] = None
    if first_weight(state.network).shape != first_weight(network).shape:
        changes["patch"] = None
    others = state.network.classes != network.classes
    if others:  # a class, a weight and what was learned mean nothing there
        changes |= {"target": None, "against": None, "of": "output", "at": None, "steps": 0, "check": None}
    if state.scene.tour is not None:
        return replace(stop_scene(state.scene, state.scene.tour), **changes)
    if there.get(state.layer) != here.get(state.layer) or "image" in changes or others:
        changes["cell"] = None
    if there.get(state.layer) != here.get(state.layer):
        changes["layer"] = None
    return state.scene.but(**changes)
