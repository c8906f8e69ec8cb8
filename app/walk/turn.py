"""What a control changes on the walk: some parameters, and what has to change with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.passes.network_pass import INPUT, LOSS, SOFTMAX
from app.passes.state import WalkState
from app.scenes.walk_scene import Scene
from app.walk.links import in_network
from app.walk.panels.tour import stop_scene
from app.walk.step_bar import at_layer
from cnn_core import Network


def turn(state: WalkState, changes: Mapping[str, Any], networks: Mapping[str, Network]) -> Scene:
    """Return the scene with these changes; what they say nothing about stays, as far as it means anything then."""
    scene = state.scene
    if changes.get("network", scene.network) != scene.network and changes["network"] in networks:
        scene = in_network(state, changes["network"], networks[changes["network"]])
    elif changes.get("tour") is not None:
        scene = stop_scene(scene, changes["tour"])
    elif "image" in changes:
        scene = stop_scene(scene, scene.tour) if scene.tour is not None else scene
        scene = scene.but(cell=None, crop="auto", ink="auto")
    elif changes.get("way", scene.way) != scene.way and "layer" not in changes:
        scene = _turned_round(state)
    elif _is_layer_alone(changes) and scene.way == "backward":
        scene = at_layer(state, changes["layer"])
    return scene.but(**changes)


def _is_layer_alone(changes: Mapping[str, Any]) -> bool:
    """Whether another layer is asked for, and not what there."""
    return changes.get("layer") is not None and not {"of", "cell", "at"} & set(changes)


def _turned_round(state: WalkState) -> Scene:
    """The other way, at the same place; what was asked there is asked of the number itself."""
    scene = state.scene
    way = "backward" if scene.way == "forward" else "forward"
    if state.layer_of(state.layer) is None and state.layer != INPUT:
        return scene.but(way=way, layer={"forward": SOFTMAX, "backward": LOSS}[way], cell=None, tour=None)
    return scene.but(way=way, of="output", at=None, layer=state.layer, tour=None)
