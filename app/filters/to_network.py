"""The bridge from the filter explorer to the walk: a kernel goes into a network, in place of one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.filters.engine.result import Filtered
from app.passes.network_facts import first_convolution, first_weight, suits
from app.render.numbers import sides
from app.scenes.filter_scene import FilterScene
from app.scenes.kernel_text import Kernel, Rows
from app.scenes.patch_text import Patch
from app.scenes.values import DECIMALS, first_image
from app.scenes.walk_scene import Scene
from cnn_core import Array, Cell, Network


@dataclass(frozen=True)
class Gap:
    """One kernel that may give way, and the walk in which it has."""

    index: int
    scene: Scene


@dataclass(frozen=True, kw_only=True)
class Bank:
    """The kernels of a network's first convolution.

    gaps: empty where the kernel does not fit: "size" or "planes" is then what is wrong with it.
    """

    network: str
    size: str
    channels: int
    wrong: str
    gaps: tuple[Gap, ...]


def bridge(filtered: Filtered, networks: Mapping[str, Network]) -> tuple[Bank, ...]:
    """Where the kernel that the page shows can be put."""
    scene = filtered.scene
    kernel = as_laid(filtered.kernel) if scene.flip else scene.edited
    return tuple(
        _bank(name, network, first_weight(network), filtered, kernel)
        for name, network in networks.items()
        if len(first_weight(network))
    )


def as_laid(planes: Array) -> Kernel:
    """(1 or 3, kh, kw) -> the kernel with which a network, that never turns one, gives what convolution gives here."""
    turned = np.round(planes[:, ::-1, ::-1], DECIMALS) + 0.0
    return Kernel(tuple(Rows(tuple(map(tuple, plane))) for plane in turned.tolist()))


def _bank(name: str, network: Network, weight: Array, filtered: Filtered, kernel: Kernel) -> Bank:
    many, channels, *size = weight.shape
    wrong = ""
    if list(filtered.kernel.shape[1:]) != size:
        wrong = "size"
    elif len(filtered.kernel) not in (1, channels):
        wrong = "planes"
    place = _middle(network)
    gaps = (
        ()
        if wrong
        else tuple(Gap(at, _walk(name, network, filtered.scene, Patch(at, kernel), (at, *place))) for at in range(many))
    )
    return Bank(network=name, size=sides(tuple(size)), channels=channels, wrong=wrong, gaps=gaps)


def _walk(name: str, network: Network, scene: FilterScene, patch: Patch, cell: Cell) -> Scene:
    """The same picture where the network can have learned from its kind, or else the network's first."""
    plain = Scene(network=name, image=first_image(name), patch=patch, cell=cell, precision=scene.precision)
    return plain.but(image=scene.image, crop=scene.crop) if suits(scene.image, network) else plain


def _middle(network: Network) -> tuple[int, int]:
    """The cell in the middle of the first convolution's maps."""
    if network.input_shape is None:
        raise TypeError("a network of the walk must say what it reads")
    outputs = network.shapes(network.input_shape)[1:]
    shape = outputs[network.names.index(first_convolution(network))]
    return shape[1] // 2, shape[2] // 2
