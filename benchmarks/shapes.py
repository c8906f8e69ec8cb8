"""What is measured: the convolutions of networks that are known, from one digit to a batch of photographs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, Network, ReLU
from cnn_core.layer import Array, Shape


@dataclass(frozen=True)
class ConvShape:
    """One convolution of `pictures` pictures of `shape` (C, H, W) with `kernels` kernels of `size` x `size`."""

    name: str
    pictures: int
    shape: Shape
    kernels: int
    size: int
    stride: int = 1
    padding: int = 0

    @property
    def label(self) -> str:
        """What the table calls it: 3x64x64 -> 10, 3x3."""
        channels, height, width = self.shape
        options = f", stride {self.stride}" * (self.stride > 1) + f", padding {self.padding}" * (self.padding > 0)
        return f"{channels}x{height}x{width} -> {self.kernels}, {self.size}x{self.size}{options}"

    def layer(self) -> Conv:
        """The layer, with random weights."""
        weight = normal(1, self.kernels, self.shape[0], self.size, self.size)
        return Conv(weight, normal(2, self.kernels), self.stride, self.padding)

    def flops(self) -> int:
        """Multiplications and additions of the forward pass."""
        outputs = int(np.prod(self.layer().output_shape(self.shape)))
        return 2 * self.pictures * outputs * self.shape[0] * self.size**2


def normal(seed: int, *shape: int) -> Array:
    """Random numbers of both signs, float32."""
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


_LENET_1 = ((1, 28, 28), 6, 5, 1, 2)
_LENET_2 = ((6, 14, 14), 16, 5)
_VGG_1 = ((3, 64, 64), 10, 3)
_VGG_2 = ((10, 62, 62), 10, 3)
_VGG_3 = ((10, 30, 30), 10, 3)
_VGG_4 = ((10, 28, 28), 10, 3)
_RESNET = ((16, 32, 32), 16, 3, 1, 1)

CONVOLUTIONS = (
    ConvShape("LeNet conv1", 1, *_LENET_1),
    ConvShape("LeNet conv1", 64, *_LENET_1),
    ConvShape("LeNet conv2", 1, *_LENET_2),
    ConvShape("LeNet conv2", 64, *_LENET_2),
    ConvShape("Tiny VGG conv1", 1, *_VGG_1),
    ConvShape("Tiny VGG conv1", 32, *_VGG_1),
    ConvShape("Tiny VGG conv2", 1, *_VGG_2),
    ConvShape("Tiny VGG conv2", 32, *_VGG_2),
    ConvShape("Tiny VGG conv3", 1, *_VGG_3),
    ConvShape("Tiny VGG conv3", 32, *_VGG_3),
    ConvShape("Tiny VGG conv4", 1, *_VGG_4),
    ConvShape("Tiny VGG conv4", 32, *_VGG_4),
    ConvShape("ResNet first", 1, (3, 224, 224), 64, 7, 2, 3),
    ConvShape("SqueezeNet 1x1", 1, (96, 55, 55), 16, 1),
    ConvShape("ResNet-20 block", 1, *_RESNET),
    ConvShape("ResNet-20 block", 32, *_RESNET),
)

SMALLEST = tuple(shape for shape in CONVOLUTIONS if shape.name == "LeNet conv2" and shape.pictures == 1)


def _conv(seed: int, kernels: int, channels: int, size: int, padding: int = 0) -> Conv:
    weight = normal(seed, kernels, channels, size, size) * np.float32((2 / (channels * size**2)) ** 0.5)
    return Conv(weight, np.zeros(kernels, np.float32), padding=padding)


def _dense(seed: int, outputs: int, inputs: int) -> Dense:
    return Dense(normal(seed, outputs, inputs) * np.float32((2 / inputs) ** 0.5), np.zeros(outputs, np.float32))


def _network(layers: tuple[Layer, ...], shape: Shape) -> Network:
    return Network(layers, tuple(f"{type(layer).__name__}{index}" for index, layer in enumerate(layers)), shape)


def lenet() -> Network:
    """LeNet-5 for digits of 28 x 28 (LeCun et al., 1998), with ReLU and max-pooling as it is taught today."""
    convolutions = (_conv(1, 6, 1, 5, 2), ReLU(), MaxPool(2), _conv(2, 16, 6, 5), ReLU(), MaxPool(2))
    dense = (_dense(3, 120, 400), ReLU(), _dense(4, 84, 120), ReLU(), _dense(5, 10, 84))
    return _network((*convolutions, *dense), (1, 28, 28))


def tiny_vgg() -> Network:
    """Tiny VGG, as CNN Explainer shows it (Wang et al., 2020): two blocks of two convolutions for photographs."""
    first = (_conv(1, 10, 3, 3), ReLU(), _conv(2, 10, 10, 3), ReLU(), MaxPool(2))
    second = (_conv(3, 10, 10, 3), ReLU(), _conv(4, 10, 10, 3), ReLU(), MaxPool(2))
    return _network((*first, *second, _dense(5, 10, 1690)), (3, 64, 64))


@dataclass(frozen=True)
class LayerShape:
    """A layer of another kind, and what it gets: `pictures` of `shape` (C, H, W)."""

    name: str
    layer: Layer
    pictures: int
    shape: Shape


OTHERS = (
    LayerShape("Max-pool 2x2", MaxPool(2), 1, (10, 60, 60)),
    LayerShape("Max-pool 2x2", MaxPool(2), 32, (10, 60, 60)),
    LayerShape("Max-pool 3x3, stride 2, padding 1", MaxPool(3, 2, 1), 32, (16, 32, 32)),
    LayerShape("Average-pool 2x2", AveragePool(2), 32, (10, 60, 60)),
    LayerShape("ReLU", ReLU(), 1, (10, 60, 60)),
    LayerShape("ReLU", ReLU(), 32, (10, 60, 60)),
    LayerShape("Dense 400 -> 120", _dense(1, 120, 400), 1, (16, 5, 5)),
    LayerShape("Dense 400 -> 120", _dense(1, 120, 400), 64, (16, 5, 5)),
)
