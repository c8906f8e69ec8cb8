"""A network: layers in order forwards, the chain rule backwards, and what makes no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, Network, ReLU, ShapeError, cross_entropy
from cnn_core.layer import Array, Params
from tests.cnn_core.cases import DTYPES, normal

LAYERS: Sequence[Layer] = (
    Conv(normal((4, 2, 3, 3), 1) / 3, normal((4,), 2), padding=1),
    ReLU(),
    MaxPool(2, ceil=True),
    Conv(normal((6, 2, 2, 3), 3) / 2, normal((6,), 4), stride=(1, 2), groups=2, padding=((0, 1), (1, 0))),
    ReLU(),
    AveragePool(2, stride=1),
    Dense(normal((3, 18), 5), normal((3,), 6)),
)
NAMES = ("conv1", "relu1", "max", "conv2", "relu2", "average", "dense")
SHAPES = ((2, 7, 8), (4, 7, 8), (4, 7, 8), (4, 4, 4), (6, 4, 2), (6, 4, 2), (6, 3, 1), (3, 1, 1))
NETWORK = Network(LAYERS, NAMES, SHAPES[0], ("a", "b", "c"))
LABELS = np.array([0, 2, 1])


def picture(dtype: Any = np.float64) -> Array:
    x = normal((3, *SHAPES[0]), 7, dtype)
    x.flags.writeable = False
    return x


@pytest.mark.parametrize("dtype", DTYPES)
def test_activations_are_one_array_a_layer_input_first(dtype: type) -> None:
    x = picture(dtype)
    found = NETWORK.activations(x)
    assert isinstance(found, tuple)
    np.testing.assert_array_equal(found[0], x)
    assert tuple(array.shape for array in found) == tuple((3, *shape) for shape in SHAPES)
    assert {array.dtype for array in found} == {np.dtype(dtype)}
    for layer, before, after in zip(LAYERS, found[:-1], found[1:], strict=True):
        np.testing.assert_array_equal(layer.forward(before), after)


def test_shapes_are_known_before_anything_is_computed() -> None:
    assert NETWORK.shapes(SHAPES[0]) == SHAPES


def loss(network: Network, x: Array) -> float:
    return cross_entropy(network.activations(x)[-1], LABELS).value


def slopes(x: Array, params: list[dict[str, Array]], array: Array, h: float = 1e-5) -> Array:
    """How the loss follows each number of `array`, which is x or one of the parameters, moved in place."""
    found = np.empty_like(array)
    for place in np.ndindex(array.shape):
        middle = array[place]
        values = []
        for moved in (middle + h, middle - h):
            array[place] = moved
            values.append(loss(NETWORK.with_params(params), x))
        array[place] = middle
        found[place] = (values[0] - values[1]) / (2 * h)
    return found


def test_gradients_agree_with_finite_differences_through_the_whole_network() -> None:
    x, params = picture().copy(), [{name: value.copy() for name, value in layer.params.items()} for layer in LAYERS]
    activations = NETWORK.activations(x)
    found = NETWORK.gradients(activations, cross_entropy(activations[-1], LABELS).dscores)
    assert len(found) == len(LAYERS)
    np.testing.assert_allclose(found[0].x, slopes(x, params, x), rtol=0, atol=3e-9)
    for gradients, arrays in zip(found, params, strict=True):
        assert set(gradients.params) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_allclose(gradients.params[name], slopes(x, params, array), rtol=0, atol=3e-9)


def test_gradients_of_each_layer_come_from_the_one_behind_it() -> None:
    activations = NETWORK.activations(picture())
    found = NETWORK.gradients(activations, np.ones_like(activations[-1]))
    for layer, x, gradients, behind in zip(LAYERS[:-1], activations, found, found[1:], strict=False):
        np.testing.assert_array_equal(gradients.x, layer.backward(x, behind.x).x)


def test_with_params_makes_another_network() -> None:
    zeros = NETWORK.with_params({name: np.zeros_like(v) for name, v in layer.params.items()} for layer in LAYERS)
    assert not zeros.activations(picture())[-1].any()
    assert NETWORK.activations(picture())[-1].any()
    assert (zeros.names, zeros.input_shape, zeros.classes) == (NAMES, SHAPES[0], ("a", "b", "c"))


def test_with_params_wants_one_mapping_for_each_layer() -> None:
    params: list[Params] = [layer.params for layer in LAYERS]
    for wrong in (params[:-1], [*params, {}]):
        with pytest.raises(ValueError, match="argument"):
            NETWORK.with_params(wrong)


@pytest.mark.parametrize(
    ("names", "input_shape"),
    [
        (NAMES[:-1], None),
        (("conv1", "relu1", "max", "conv2", "relu1", "average", "dense"), None),
        (("input", *NAMES[1:]), None),
        ((*NAMES[:-1], "softmax"), None),
        ((*NAMES[:-1], "loss"), None),
        (NAMES, (1, 7, 8)),
        (NAMES, (2, 9, 9)),
    ],
)
def test_what_makes_no_network_is_refused(names: tuple[str, ...], input_shape: tuple[int, int, int] | None) -> None:
    with pytest.raises(ShapeError):
        Network(LAYERS, names, input_shape)


def test_a_network_has_layers() -> None:
    with pytest.raises(ShapeError, match="Network layers: expected at least one, got 0"):
        Network((), ())


@pytest.mark.parametrize("classes", [("a", "b"), ("a", "b", "c", "d")])
def test_every_output_of_the_last_layer_is_a_class(classes: tuple[str, ...]) -> None:
    with pytest.raises(ShapeError, match="Network classes: expected 3"):
        Network(LAYERS, NAMES, SHAPES[0], classes)
    assert Network(LAYERS, NAMES, SHAPES[0]).classes == ()


@pytest.mark.parametrize("shape", [(), (7, 8), (1, 2, 7, 8), (2, 7, 0)])
def test_a_network_wants_shapes_of_three_sizes(shape: Any) -> None:
    with pytest.raises(ShapeError, match=r"Network input shape: expected \(C, H, W\)"):
        NETWORK.shapes(shape)
    with pytest.raises(ShapeError):
        Network(LAYERS, NAMES, shape)


def test_an_input_shape_may_be_any_sequence() -> None:
    network = Network(LAYERS, NAMES, list(SHAPES[0]))  # type: ignore[arg-type]
    assert network.input_shape == SHAPES[0]
    assert len(network.activations(picture())) == 8


def test_a_picture_of_another_shape_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"Network input.*\(1, 2, 7, 9\)"):
        NETWORK.activations(np.zeros((1, 2, 7, 9)))
    with pytest.raises(ShapeError):
        NETWORK.activations(np.zeros((2, 7, 8)))
    for wrong in (picture()[:0], picture().tolist()):
        with pytest.raises(ShapeError, match="Network input"):
            NETWORK.activations(wrong)


def test_gradients_want_all_the_activations() -> None:
    activations = NETWORK.activations(picture())
    with pytest.raises(ShapeError, match="expected 8 arrays, input first, got 7"):
        NETWORK.gradients(activations[1:], np.ones_like(activations[-1]))


def test_a_network_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        NETWORK.names = ()  # type: ignore[misc]
    layers = list(LAYERS)
    network = Network(layers, list(NAMES))
    layers.pop()
    assert len(network.layers) == len(LAYERS)
