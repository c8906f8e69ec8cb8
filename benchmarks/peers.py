"""The other ways to do it: PyTorch where it is installed, an im2col of the whole batch, and the textbook loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from benchmarks.timing import Way
from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, Network, ReLU, loops
from cnn_core.layer import Array


@dataclass(frozen=True)
class Passes:
    """One way to go forward and backward."""

    forward: Way
    backward: Way


def torch_version() -> str | None:
    """The version of PyTorch, or None where it is not installed."""
    return metadata.version("torch") if find_spec("torch") else None


def _torch() -> Any:
    torch = import_module("torch")
    torch.set_num_threads(1)
    return torch


def _tensor(array: Array) -> Any:
    return _torch().from_numpy(np.array(array))


def ours(layer: Layer, x: Array, dy: Array) -> Passes:
    """The core itself."""
    return Passes(lambda: layer.forward(x), lambda: layer.backward(x, dy))


def torch_layer(layer: Layer, x: Array, dy: Array) -> Passes:
    """PyTorch's functions, without the cost of recording anything: its backward kernels are called by themselves."""
    torch = _torch()
    nn, aten, tx, tdy = torch.nn.functional, torch.ops.aten, _tensor(x), _tensor(dy)
    if isinstance(layer, Conv | Dense):
        weight, bias = _tensor(layer.weight), _tensor(layer.bias)
    if isinstance(layer, Conv):
        (top, _), (left, _) = layer.windows.padding
        step, around, spread = layer.windows.stride, (top, left), layer.windows.dilation
        options = (step, around, spread, False, (0, 0), layer.groups, (True, True, True))
        return Passes(
            lambda: nn.conv2d(tx, weight, bias, step, around, spread, layer.groups),
            lambda: aten.convolution_backward(tdy, tx, weight, bias.shape, *options),
        )
    if isinstance(layer, MaxPool | AveragePool):
        return _torch_pool(layer, tx, tdy)
    if isinstance(layer, ReLU):
        return Passes(lambda: nn.relu(tx), lambda: aten.threshold_backward(tdy, tx, 0))
    if isinstance(layer, Dense):
        flat_x, flat_dy = tx.flatten(1), tdy.flatten(1)
        return Passes(
            lambda: nn.linear(flat_x, weight, bias), lambda: (flat_dy @ weight, flat_dy.T @ flat_x, flat_dy.sum(0))
        )
    raise TypeError(f"expected a layer that PyTorch is compared in, got {type(layer).__name__}")


def _torch_pool(layer: MaxPool | AveragePool, tx: Any, tdy: Any) -> Passes:
    nn, aten, windows = _torch().nn.functional, _torch().ops.aten, layer.windows
    around = (windows.padding[0][0], windows.padding[1][0])
    if isinstance(layer, AveragePool):
        options = (windows.size, windows.stride, around, windows.ceil, layer.count_padding)
        return Passes(lambda: nn.avg_pool2d(tx, *options), lambda: aten.avg_pool2d_backward(tdy, tx, *options, None))
    maximum = (windows.size, windows.stride, around, (1, 1), windows.ceil)

    def backward() -> object:
        # Its backward kernel wants the places of the maxima: they are found again, as the core does from the input.
        places = aten.max_pool2d_with_indices(tx, *maximum)[1]
        return aten.max_pool2d_with_indices_backward(tdy, tx, *maximum, places)

    return Passes(lambda: nn.max_pool2d(tx, *maximum), backward)


def whole_batch(layer: Conv, x: Array, dy: Array) -> Passes:
    """The usual im2col: all windows of the whole batch in one matrix, and the gradient added back place by place."""
    (kh, kw), (sy, sx), ((top, bottom), (left, right)) = layer.windows.size, layer.windows.stride, layer.windows.padding
    n, channels, height, width = x.shape
    kernels, rows, columns = layer.weight.reshape(len(layer.weight), -1), dy.shape[2], dy.shape[3]

    def matrix() -> Array:
        padded = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
        windows = sliding_window_view(padded, (kh, kw), axis=(2, 3))[:, :, ::sy, ::sx]
        return windows.transpose(1, 4, 5, 0, 2, 3).reshape(kernels.shape[1], -1)

    def forward() -> Array:
        out = kernels @ matrix() + layer.bias[:, None]
        return np.ascontiguousarray(out.reshape(-1, n, rows, columns).swapaxes(0, 1))

    def backward() -> tuple[Array, Array, Array]:
        maps = dy.swapaxes(0, 1).reshape(len(kernels), -1)
        shares = (kernels.T @ maps).reshape(channels, kh, kw, n, rows, columns)
        dx = np.zeros((n, channels, top + height + bottom, left + width + right), x.dtype)
        for a in range(kh):
            for b in range(kw):
                dx[:, :, a : a + rows * sy : sy, b : b + columns * sx : sx] += shares[:, a, b].swapaxes(0, 1)
        return dx[:, :, top : top + height, left : left + width], maps @ matrix().T, maps.sum(axis=1)

    return Passes(forward, backward)


def textbook(layer: Layer, x: Array, dy: Array) -> Passes:
    """The loops of cnn_core.loops, as a course writes them."""
    forward, backward = _loops(layer)
    return Passes(lambda: forward(x), lambda: backward(x, dy))


def _loops(layer: Layer) -> tuple[Callable[[Array], object], Callable[[Array, Array], object]]:
    if isinstance(layer, Conv):
        w, b, options = layer.weight, layer.bias, (layer.stride, layer.padding, layer.dilation, layer.groups)
        return lambda x: loops.conv_forward(x, w, b, *options), lambda x, dy: loops.conv_backward(x, w, dy, *options)
    if isinstance(layer, MaxPool):
        pool = layer.size, layer.stride, layer.padding, layer.ceil
        return lambda x: loops.max_pool_forward(x, *pool), lambda x, dy: loops.max_pool_backward(x, dy, *pool)
    if isinstance(layer, AveragePool):
        mean = layer.size, layer.stride, layer.padding, layer.ceil, layer.count_padding
        return lambda x: loops.average_pool_forward(x, *mean), lambda x, dy: loops.average_pool_backward(x, dy, *mean)
    if isinstance(layer, ReLU):
        return loops.relu_forward, loops.relu_backward
    if isinstance(layer, Dense):
        weight, bias = layer.weight, layer.bias
        return lambda x: loops.dense_forward(x, weight, bias), lambda x, dy: loops.dense_backward(x, weight, dy)
    raise TypeError(f"expected a layer that has loops, got {type(layer).__name__}")


def torch_network(network: Network, x: Array) -> Way:
    """The same network in PyTorch, forward only."""
    torch, model, tx = _torch(), _torch_model(network), _tensor(x)

    def forward() -> object:
        with torch.inference_mode():
            return model(tx)

    return forward


def torch_step(network: Network, x: Array, labels: np.ndarray) -> Way:
    """One step of training in PyTorch: forward, loss, backward, Adam."""
    torch, model, tx, wanted = _torch(), _torch_model(network), _tensor(x), _torch().from_numpy(labels)
    rule = torch.optim.Adam(model.parameters(), 2e-3)

    def step() -> object:
        rule.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(tx), wanted)
        loss.backward()
        rule.step()
        return loss

    return step


def _torch_model(network: Network) -> Any:
    nn = _torch().nn
    layers: list[Any] = []
    for layer in network.layers:
        if isinstance(layer, Conv):
            made = nn.Conv2d(layer.weight.shape[1], len(layer.weight), layer.windows.size, padding=layer.padding)
        elif isinstance(layer, Dense):
            if not any(isinstance(before, nn.Flatten) for before in layers):
                layers.append(nn.Flatten())
            made = nn.Linear(layer.weight.shape[1], len(layer.weight))
        else:
            made = nn.MaxPool2d(layer.windows.size) if isinstance(layer, MaxPool) else nn.ReLU()
        if isinstance(layer, Conv | Dense):
            made.weight.data, made.bias.data = _tensor(layer.weight), _tensor(layer.bias)
        layers.append(made)
    return nn.Sequential(*layers)
