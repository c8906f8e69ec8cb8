"""The strip: every layer with all its maps, from left to right."""

from __future__ import annotations

from dataclasses import dataclass

from app.passes.network_pass import INPUT
from app.passes.state import WalkState
from app.render.figures import Plate, plate
from app.render.numbers import count, number, sides
from app.scenes.walk_scene import Scene
from app.walk.receptive_field import ReceptiveFields
from app.walk.step_bar import at_layer
from cnn_core.layers import kind_of as layer_kind


@dataclass(frozen=True, kw_only=True)
class MapView:
    """One feature map of the strip, and the scene that picks it."""

    index: int
    plate: Plate
    scene: Scene
    picked: bool


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What a layer gave, small, beside its gradients: its maps as one picture, their range, and the way forward."""

    uri: str
    width: int
    height: int
    least: str
    most: str
    scene: Scene


@dataclass(frozen=True, kw_only=True)
class Station:
    """One layer. kind is a name of KINDS, "input" or "softmax"; ahead: the picked cell does not need it.

    photo: the input as it looks, where its maps are red, green and blue.
    On the way back `maps` are its gradients, and its outputs stand beside them.
    """

    name: str
    kind: str
    shape: str
    parameters: tuple[str, str] | None
    photo: Plate | None
    maps: tuple[MapView, ...]
    beside: Beside | None
    scene: Scene
    picked: bool
    ahead: bool


def kind_of(state: WalkState, name: str) -> str:
    """The kind of a station: "input", "softmax", "loss", or the name of its layer's kind."""
    layer = state.layer_of(name)
    return name if layer is None else layer_kind(layer)


def station(state: WalkState, name: str, receptive_fields: ReceptiveFields) -> Station:
    """Show one layer with all its maps; on the way back, with its gradients."""
    output, forward = state.outputs[name], state.scene.way == "forward"
    picked = name == state.layer
    flat = name == state.network.names[-1]  # the scores are shown as a list, not as maps of one cell
    behind = state.names.index(name) > state.names.index(state.layer)
    return Station(
        name=name,
        kind=kind_of(state, name),
        shape=sides(output.shape[:1] if flat else output.shape),
        parameters=_parameters(state, name),
        photo=_photo(state, receptive_fields) if name == INPUT else None,
        maps=() if flat else _values(state, name, receptive_fields) if forward else _gradients(state, name),
        beside=None if flat or forward else _beside(state, name),
        scene=state.scene.but(layer=name) if forward else at_layer(state, name),
        picked=picked,
        ahead=behind if forward else name != state.layer and not behind,
    )


def _photo(state: WalkState, receptive_fields: ReceptiveFields) -> Plate | None:
    """The input in its colours, with the frames that all of its channels share; None where it is grey."""
    if state.forward.photo is None:
        return None
    channel = state.cell[0] if state.layer == INPUT else 0
    return plate(
        state.outputs[INPUT][channel],
        state.forward.photo,
        state.scene.precision,
        box=receptive_fields.seen_box(INPUT, channel),
        seers=receptive_fields.seers_box(INPUT, channel),
    )


def _values(state: WalkState, name: str, receptive_fields: ReceptiveFields) -> tuple[MapView, ...]:
    """The maps of a layer's output, each a way to its most active cell."""
    scene, output, pictures = state.scene, state.outputs[name], state.forward.maps.pictures(state.scene.scope)[name]
    return tuple(
        MapView(
            index=channel,
            plate=plate(
                output[channel],
                pictures[channel],
                scene.precision,
                box=receptive_fields.seen_box(name, channel),
                seers=receptive_fields.seers_box(name, channel),
            ),
            scene=scene.but(layer=name, cell=state.most_active(name, channel)),
            picked=name == state.layer and channel == state.cell[0],
        )
        for channel in range(len(output))
    )


def _beside(state: WalkState, name: str) -> Beside:
    output, scene = state.outputs[name], state.scene
    uri, width, height = state.forward.maps.sheet(name, scene.scope)
    return Beside(
        uri=uri,
        width=width,
        height=height,
        least=number(float(output.min()), scene.precision),
        most=number(float(output.max()), scene.precision),
        scene=scene.but(way="forward", of="output", at=None, layer=name, cell=None, tour=None),
    )


def _gradients(state: WalkState, name: str) -> tuple[MapView, ...]:
    """The gradients by the maps of a layer's output, each a way to the largest of them."""
    scene, gradients = state.scene, state.backward.outputs[name]
    pictures = state.backward.maps.pictures(scene.scope)[name]
    return tuple(
        MapView(
            index=channel,
            plate=plate(gradients[channel], pictures[channel], scene.precision),
            scene=_kernel(state, name, channel)
            or scene.but(layer=name, of="output", cell=state.strongest(name, channel)),
            picked=channel == _picked_map(state, name),
        )
        for channel in range(len(gradients))
    )


def _picked_map(state: WalkState, name: str) -> int | None:
    """Which map of a station the picked gradient belongs to: that of the number itself, of its kernel or its bias."""
    question = state.question
    if state.scene.of in ("weight", "bias"):
        return question.at[0] if name == state.layer else None
    if question.of != "input":
        return None
    return question.at[0] if name == state.names[state.names.index(question.layer) - 1] else None


def _kernel(state: WalkState, name: str, channel: int) -> Scene | None:
    """Where weights or biases are asked for: those of the kernel that made this map."""
    if name != state.layer or state.scene.of not in ("weight", "bias") or state.scene.at is None:
        return None
    return state.scene.but(at=(channel, *state.scene.at[1:]), cell=None)


def _parameters(state: WalkState, name: str) -> tuple[str, str] | None:
    """The arithmetic of a layer's parameters, as in 16x(8x3x3+1) and 1,168; None where there are none."""
    layer = state.layer_of(name)
    if layer is None or "weight" not in layer.params:
        return None
    weight, bias = layer.params["weight"], layer.params["bias"]
    out, *rest = weight.shape
    each = "\N{MULTIPLICATION SIGN}".join(map(str, rest))
    return f"{out}\N{MULTIPLICATION SIGN}({each}+1)", count(weight.size + bias.size)
