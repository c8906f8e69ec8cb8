"""A network that others trained must give here what it gives there: CNN Explainer's Tiny VGG, on its 21 pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnn_core import Conv, Dense, MaxPool, Network, ReLU, cross_entropy, softmax

Arrays = dict[str, Any]


@pytest.fixture(scope="module")
def golden(shared: Path) -> Arrays:
    with np.load(shared / "data" / "peers" / "cnn_explainer_golden.npz", allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def tiny_vgg(shared: Path) -> Network:
    """Their kernels are (row, column, channel, filter), and their flattening runs over row, column, channel."""
    with np.load(shared / "data" / "peers" / "cnn_explainer_tinyvgg_weights.npz", allow_pickle=False) as arrays:
        weights = dict(arrays)

    def conv(name: str) -> Conv:
        return Conv(weights[f"{name}_kernel"].transpose(3, 2, 0, 1), weights[f"{name}_bias"])

    by_place = weights["output_kernel"].reshape(13, 13, 10, 10)
    dense = Dense(by_place.transpose(3, 2, 0, 1).reshape(10, -1), weights["output_bias"])
    layers = (
        *(conv("conv_1_1"), ReLU(), conv("conv_1_2"), ReLU(), MaxPool(2)),
        *(conv("conv_2_1"), ReLU(), conv("conv_2_2"), ReLU(), MaxPool(2)),
        dense,
    )
    names = [f"{kind}_{block}" for block in (1, 2) for kind in ("conv_1", "relu_1", "conv_2", "relu_2", "max_pool")]
    return Network(layers, [*names, "output"], (3, 64, 64), tuple(map(str, weights["classes"])))


@pytest.mark.parametrize(("dtype", "within"), [(np.float32, 1e-4), (np.float64, 1e-9)])
def test_tiny_vgg_gives_the_golden_logits(tiny_vgg: Network, golden: Arrays, dtype: type, within: float) -> None:
    x = (golden["images"].transpose(0, 3, 1, 2) / 255).astype(dtype)
    assert x.shape == (21, 3, 64, 64)
    activations = tiny_vgg.activations(x)
    logits = activations[-1]
    assert logits.dtype == dtype
    np.testing.assert_allclose(logits[:, :, 0, 0], golden["logits"], rtol=0, atol=within)
    np.testing.assert_allclose(softmax(logits)[:, :, 0, 0], golden["probs"], rtol=0, atol=within)


def test_tiny_vgg_agrees_half_way_through(tiny_vgg: Network, golden: Arrays) -> None:
    (koala,) = np.flatnonzero(golden["names"] == "koala_1.jpeg")
    x = golden["images"][koala : koala + 1].transpose(0, 3, 1, 2) / 255
    activations = tiny_vgg.activations(x)
    np.testing.assert_allclose(activations[1][0], golden["koala_1_conv_1_1"], rtol=0, atol=1e-4)
    np.testing.assert_allclose(activations[10][0], golden["koala_1_max_pool_2"], rtol=0, atol=1e-4)


def test_the_explained_logit_is_the_golden_one(tiny_vgg: Network, golden: Arrays) -> None:
    x = golden["images"][:1].transpose(0, 3, 1, 2) / 255
    activations = tiny_vgg.activations(x)
    for index, layer in enumerate(tiny_vgg.layers):
        out = activations[index + 1][0]
        cell = int(out.shape[0] // 2), int(out.shape[1] // 2), int(out.shape[2] // 2)
        trace = layer.explain(activations[index], cell)
        allowed = 1e-12 * sum(abs(step.value) for step in trace.steps)
        assert trace.value == pytest.approx(float(out[cell]), rel=0, abs=allowed)


def test_one_step_downhill_lowers_the_loss(tiny_vgg: Network, golden: Arrays) -> None:
    x, labels = golden["images"][:4].transpose(0, 3, 1, 2) / 255, golden["labels"][:4]
    activations = tiny_vgg.activations(x)
    before = cross_entropy(activations[-1], labels)
    rate, gradients = 1e-6, tiny_vgg.gradients(activations, before.dscores)
    moved = tiny_vgg.with_params(
        {name: value - rate * found.params[name] for name, value in layer.params.items()}
        for layer, found in zip(tiny_vgg.layers, gradients, strict=True)
    )
    expected = rate * sum(float(np.sum(slope**2)) for found in gradients for slope in found.params.values())
    after = cross_entropy(moved.activations(x)[-1], labels)
    assert before.value - after.value == pytest.approx(expected, rel=0.01)
