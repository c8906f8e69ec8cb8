"""The walk goes through a network with one picture: fitted, sent forward, and stopped at the cell that was picked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from app.fitting import Crop, Fitted, Ink, fit
from app.images import ImageRef, is_kept, open_picture
from app.intake import PICTURE_SECONDS
from app.paint import limit, map_picture
from app.refusal import Refusal
from app.remembered import Remembered
from app.scene import Scene
from app.store import Store
from app.tour import Stop, stops
from app.vocabulary import Scope
from cnn_core import Array, Cell, Conv, Network, Read, Step, Trace, explain_softmax, softmax

INPUT, SOFTMAX = "input", "softmax"


@dataclass(frozen=True, eq=False)
class Sent:
    """One picture, fitted and sent through one network.

    size: width and height of the picture before it was fitted, in pixels.
    outputs: what every layer gave, (C, H, W) each, by name; "input" comes first and "softmax" last.
    """

    network: Network
    fitted: Fitted
    size: tuple[int, int]
    outputs: Mapping[str, Array]

    @cached_property
    def pictures(self) -> Pictures:
        """Every map of every layer as a picture's address, by scope and name."""
        return Pictures(self)

    @cached_property
    def peaks(self) -> Mapping[str, tuple[Cell, ...]]:
        """Where the largest output of every map of every layer stands; the first one in reading order."""
        return {name: tuple(_peak(output, at) for at in range(len(output))) for name, output in self.outputs.items()}

    @cached_property
    def stops(self) -> tuple[Stop, ...]:
        """The stops of the tour on this picture."""
        return stops(self.network, self.outputs)

    @cached_property
    def widest(self) -> float:
        """The largest distance from zero of any layer that is shown as maps."""
        return max(limit(output) for output in self.outputs.values() if is_mapped(output))

    def scale(self, name: str, channel: int, scope: Scope) -> float:
        """How far the colours of one map reach from zero."""
        if scope == "network" and is_mapped(self.outputs[name]):
            return self.widest
        return limit(self.outputs[name][channel] if scope == "map" else self.outputs[name])


class Pictures(dict[Scope, Mapping[str, tuple[str, ...]]]):
    """The painted maps of all layers, each scope when it is first asked for."""

    def __init__(self, sent: Sent) -> None:
        super().__init__()
        self._sent = sent

    def __missing__(self, scope: Scope) -> Mapping[str, tuple[str, ...]]:
        painted = {
            name: tuple(map_picture(values, self._sent.scale(name, at, scope)) for at, values in enumerate(output))
            for name, output in self._sent.outputs.items()
            if is_mapped(output)
        }
        return self.setdefault(scope, painted)


def _peak(output: Array, channel: int) -> Cell:
    i, j = np.unravel_index(int(output[channel].argmax()), output.shape[1:])
    return channel, int(i), int(j)


def is_mapped(output: Array) -> bool:
    """Whether a layer is shown as maps; scores, (K, 1, 1), are shown as a list."""
    return output.shape[1:] != (1, 1)


class Walker:
    """Sends pictures through networks, and remembers the last few: most presses only pick another cell."""

    def __init__(self, networks: Mapping[str, Network], store: Store, remembered: int = 32) -> None:
        self.networks = networks
        self._store = store
        self._remembered: Remembered[tuple[str, ImageRef, Crop, Ink], Sent] = Remembered(remembered, PICTURE_SECONDS)

    def send(self, network: str, image: ImageRef, crop: Crop, ink: Ink) -> Sent:
        """Fit a picture to a network and send it through.

        Raises Refusal: 404 unknown network or sample; 410 forgotten picture; 422 a crop outside the picture.
        """
        self._check_kept(image)  # one that was deleted is not shown from memory
        sent = self._remembered.get((network, image, crop, ink))
        if sent is None:
            sent = self._send(network, image, crop, ink)
            self._remembered.put((network, image, crop, ink), sent)
            self._check_kept(image)  # whoever deleted it meanwhile found nothing here to forget
        return sent

    def forget(self, image: ImageRef) -> None:
        """Let go of all that was made of a picture."""
        self._remembered.forget(lambda key: key[1] == image)

    def _check_kept(self, image: ImageRef) -> None:
        if not is_kept(image, self._store):
            self.forget(image)
            raise Refusal(410, "picture-forgotten")

    def _send(self, name: str, image: ImageRef, crop: Crop, ink: Ink) -> Sent:
        network = find_network(name, self.networks)
        if network.input_shape is None:
            raise TypeError("a network of the walk must say what it reads")
        picture = open_picture(image, self._store)
        fitted = fit(picture, network.input_shape, crop, ink)
        activations = network.activations(fitted.x[None])
        arrays = (*activations, softmax(activations[-1]))
        stations = (INPUT, *network.names, SOFTMAX)
        return Sent(
            network, fitted, picture.size, {name: array[0] for name, array in zip(stations, arrays, strict=True)}
        )


@dataclass(frozen=True, eq=False)
class Walk:
    """A scene with its layer and its cell filled in, and its picture sent through its network."""

    scene: Scene
    sent: Sent

    @property
    def network(self) -> Network:
        """The network that is walked through."""
        return self.sent.network

    @property
    def outputs(self) -> Mapping[str, Array]:
        """What every layer gave."""
        return self.sent.outputs

    @property
    def stop(self) -> Stop | None:
        """The stop of the tour that the reader has come to, whether or not they have looked elsewhere since."""
        return None if self.scene.tour is None else self.sent.stops[self.scene.tour - 1]

    @property
    def layer(self) -> str:
        """The picked layer."""
        return self.scene.layer or first_convolution(self.network)

    @property
    def cell(self) -> Cell:
        """The picked cell of that layer."""
        return self.scene.cell or (0, 0, 0)

    @property
    def names(self) -> tuple[str, ...]:
        """All stations of the walk, from "input" to "softmax"."""
        return tuple(self.outputs)

    @property
    def prediction(self) -> int:
        """The likeliest class."""
        return int(self.outputs[SOFTMAX].argmax())

    def before(self, name: str) -> Array:
        """What a layer was given, (C, H, W)."""
        return self.outputs[self.names[self.names.index(name) - 1]]

    def most_active(self, name: str, channel: int | None = None) -> Cell:
        """Where the largest output of a layer stands, or of one of its maps; the first one in reading order."""
        peaks, output = self.sent.peaks[name], self.outputs[name]
        return peaks[channel] if channel is not None else max(peaks, key=lambda cell: float(output[cell]))

    def trace(self) -> Trace:
        """How the picked cell came to be."""
        if self.layer == INPUT:
            value = float(self.outputs[INPUT][self.cell])
            return Trace(self.cell, (Step("read", (Read("picture", self.cell, value),), value),), value)
        before = self.before(self.layer)[None]
        if self.layer == SOFTMAX:
            return explain_softmax(before, self.cell[0])
        return self.network.layers[self.network.names.index(self.layer)].explain(before, self.cell)


def first_convolution(network: Network) -> str:
    """The name of the layer where the walk begins; without a convolution, the first of all."""
    kinds = zip(network.names, network.layers, strict=True)
    return next((name for name, layer in kinds if isinstance(layer, Conv)), network.names[0])


def find_network(name: str, networks: Mapping[str, Network]) -> Network:
    """Look a network up; Refusal 404 where there is none of that name."""
    if name not in networks:
        raise Refusal(404, "unknown-network", got=name, known=tuple(networks))
    return networks[name]


def check_place(scene: Scene, networks: Mapping[str, Network]) -> None:
    """Raise Refusal 404 where the scene names a network or a layer that there is not, whatever its picture."""
    stations = (INPUT, *find_network(scene.network, networks).names, SOFTMAX)
    if scene.layer not in (None, *stations):
        raise Refusal(404, "unknown-layer", got=scene.layer, known=stations)


def walk(scene: Scene, walker: Walker) -> Walk:
    """Send the scene's picture through its network, and find the picked cell.

    Raises Refusal: what Walker.send raises; 404 unknown layer; 422 cell out of range.
    """
    check_place(scene, walker.networks)
    try:
        found = Walk(scene, walker.send(scene.network, scene.image, scene.crop, scene.ink))
    except Refusal as refusal:
        if refusal.code == "crop-outside":  # all of the picture is the nearest that there is
            refusal.values["nearest"] = scene.but(crop="auto").query() or "?"
        if refusal.code == "picture-forgotten":
            refusal.values["place"] = scene.with_picture()
        raise
    layer, cell = _picked(found)
    _check("cell", layer, cell, found.outputs[layer], scene)
    if scene.pixel is not None:
        _check("pixel", INPUT, scene.pixel, found.outputs[INPUT], scene)
    return replace(found, scene=replace(scene, layer=layer, cell=cell))


def _picked(found: Walk) -> tuple[str, Cell]:
    """The layer and the cell that the scene names, or else those of its stop on the tour, or the most active cell."""
    scene = found.scene
    if scene.tour is not None and scene.tour > len(found.sent.stops):
        last = len(found.sent.stops)
        raise Refusal(422, "tour-out-of-range", got=scene.tour, last=last, nearest=replace(scene, tour=last).query())
    if scene.tour is not None and scene.layer is None and scene.cell is None:
        stop = found.sent.stops[scene.tour - 1]
        return stop.layer, stop.cell
    layer = scene.layer or first_convolution(found.network)
    return layer, scene.cell or found.most_active(layer)


def _check(name: Literal["cell", "pixel"], layer: str, at: Cell, output: Array, scene: Scene) -> None:
    if all(index < size for index, size in zip(at, output.shape, strict=True)):
        return
    nearest = tuple(min(index, size - 1) for index, size in zip(at, output.shape, strict=True))
    change = {"layer": layer, "cell": nearest} if name == "cell" else {"pixel": nearest}
    raise Refusal(
        422,
        f"{name}-out-of-range",
        got=".".join(map(str, at)),
        layer=layer,
        last=".".join(str(size - 1) for size in output.shape),
        nearest=scene.but(**change).query(),
    )
