"""Grad-CAM: the maps of one layer, weighted by their mean gradient of the class score.

(Selvaraju et al., 2017.) Every map gets one weight, and the weighted maps are added up, place by place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnn_core.analysis.gradient_maps import Score, first
from cnn_core.analysis.receptive_field import receptive_middles
from cnn_core.layer import Array, ShapeError
from cnn_core.network import Network


@dataclass(frozen=True, eq=False)
class Cam:
    """Everything that Grad-CAM is made of, at one layer.

    maps: (C, H', W'), what the layer gave. gradient: (C, H', W'), of the score by these maps.
    weights: (C,), the mean of the gradient over each map. picture: (H, W), the map at the size of the picture.
    """

    layer: str
    maps: Array
    gradient: Array
    weights: Array
    picture: Array

    @property
    def weighted(self) -> Array:
        """(C, H', W'): each map times its weight."""
        return self.weights[:, None, None] * self.maps

    @property
    def sum(self) -> Array:
        """(H', W'): the weighted maps added up. What is negative speaks for other classes."""
        total: Array = self.weighted.sum(axis=0)
        return total

    @property
    def map(self) -> Array:
        """(H', W'): the positive half of the sum, which is what Grad-CAM shows."""
        return np.maximum(self.sum, 0)


def grad_cam(network: Network, x: Array, score: Score, layer: str | None = None) -> Cam:
    """Grad-CAM at a layer with maps; None is `last_convolution`.

    x: (N, C, H, W), of which the first picture is asked about. Scaled up to the picture by this rule: the value of a
    cell stands in the middle of what the cell sees; between these middles it is interpolated along rows and columns
    (bilinearly), and beyond the outermost of them it stays what it is. Cost: one pass forward and back.
    """
    x = first(x)
    name = last_convolution(network) if layer is None else layer
    activations = network.activations(x)
    at = _index(network, name, activations)
    slopes = [*(gradients.x for gradients in network.gradients(activations, score.slope(activations[-1])))]
    slopes.append(score.slope(activations[-1]))
    maps, slope = activations[at][0], slopes[at][0]
    weights = slope.mean(axis=(1, 2))
    total = np.maximum((weights[:, None, None] * maps).sum(axis=0), 0)
    return Cam(name, maps, slope, weights, _scaled_up(network, total, at, x.shape[2:]))


def last_convolution(network: Network) -> str:
    """Name the layer at which Grad-CAM is usually computed: the last convolution, or the gate (ReLU) right behind it.

    A convolution is a layer with weights that reads through windows. Raises ShapeError where there is none.
    """
    places = [at for at, layer in enumerate(network.layers) if layer.params and layer.connectivity.windows is not None]
    if not places:
        raise ShapeError("Grad-CAM layer", "the name of one, as the network has no convolution", None)
    behind = places[-1] + 1
    has_gate = behind < len(network.layers) and network.layers[behind].decides == "gate"
    return network.names[behind if has_gate else places[-1]]


def _index(network: Network, name: str, activations: tuple[Array, ...]) -> int:
    """Which of the activations is the layer's; raises ShapeError where it is not one with maps."""
    known = [layer for layer, output in zip(network.names, activations[1:], strict=True) if output.shape[2:] != (1, 1)]
    if name not in known:
        raise ShapeError("Grad-CAM layer", f"one with maps: {', '.join(known)}", name)
    return 1 + network.names.index(name)


def _scaled_up(network: Network, values: Array, index: int, size: tuple[int, ...]) -> Array:
    """(H', W') of array `index` -> (H, W) of the picture."""
    middles = receptive_middles(network, values.shape, index)
    rows, columns = (_shares(places, side) for places, side in zip(middles, size, strict=True))
    found: Array = (rows @ values @ columns.T).astype(values.dtype, copy=False)
    return found


def _shares(places: Array, side: int) -> Array:
    """(side, n): how much each pixel along one side takes of the values that stand at n places, in order."""
    pixels = np.arange(side)
    return np.stack([np.interp(pixels, places, alone) for alone in np.eye(len(places))], axis=1)
