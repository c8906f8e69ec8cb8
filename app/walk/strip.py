"""The strip: every layer with all its maps, from left to right."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup, escape

from app.passes.network_pass import INPUT, LOSS
from app.passes.state import WalkState
from app.render.colours import Sheet
from app.render.numbers import count, number, sides
from app.scenes.links import links
from app.scenes.walk_scene import Scene
from cnn_core import Array
from cnn_core.layers import kind_of as layer_kind
from cnn_core.trace import argmax


@dataclass(frozen=True, kw_only=True)
class MapView:
    """One feature map of the strip, its range and its peak, and the scene that picks it.

    top: where it begins in the sheet of its layer, in cells.
    """

    index: int
    top: int
    least: str
    most: str
    peak: tuple[int, int] | None
    scene: Scene


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
    """One layer. kind is a name of KINDS, "input" or "softmax".

    width, height: of a map, in cells. photo: the input as it looks, where its maps are red,
    green and blue. On the way back `maps` are its gradients, and its outputs stand beside them.
    """

    name: str
    kind: str
    shape: str
    parameters: tuple[str, str] | None
    photo: str | None
    width: int
    height: int
    maps: tuple[MapView, ...]
    beside: Beside | None
    scene: Scene


def kind_of(state: WalkState, name: str) -> str:
    """The kind of a station: "input", "softmax", "loss", or the name of its layer's kind."""
    layer = state.layer_of(name)
    return name if layer is None else layer_kind(layer)


def station(state: WalkState, name: str) -> Station:
    """Show one layer with all its maps; on the way back, with its gradients."""
    output, forward = state.outputs[name], state.scene.way == "forward"
    flat = name == state.network.names[-1]  # the scores are shown as a list, not as maps of one cell
    return Station(
        name=name,
        kind=kind_of(state, name),
        shape=sides(output.shape[:1] if flat else output.shape),
        parameters=_parameters(state, name),
        photo=state.forward.photo if name == INPUT else None,
        width=output.shape[2],
        height=output.shape[1],
        maps=() if flat else _values(state, name) if forward else _gradients(state, name),
        beside=None if flat or forward else _beside(state, name),
        scene=state.scene.but(layer=name),
    )


def _values(state: WalkState, name: str) -> tuple[MapView, ...]:
    """The maps of a layer's output, each a way to its most active cell."""
    scene, output = state.scene, state.outputs[name]
    return tuple(
        _map_view(
            output[channel],
            channel,
            scene.precision,
            scene.but(layer=name, cell=state.most_active(name, channel)),
        )
        for channel in range(len(output))
    )


def _map_view(values: Array, channel: int, precision: str, scene: Scene) -> MapView:
    least, most, peak = float(values.min()), float(values.max()), argmax(values)
    return MapView(
        index=channel,
        top=channel * (len(values) + 1),
        least=number(least, precision),
        most=number(most, precision),
        peak=(peak[0], peak[1]) if least < most else None,
        scene=scene,
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
    return tuple(
        _map_view(
            gradients[channel],
            channel,
            scene.precision,
            _kernel(state, name, channel)
            or scene.but(layer=name, of="output", cell=state.strongest(name, channel)),
        )
        for channel in range(len(gradients))
    )


def sheets(state: WalkState) -> tuple[tuple[str, Sheet], ...]:
    """The maps of every layer that has any as one image, by layer; on the way back, of their gradients."""
    maps = (state.forward if state.scene.way == "forward" else state.backward).maps
    return tuple((name, maps.column(name, state.scene.scope)) for name in state.names if maps.shows(name))


def marks(state: WalkState) -> tuple[str, ...]:
    """What is marked on the strip: the selected station, and the map, the score or the class that the number is of."""
    scene, question = state.scene, state.question
    if scene.way == "forward":
        return state.layer, f"{state.layer}.{state.cell[0]}"
    if question.of == "loss":
        return (LOSS,)
    # The gradient of a layer's input lies on the maps of the layer before it.
    of_input = scene.of == "input"
    name = state.names[state.names.index(state.layer) - 1] if of_input else state.layer
    return state.layer, f"{name}.{question.at[0]}"


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


def map_links(station: Station, words: str, flat_words: str, *, frames: bool) -> Markup:
    """Every map as a link that shows its part of the station's sheet; a template takes ten times as long for dozens.

    words: a sentence on a map, with {places} for its facts; flat_words: that on a map of one value, translated both.
    frames: whether frames of receptive fields are drawn on it.
    """
    found = []
    for each in station.maps:
        sentence = words if each.peak else flat_words
        said = sentence.format(layer=station.name, map=each.index, least=each.least, most=each.most, peak=each.peak)
        top = f' y="-{each.top}"' if each.top else ""
        frame = f'<use href="#f-{station.name}-{each.index}"/>' if frames else ""
        found.append(
            f'<a class="map" {links(each.scene)} data-mark="{station.name}.{each.index}"><svg class="plate" '
            f'viewBox="0 0 {station.width} {station.height}" role="img" aria-label="{escape(said)}">'
            f'<use href="#sheet-{station.name}"{top}/>{frame}</svg></a>'
        )
    return Markup("\n".join(found))
