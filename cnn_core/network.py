"""A network is layers in order: the output of one is the input of the next, and gradients run the same way back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Self

from cnn_core.layer import Array, Gradients, Layer, Params, Shape, ShapeError, batch_shape, check_shape

RESERVED_NAMES = ("input", "softmax", "loss")


@dataclass(frozen=True, eq=False)
class Network:
    """Named layers, and what goes in and comes out.

    names: one for each layer, all different, none of RESERVED_NAMES.
    input_shape: (C, H, W), or None where any shape that fits will do.
    classes: the names of what the last layer's outputs stand for, one for each; may be empty.
    """

    layers: Sequence[Layer]
    names: Sequence[str]
    input_shape: Shape | None = None
    classes: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name in ("layers", "names", "classes"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not self.layers:
            raise ShapeError("Network layers", "at least one", 0)
        if len(self.names) != len(self.layers):
            raise ShapeError("Network names", f"{len(self.layers)}, one for each layer", len(self.names))
        if len(set(self.names)) != len(self.names) or set(self.names) & set(RESERVED_NAMES):
            raise ShapeError("Network names", f"all different and none of {RESERVED_NAMES}", self.names)
        if self.input_shape is not None:
            object.__setattr__(self, "input_shape", tuple(self.input_shape))
            outputs = prod(self.shapes(self.input_shape)[-1])  # a network that does not fit together is refused at once
            if self.classes and len(self.classes) != outputs:
                raise ShapeError(
                    "Network classes", f"{outputs}, one for each output of the last layer", len(self.classes)
                )

    def shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """(C, H, W) of the input -> (C, H, W) of every array, input first."""
        check_shape(shape, "Network")
        found = [shape]
        for layer in self.layers:
            found.append(layer.output_shape(found[-1]))
        return tuple(found)

    def activations(self, x: Array) -> tuple[Array, ...]:
        """x: (N, C, H, W) -> one array for each layer, input first; the last are the logits."""
        shape = batch_shape(x, "Network")
        if self.input_shape is not None and shape != self.input_shape:
            raise ShapeError("Network input", ("N", *self.input_shape), x.shape)
        found = [x]
        for layer in self.layers:
            found.append(layer.forward(found[-1]))
        return tuple(found)

    def gradients(self, activations: Sequence[Array], dy: Array) -> tuple[Gradients, ...]:
        """From `activations` and dy, the gradient by the last of them -> Gradients for each layer, in order."""
        if len(activations) != len(self.layers) + 1:
            raise ShapeError("Network activations", f"{len(self.layers) + 1} arrays, input first", len(activations))
        found = []
        for layer, x in zip(reversed(self.layers), reversed(activations[:-1]), strict=True):
            found.append(layer.backward(x, dy))
            dy = found[-1].x
        return tuple(reversed(found))

    def with_params(self, params: Iterable[Params]) -> Self:
        """Return the same network with other parameters: one mapping for each layer, empty where there is nothing."""
        layers = [layer.with_params(new) for layer, new in zip(self.layers, params, strict=True)]
        return type(self)(layers, self.names, self.input_shape, self.classes)
