"""A network with one kernel of its first convolution replaced, and the checks that it fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.passes.kernel_arrays import planes
from app.passes.network_facts import first_weight
from app.passes.pass_cache import find_network
from app.refusal import Refusal
from app.scenes.patch_text import Patched
from app.scenes.walk_scene import Scene
from cnn_core import Array, Conv, Network


def patched(scene: Scene, networks: Mapping[str, Network]) -> Patched | None:
    """Return the network with the scene's kernel in it; None where the scene has none.

    Raises Refusal: 422 a place that the first convolution does not have, or a kernel of another size or of more planes
    than the network sees channels; and what kernel_arrays.planes raises. The way out is the network without it.
    """
    if scene.patch is None:
        return None
    network = find_network(scene.network, networks)
    try:
        weight = _exchanged(first_weight(network), scene.patch.index, planes(scene.patch.kernel, networks))
    except Refusal as refusal:
        refusal.values.pop("kernel", None)
        refusal.values["nearest"] = replace(scene, patch=None)
        raise
    params = [layer.params for layer in network.layers]
    at = next(at for at, layer in enumerate(network.layers) if isinstance(layer, Conv))
    params[at] = {**params[at], "weight": weight}
    return Patched(scene.patch, network.with_params(params))


def _exchanged(weight: Array, index: int, kernel: Array) -> Array:
    """(F, C, kh, kw) with kernel `index` exchanged for (1 or C, kh, kw); one plane serves all channels."""
    many, channels, *size = weight.shape
    if index >= many:
        raise Refusal(422, "patch-no-such-kernel", got=index, last=many - 1)
    if list(kernel.shape[1:]) != size:
        expected, got = (f"{height} × {width}" for height, width in (size, kernel.shape[1:]))
        raise Refusal(422, "patch-size", expected=expected, got=got)
    if len(kernel) not in (1, channels):
        raise Refusal(422, "patch-planes", expected=channels, got=len(kernel))
    changed = weight.copy()
    changed[index] = kernel
    return changed
