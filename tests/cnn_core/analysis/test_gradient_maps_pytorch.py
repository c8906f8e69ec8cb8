"""PyTorch as a peer for the maps of what mattered: autograd through its own layers, on every network of the zoo."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, load_network
from cnn_core.analysis.grad_cam import grad_cam
from cnn_core.analysis.gradient_maps import Score, gradient, integrated_gradients
from cnn_core.zoo import ZOO
from tests.cnn_core.analysis.test_gradient_maps import pictures

torch = pytest.importorskip("torch", reason="PyTorch is an optional peer: pip install -e '.[peers]'")

names = pytest.mark.parametrize("name", ZOO)
SCORES = pytest.mark.parametrize("score", [Score(3), Score(3, 5)])


def peer(layer: Layer) -> Any:
    """The same layer in PyTorch; the networks of the zoo pad all sides alike."""
    functional = torch.nn.functional
    match layer:
        case Conv():
            weight, bias = (torch.tensor(np.array(value)) for value in (layer.weight, layer.bias))
            around = (layer.windows.padding[0][0], layer.windows.padding[1][0])
            return lambda x: functional.conv2d(x, weight, bias, layer.windows.stride, around)
        case MaxPool():
            return lambda x: functional.max_pool2d(x, layer.windows.size, layer.windows.stride)
        case AveragePool():
            return lambda x: functional.avg_pool2d(x, layer.windows.size, layer.windows.stride)
        case Dense():
            weight, bias = (torch.tensor(np.array(value)) for value in (layer.weight, layer.bias))
            return lambda x: functional.linear(x.flatten(1), weight, bias)
    return functional.relu


def score_of(out: Any, score: Score) -> Any:
    return out[0, score.target] - (0 if score.against is None else out[0, score.against])


@names
@SCORES
def test_grad_cam_at_every_layer_with_maps(name: str, score: Score) -> None:
    network = load_network(name)
    shapes = network.shapes(ZOO[name].input_shape)[1:]
    for x in pictures(name)[:4]:
        for at, (layer, shape) in enumerate(zip(network.names, shapes, strict=True)):
            if shape[1:] == (1, 1):
                continue
            value = torch.tensor(x)
            for own in network.layers[: at + 1]:
                value = peer(own)(value)
            maps = value.detach().requires_grad_()
            value = maps
            for own in network.layers[at + 1 :]:
                value = peer(own)(value)
            (slope,) = torch.autograd.grad(score_of(value, score), maps)
            weights = slope.mean(dim=(2, 3), keepdim=True)
            expected = torch.relu((weights * maps).sum(dim=1))[0].detach().numpy()
            found = grad_cam(network, x, score, layer)
            np.testing.assert_allclose(found.weights, weights[0, :, 0, 0].numpy(), rtol=0, atol=1e-6)
            np.testing.assert_allclose(found.map, expected, rtol=0, atol=1e-6)


@names
@SCORES
def test_gradients_and_their_integral(name: str, score: Score) -> None:
    network = load_network(name)

    def slope(x: Any) -> Any:
        leaf = torch.tensor(x, requires_grad=True)
        value = leaf
        for layer in network.layers:
            value = peer(layer)(value)
        (found,) = torch.autograd.grad(score_of(value, score), leaf)
        return found[0].numpy()

    for x in pictures(name)[:4]:
        np.testing.assert_allclose(gradient(network, x, score), slope(x), rtol=0, atol=1e-6)
        mean = np.mean([slope(x * (step + 0.5) / 16) for step in range(16)], axis=0)
        np.testing.assert_allclose(integrated_gradients(network, x, score, 16).map, x[0] * mean, rtol=0, atol=1e-6)
