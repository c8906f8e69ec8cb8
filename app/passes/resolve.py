"""Resolves what a scene leaves open (layer, cell, class) and refuses what is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from app.passes.network_facts import first_convolution
from app.passes.network_pass import INPUT, LOSS, SOFTMAX, ForwardPass
from app.passes.pass_cache import Lesson, PassCache, find_network
from app.passes.patch import patched
from app.passes.state import WalkState, aim
from app.refusal import Refusal
from app.scenes.patch_text import Patched
from app.scenes.values import write_decimal
from app.scenes.walk_scene import Scene
from cnn_core import Network
from cnn_core.trace import argmax
from cnn_core.training.one_picture import RanAway

MOST_STEPS = 50
SMALLEST_H, LARGEST_H = 1e-7, 1.0


def check_place(scene: Scene, networks: Mapping[str, Network]) -> None:
    """Raise Refusal 404 where the scene names a network or a layer that there is not, whatever its picture."""
    stations = (INPUT, *find_network(scene.network, networks).names, SOFTMAX, LOSS)
    if scene.layer not in (None, *stations):
        raise Refusal(404, "unknown-layer", got=scene.layer, known=stations)


def check_has_gradients(scene: Scene, networks: Mapping[str, Network]) -> None:
    """Raise Refusal 404 where gradients are asked for at "softmax" or "loss": the way back begins before them."""
    stations = (INPUT, *find_network(scene.network, networks).names)
    if scene.layer not in (None, *stations):
        raise Refusal(404, "unknown-layer", got=scene.layer, known=stations)


def resolve(scene: Scene, cache: PassCache) -> WalkState:
    """Return the state of the walk at a scene: its passes, and what is selected.

    Raises Refusal: what PassCache.forward and patch.patched raise; 404 unknown layer; 422 a cell, a
    class or a place that is not there.
    """
    check_place(scene, cache.networks)
    _check_learning(scene)
    own = patched(scene, cache.networks)
    try:
        base = cache.forward(scene.network, scene.image, scene.crop, scene.ink, own)
        plain = cache.forward(scene.network, scene.image, scene.crop, scene.ink) if own else None
    except Refusal as refusal:
        if refusal.code == "crop-outside":  # all of the picture is the nearest that there is
            refusal.values["nearest"] = scene.but(crop="auto")
        raise
    for name in ("target", "against"):
        _check_class(name, scene, base)
    scene = _at_stop(scene, base)
    found = WalkState(scene, _learned(scene, base, cache, own), base, plain)
    if scene.pixel is not None:
        _check("pixel-out-of-range", INPUT, scene.pixel, found.outputs[INPUT].shape, scene, "pixel")
    return replace(found, scene=_picked(found))


def _learned(scene: Scene, base: ForwardPass, cache: PassCache, own: Patched | None) -> ForwardPass:
    """The forward pass after the learning steps of the scene."""
    if not scene.steps:
        return base
    lesson = Lesson(aim(scene, base), scene.optimizer, scene.rate, scene.steps)
    try:
        return cache.after_learning(scene.network, scene.image, scene.crop, scene.ink, lesson, own)
    except RanAway as ran:
        nearest = replace(scene, steps=ran.held)
        raise Refusal(422, "learning-ran-away", got=scene.steps, held=ran.held, nearest=nearest) from ran


def _picked(found: WalkState) -> Scene:
    """The scene with its layer, and its cell or the array of its gradient, filled in.

    What the scene does not name is that of its stop on the tour, or else the most active cell; on the way back, the
    place where the gradient is furthest from zero.
    """
    scene = found.scene
    layer = scene.layer or first_convolution(found.network)
    if scene.way == "forward":
        return _with_cell(scene, layer, found)
    if layer == SOFTMAX:  # on the way back softmax and the loss are one station: p - y takes both at once
        layer, scene = LOSS, replace(scene, cell=None)
    if scene.of == "output":
        return _with_cell(scene, layer, found)
    return _with_place(scene, layer, found)


def _at_stop(scene: Scene, base: ForwardPass) -> Scene:
    """On the tour, what the stop looks at, unless the reader looks elsewhere."""
    if scene.tour is None:
        return scene
    stops = base.stops(scene.target)
    last = len(stops)
    if scene.tour > last:
        raise Refusal(422, "tour-out-of-range", got=scene.tour, last=last, nearest=replace(scene, tour=last))
    if scene.layer is None and scene.cell is None:
        stop = stops[scene.tour - 1]
        return replace(
            scene,
            layer=stop.layer,
            cell=stop.cell,
            way=stop.way,
            of=stop.of,
            at=stop.at,
            steps=stop.steps,
            rate=stop.rate,
        )
    return scene


def _with_cell(scene: Scene, layer: str, found: WalkState) -> Scene:
    chosen = found.most_active if scene.way == "forward" else found.strongest
    cell = scene.cell or chosen(layer)
    _check("cell-out-of-range", layer, cell, found.outputs[layer].shape, replace(scene, layer=layer), "cell")
    return replace(scene, layer=layer, cell=cell)


def _with_place(scene: Scene, layer: str, found: WalkState) -> Scene:
    """Find a place in the gradients of a layer's input, weights or biases."""
    params = found.backward.params.get(layer)
    if params is None or scene.of not in ("input", *params):
        nearest = replace(scene.but(of="output" if params is None else "input"), layer=layer)
        raise Refusal(422, "of-nothing", layer=layer, of=scene.of, nearest=nearest)
    before = found.names[found.names.index(layer) - 1]
    gradients = params[scene.of] if scene.of in params else found.backward.outputs[before]
    at = scene.at
    if at is None:
        at = argmax(np.abs(gradients))
    filled = replace(scene, layer=layer, at=at)
    _check("at-out-of-range", layer, at, gradients.shape, filled, "at")
    if scene.cell is not None:
        _check("cell-out-of-range", layer, scene.cell, found.outputs[layer].shape, filled, "cell")
    return filled


def _check(code: str, layer: str, at: Sequence[int], shape: Sequence[int], scene: Scene, field: str) -> None:
    if len(at) == len(shape) and all(index < size for index, size in zip(at, shape, strict=True)):
        return
    same = (*at, *(0 for _ in shape))[: len(shape)]
    change: dict[str, Any] = {field: tuple(min(index, size - 1) for index, size in zip(same, shape, strict=True))}
    raise Refusal(
        422,
        code,
        got=".".join(map(str, at)),
        layer=layer,
        of=scene.of,
        first=".".join("0" for _ in shape),
        last=".".join(str(size - 1) for size in shape),
        nearest=replace(scene, **change),
    )


def _check_class(name: str, scene: Scene, base: ForwardPass) -> None:
    got, last = getattr(scene, name), len(base.ranking) - 1
    if got is not None and got > last:
        change: dict[str, Any] = {name: last}
        raise Refusal(422, "target-out-of-range", got=got, last=last, nearest=replace(scene, **change))


def _check_learning(scene: Scene) -> None:
    if scene.steps > MOST_STEPS:
        nearest = replace(scene, steps=MOST_STEPS)
        raise Refusal(422, "steps-out-of-range", got=scene.steps, last=MOST_STEPS, nearest=nearest)
    if not 0 < scene.rate <= 1:
        nearest = replace(scene, rate=1.0 if scene.rate > 1 else 0.01)
        raise Refusal(422, "rate-out-of-range", got=write_decimal(scene.rate), nearest=nearest)
    if scene.check is not None and not SMALLEST_H <= scene.check <= LARGEST_H:
        nearest_h = min(LARGEST_H, max(SMALLEST_H, scene.check)) if scene.check > 0 else 0.001
        nearest = replace(scene, check=nearest_h)
        least, most = write_decimal(SMALLEST_H), write_decimal(LARGEST_H)
        raise Refusal(
            422, "check-out-of-range", got=write_decimal(scene.check), least=least, most=most, nearest=nearest
        )
