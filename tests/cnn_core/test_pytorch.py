"""PyTorch as a peer, where it is installed: the same numbers forwards and backwards, option by option."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnn_core import AveragePool, Conv, MaxPool, ReLU, cross_entropy
from cnn_core.layer import Array
from tests.cnn_core.cases import CASES, law, normal, pictures, seeds

torch = pytest.importorskip("torch", reason="PyTorch is an optional peer: pip install -e '.[peers]'")


def symmetric(padding: Any) -> tuple[int, int] | None:
    """PyTorch's own padding is the same on opposite sides."""
    (top, bottom), (left, right) = padding
    return (top, left) if (top, left) == (bottom, right) else None


def assert_agrees(layer: Any, function: Any, x: Array, dy: Array) -> None:
    tensors = {"x": x, **layer.params}
    leaves = {name: torch.tensor(np.array(value, np.float64), requires_grad=True) for name, value in tensors.items()}
    out = function(**leaves)
    np.testing.assert_allclose(layer.forward(x), out.detach().numpy(), rtol=1e-12, atol=1e-12)
    out.backward(torch.tensor(dy))
    found = layer.backward(x, dy)
    for name, leaf in leaves.items():
        own = found.x if name == "x" else found.params[name]
        np.testing.assert_allclose(own, leaf.grad.numpy(), rtol=1e-11, atol=1e-11)


def drawn(data: st.DataObject, kind: str) -> tuple[Any, Array, Array]:
    """A layer with equal padding on opposite sides, a picture with ties, and a gradient."""
    layer, shape = data.draw(CASES[kind].drawn)
    x = data.draw(pictures(shape, np.float64)).copy()
    return layer, x, normal((len(x), *layer.output_shape(shape)), data.draw(seeds))


@law
@given(data=st.data())
def test_convolution(data: st.DataObject) -> None:
    layer, x, dy = drawn(data, "conv")
    assert isinstance(layer, Conv)
    windows = layer.windows
    (top, bottom), (left, right) = windows.padding

    def peer(x: Any, weight: Any, bias: Any) -> Any:
        padded = torch.nn.functional.pad(x, (left, right, top, bottom))
        return torch.nn.functional.conv2d(
            padded, weight, bias, windows.stride, dilation=windows.dilation, groups=layer.groups
        )

    assert_agrees(layer, peer, x, dy)


def pooling_padding(layer: MaxPool | AveragePool) -> tuple[int, int]:
    """The padding where PyTorch takes it: equal on opposite sides, and at most half a window."""
    padding = symmetric(layer.windows.padding)
    assume(padding is not None)
    assert padding is not None
    assume(all(2 * padding[axis] <= layer.windows.size[axis] for axis in (0, 1)))
    return padding


@law
@given(data=st.data())
def test_max_pooling_with_its_ties(data: st.DataObject) -> None:
    layer, x, dy = drawn(data, "max-pool")
    windows, padding = layer.windows, pooling_padding(layer)

    def peer(x: Any) -> Any:
        return torch.nn.functional.max_pool2d(x, windows.size, windows.stride, padding, ceil_mode=windows.ceil)

    assert_agrees(layer, peer, x, dy)


@law
@given(data=st.data())
def test_average_pooling_with_what_it_counts(data: st.DataObject) -> None:
    layer, x, dy = drawn(data, "average-pool")
    windows, padding = layer.windows, pooling_padding(layer)

    def peer(x: Any) -> Any:
        return torch.nn.functional.avg_pool2d(
            x, windows.size, windows.stride, padding, ceil_mode=windows.ceil, count_include_pad=layer.count_padding
        )

    assert_agrees(layer, peer, x, dy)


def test_relu_and_its_slope_at_zero() -> None:
    x = np.array([[[[-1.0, 0.0, 2.0]]]])
    assert_agrees(ReLU(), lambda x: torch.nn.functional.relu(x), x, np.array([[[[3.0, 4.0, 5.0]]]]))


@law
@given(n=st.integers(1, 4), k=st.integers(1, 9), seed=seeds)
def test_cross_entropy(n: int, k: int, seed: int) -> None:
    scores, labels = normal((n, k), seed) * 10, np.random.default_rng(seed).integers(0, k, n)
    leaf = torch.tensor(scores, requires_grad=True)
    value = torch.nn.functional.cross_entropy(leaf, torch.tensor(labels))
    value.backward()
    found = cross_entropy(scores, labels)
    assert found.value == pytest.approx(value.item(), rel=1e-12, abs=1e-12)
    np.testing.assert_allclose(found.dscores, leaf.grad.numpy(), rtol=1e-10, atol=1e-14)
