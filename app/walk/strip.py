"""The strip: the whole network from left to right, every layer with all its maps, and what it makes of the picture."""

from __future__ import annotations

from dataclasses import dataclass

from app.passes.network_pass import INPUT
from app.passes.state import Walk
from app.render.figures import Plate, plate
from app.render.numbers import count, number, sides
from app.scenes.walk_scene import Scene
from app.walk.receptive_field import Sight
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


def kind_of(walk: Walk, name: str) -> str:
    """The kind of a station: "input", "softmax", "loss", or the name of its layer's kind."""
    layer = walk.layer_of(name)
    return name if layer is None else layer_kind(layer)


def station(walk: Walk, name: str, sight: Sight) -> Station:
    """Show one layer with all its maps; on the way back, with its gradients."""
    output, forward = walk.outputs[name], walk.scene.way == "forward"
    picked = name == walk.layer
    flat = name == walk.network.names[-1]  # the scores are shown as a list, not as maps of one cell
    behind = walk.names.index(name) > walk.names.index(walk.layer)
    return Station(
        name=name,
        kind=kind_of(walk, name),
        shape=sides(output.shape[:1] if flat else output.shape),
        parameters=_parameters(walk, name),
        photo=_photo(walk, sight) if name == INPUT else None,
        maps=() if flat else _values(walk, name, sight) if forward else _gradients(walk, name),
        beside=None if flat or forward else _beside(walk, name),
        scene=walk.scene.but(layer=name) if forward else at_layer(walk, name),
        picked=picked,
        ahead=behind if forward else name != walk.layer and not behind,
    )


def _photo(walk: Walk, sight: Sight) -> Plate | None:
    """The input in its colours, with the frames that all of its channels share; None where it is grey."""
    if walk.sent.photo is None:
        return None
    channel = walk.cell[0] if walk.layer == INPUT else 0
    return plate(
        walk.outputs[INPUT][channel],
        walk.sent.photo,
        walk.scene.precision,
        box=sight.seen_box(INPUT, channel),
        seers=sight.seers_box(INPUT, channel),
    )


def _values(walk: Walk, name: str, sight: Sight) -> tuple[MapView, ...]:
    """The maps of a layer's output, each a way to its most active cell."""
    scene, output, pictures = walk.scene, walk.outputs[name], walk.sent.maps.pictures(walk.scene.scope)[name]
    return tuple(
        MapView(
            index=channel,
            plate=plate(
                output[channel],
                pictures[channel],
                scene.precision,
                box=sight.seen_box(name, channel),
                seers=sight.seers_box(name, channel),
            ),
            scene=scene.but(layer=name, cell=walk.most_active(name, channel)),
            picked=name == walk.layer and channel == walk.cell[0],
        )
        for channel in range(len(output))
    )


def _beside(walk: Walk, name: str) -> Beside:
    output, scene = walk.outputs[name], walk.scene
    uri, width, height = walk.sent.maps.sheet(name, scene.scope)
    return Beside(
        uri=uri,
        width=width,
        height=height,
        least=number(float(output.min()), scene.precision),
        most=number(float(output.max()), scene.precision),
        scene=scene.but(way="forward", of="output", at=None, layer=name, cell=None, tour=None),
    )


def _gradients(walk: Walk, name: str) -> tuple[MapView, ...]:
    """The gradients by the maps of a layer's output, each a way to the largest of them."""
    scene, gradients, pictures = walk.scene, walk.back.outputs[name], walk.back.maps.pictures(walk.scene.scope)[name]
    return tuple(
        MapView(
            index=channel,
            plate=plate(gradients[channel], pictures[channel], scene.precision),
            scene=_kernel(walk, name, channel)
            or scene.but(layer=name, of="output", cell=walk.strongest(name, channel)),
            picked=channel == _picked_map(walk, name),
        )
        for channel in range(len(gradients))
    )


def _picked_map(walk: Walk, name: str) -> int | None:
    """Which map of a station the picked gradient belongs to: that of the number itself, of its kernel or its bias."""
    question = walk.question
    if walk.scene.of in ("weight", "bias"):
        return question.at[0] if name == walk.layer else None
    if question.of != "input":
        return None
    return question.at[0] if name == walk.names[walk.names.index(question.layer) - 1] else None


def _kernel(walk: Walk, name: str, channel: int) -> Scene | None:
    """Where weights or biases are asked for: those of the kernel that made this map."""
    if name != walk.layer or walk.scene.of not in ("weight", "bias") or walk.scene.at is None:
        return None
    return walk.scene.but(at=(channel, *walk.scene.at[1:]), cell=None)


def _parameters(walk: Walk, name: str) -> tuple[str, str] | None:
    """The arithmetic of a layer's parameters, as in 16x(8x3x3+1) and 1,168; None where there are none."""
    layer = walk.layer_of(name)
    if layer is None or "weight" not in layer.params:
        return None
    weight, bias = layer.params["weight"], layer.params["bias"]
    out, *rest = weight.shape
    each = "\N{MULTIPLICATION SIGN}".join(map(str, rest))
    return f"{out}\N{MULTIPLICATION SIGN}({each}+1)", count(weight.size + bias.size)
