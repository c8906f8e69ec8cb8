"""The numbers of a kernel: computed for presets, given for rows, taken from a network for learned ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from app.passes.pass_cache import find_network
from app.refusal import Refusal
from app.scenes.kernel_text import LARGEST, Kernel, Learned, Named, Part, Rows
from cnn_core import Array, Conv, Network, ShapeError
from cnn_core.filters.presets import PRESETS, preset

COLOURS = ("red", "green", "blue")


def planes(kernel: Kernel, networks: Mapping[str, Network]) -> Array:
    """Make a kernel: (1 or 3, kh, kw) in float64.

    Raises Refusal: 404 an unknown preset or network; 422 a number that a preset does not take, a kernel that the
    network does not have, three kernels of different sizes, one that is too large.
    """
    made = [plane for part in kernel.parts for plane in _planes(part, networks)]
    sizes = {plane.shape for plane in made}
    if len(sizes) != 1:
        sized = ", ".join(f"{height} × {width}" for height, width in sorted(sizes))
        raise Refusal(422, "kernels-differ", got=sized, kernel=Kernel(kernel.parts[:1]))
    return np.stack(made)


def on_channels(made: Array, channels: str, count: int) -> Array:
    """Choose from (1 or 3, kh, kw) what is laid on a picture of `count` channels.

    One kernel for all channels goes anywhere. Of three, a colour takes its own, and grey the mean of them: where red,
    green and blue are the same, as in grey, that is what the three would give on the average.
    """
    if len(made) == 1 or count == len(made):
        return made
    if channels in COLOURS:
        at = COLOURS.index(channels)
        return made[at : at + 1]
    return np.asarray(made.mean(axis=0, keepdims=True))


def learned(networks: Mapping[str, Network], name: str) -> Array:
    """The kernels of a network's first convolution: (F, C, kh, kw)."""
    network = find_network(name, networks)
    return next(layer.weight for layer in network.layers if isinstance(layer, Conv))


def _planes(part: Part, networks: Mapping[str, Network]) -> list[Array]:
    if isinstance(part, Learned):
        kernels = learned(networks, part.network)
        if part.index >= len(kernels):
            nearest = Kernel((Learned(part.network, len(kernels) - 1),))
            raise Refusal(
                422, "no-such-learned", got=part.index, network=part.network, last=len(kernels) - 1, kernel=nearest
            )
        return [np.asarray(plane, np.float64) for plane in kernels[part.index]]
    if isinstance(part, Rows):
        height, width = len(part.rows), len(part.rows[0])
        if max(height, width) > LARGEST:
            cut = Kernel((Rows(tuple(row[:LARGEST] for row in part.rows[:LARGEST])),))
            raise Refusal(422, "kernel-too-large", got=f"{height} × {width}", limit=LARGEST, kernel=cut)
        return [np.array(part.rows, np.float64)]
    return [_preset(part)]


def _preset(part: Named) -> Array:
    if part.name not in PRESETS:
        raise Refusal(404, "unknown-kernel", got=part.name, known=tuple(PRESETS))
    try:
        return preset(part.name, *part.numbers)
    except ShapeError as fault:
        plain = Kernel((Named(part.name),))
        raise Refusal(
            422, "kernel-number", name=part.name, expected=fault.expected, got=fault.got, kernel=plain
        ) from fault
