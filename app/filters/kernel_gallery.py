"""The gallery: every kernel that can be picked, small, the hand-made ones and those that networks have learned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.filters.engine.options import with_kernel
from app.filters.engine.result import Filtered
from app.passes.kernel_arrays import learned
from app.render.colours import limit, map_picture
from app.scenes.filter_scene import FilterScene
from app.scenes.kernel_text import Kernel, Learned, named, preset_of
from cnn_core import Array, Network
from cnn_core.filters.presets import PRESETS, preset

NETWORKS = ("digits", "photos")
"""Whose kernels are shown; the digits network with average pooling has learned much the same."""
LARGEST_PREVIEW = 15


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One kernel to pick: its picture, or one for each channel, the numbers of rows and columns, and its scene."""

    name: str
    uris: tuple[str, ...]
    width: int
    height: int
    picked: bool
    scene: FilterScene


@dataclass(frozen=True)
class LearnedGroup:
    """The kernels of one network's first convolution."""

    network: str
    kernels: tuple[Preview, ...]


def gallery(filtered: Filtered) -> tuple[Preview, ...]:
    """The presets, in the order of the core's table; one that is picked with other numbers stays picked."""
    picked = preset_of(filtered.scene.edited)
    return tuple(_preview(filtered, name, picked) for name in PRESETS)


def learned_groups(filtered: Filtered, networks: Mapping[str, Network]) -> tuple[LearnedGroup, ...]:
    """What the networks have learned, beside what people made."""
    return tuple(
        LearnedGroup(
            name,
            tuple(_learned(filtered, name, at, kernels) for at, kernels in enumerate(learned(networks, name))),
        )
        for name in NETWORKS
        if name in networks
    )


def _preview(filtered: Filtered, name: str, picked: str) -> Preview:
    uri, height, width, size = _preset_picture(name)
    scene = with_kernel(filtered, filtered.scene.with_kernel(named(name)), size)
    return Preview(name=name, uris=(uri,), width=width, height=height, picked=name == picked, scene=scene)


@lru_cache(len(PRESETS))
def _preset_picture(name: str) -> tuple[str, int, int, tuple[int, int]]:
    made = preset(name)
    shown = _middle(made)
    return map_picture(shown, limit(shown), "weight"), shown.shape[0], shown.shape[1], (made.shape[0], made.shape[1])


def _middle(kernel: Array) -> Array:
    """The part of a kernel that is still seen when it is small."""
    cut = [max(0, (side - LARGEST_PREVIEW) // 2) for side in kernel.shape]
    return kernel[cut[0] : kernel.shape[0] - cut[0], cut[1] : kernel.shape[1] - cut[1]]


def _learned(filtered: Filtered, network: str, at: int, kernels: Array) -> Preview:
    kernel = Kernel((Learned(network, at),))
    size = (kernels.shape[1], kernels.shape[2])
    scene = with_kernel(filtered, filtered.scene.with_kernel(kernel), size)
    return Preview(
        name=f"{network}-{at}",
        uris=tuple(map_picture(plane, limit(kernels), "weight") for plane in np.asarray(kernels)),
        width=size[1],
        height=size[0],
        picked=filtered.scene.edited == kernel,
        scene=scene,
    )
