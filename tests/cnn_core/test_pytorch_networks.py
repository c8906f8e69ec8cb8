"""Whole networks beside PyTorch's autograd: the gradient of every activation and every parameter, ties included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnn_core import AveragePool, Conv, Dense, MaxPool, Network, ReLU, cross_entropy, load_network
from cnn_core.layer import Array, Layer
from cnn_core.zoo import ZOO

torch = pytest.importorskip("torch", reason="PyTorch is an optional peer: pip install -e '.[peers]'")
functional = torch.nn.functional

TARGETS = 3
ALLOWED = {"float64": 1e-9, "float32": 1e-5}


def pictures(network: Network, dtype: str) -> list[Array]:
    """Twenty pictures: half of them noise, half patches of it on black, where windows tie even before a ReLU.

    A patch of one colour would tie as well, but only in exact arithmetic: which of two equal sums comes out a
    float32's last digit larger is chance, here and there. So is black for two convolutions before a pooling, where the
    second adds up what the first has made of it: there all of the pictures are noise.
    """
    rng = np.random.default_rng(5)
    shape = network.input_shape or (1, 28, 28)
    noise = rng.random((10, *shape))
    flat = np.zeros((0 if isinstance(network.layers[2], Conv) else 10, *shape))
    for picture in flat:
        for _ in range(3):
            i, j = rng.integers(0, shape[1] - 9, 2)
            picture[:, i : i + 9, j : j + 9] = rng.random((shape[0], 9, 9))
    return [picture[None].astype(dtype) for picture in (*noise, *flat)]


def torch_layer(layer: Layer, x: Any, params: dict[str, Any]) -> Any:
    """The same layer in PyTorch."""
    if isinstance(layer, Conv):
        (top, _), (left, _) = layer.windows.padding
        return functional.conv2d(x, params["weight"], params["bias"], layer.windows.stride, (top, left))
    if isinstance(layer, MaxPool):
        return functional.max_pool2d(x, layer.windows.size, layer.windows.stride)
    if isinstance(layer, AveragePool):
        return functional.avg_pool2d(x, layer.windows.size, layer.windows.stride)
    if isinstance(layer, ReLU):
        return functional.relu(x)
    assert isinstance(layer, Dense)
    return functional.linear(x.flatten(1), params["weight"], params["bias"])[:, :, None, None]


def by_autograd(network: Network, x: Array, target: int) -> tuple[list[Array], list[dict[str, Array]]]:
    """The gradient of the loss by every activation, input first, and by every parameter of every layer."""
    kept = [torch.tensor(x, requires_grad=True)]
    leaves: list[dict[str, Any]] = []
    for layer in network.layers:
        leaves.append({n: torch.tensor(np.array(v, x.dtype), requires_grad=True) for n, v in layer.params.items()})
        kept.append(torch_layer(layer, kept[-1], leaves[-1]))
        kept[-1].retain_grad()
    functional.cross_entropy(kept[-1].flatten(1), torch.tensor([target])).backward()
    return [value.grad.numpy() for value in kept], [{n: v.grad.numpy() for n, v in each.items()} for each in leaves]


def assert_close(own: Array, peer: Array, allowed: float) -> None:
    largest = float(np.max(np.abs(peer)))
    assert float(np.max(np.abs(own - peer))) <= allowed * largest


@pytest.mark.parametrize("dtype", ALLOWED)
@pytest.mark.parametrize("name", ZOO)
def test_every_gradient_is_that_of_autograd(name: str, dtype: str) -> None:
    network = load_network(name)
    for number, x in enumerate(pictures(network, dtype)):
        activations = network.activations(x)
        for target in range(number % 4, number % 4 + TARGETS):
            loss = cross_entropy(activations[-1], np.array([target]))
            gradients = network.gradients(activations, loss.dscores)
            peers, params = by_autograd(network, x, target)
            for own, peer in zip([each.x for each in gradients] + [loss.dscores], peers, strict=True):
                assert_close(own, peer, ALLOWED[dtype])
            for each, wanted in zip(gradients, params, strict=True):
                for of, peer in wanted.items():
                    assert_close(each.params[of], peer, ALLOWED[dtype])


def test_ties_in_max_pooling_go_where_pytorch_sends_them() -> None:
    network = load_network("digits")
    pools = [at for at, layer in enumerate(network.layers) if isinstance(layer, MaxPool)]
    ties = windows = 0
    for x in pictures(network, "float64"):
        activations = network.activations(x)
        for at in pools:
            came, out = activations[at][0], activations[at + 1][0]
            height, width = out.shape[1] * 2, out.shape[2] * 2
            blocks = came[:, :height, :width].reshape(len(came), out.shape[1], 2, out.shape[2], 2)
            equal = (blocks == out[:, :, None, :, None]).sum(axis=(2, 4))
            ties, windows = ties + int((equal > 1).sum()), windows + equal.size
            dy = np.ones((1, *out.shape))
            leaf = torch.tensor(came[None], requires_grad=True)
            torch_layer(network.layers[at], leaf, {}).backward(torch.tensor(dy))
            np.testing.assert_array_equal(network.layers[at].backward(came[None], dy).x, leaf.grad.numpy())
    assert ties > windows / 10, "without ties there is nothing to agree on"
