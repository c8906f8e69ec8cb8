"""What every layer of a network has in common: it maps (N, C, H, W) forwards, and gradients backwards.

Layers never change and remember nothing between calls, so any number of threads may share one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from cnn_core.trace import Cell, Trace

if TYPE_CHECKING:
    from cnn_core.windows import Connectivity

Array = NDArray[np.floating[Any]]
Shape = tuple[int, int, int]
"""Channels, height, width of one picture or one layer's output."""
Params = Mapping[str, Array]

Of = Literal["input", "weight", "bias"]
"""Whose gradient is asked for."""

Decision = Literal["nothing", "gate", "winner"]
"""What a layer decides by comparing numbers."""

NO_PARAMS: Params = MappingProxyType({})


class Gradients(NamedTuple):
    """How the loss changes with a layer's input, x: (N, C, H, W), and with each of its parameters, summed over N."""

    x: Array
    params: Params


class ShapeError(ValueError):
    """Two shapes that do not fit. `where` says at what, `expected` and `got` say how."""

    def __init__(self, where: str, expected: object, got: object) -> None:
        super().__init__(f"{where}: expected {expected}, got {got}")
        self.where = where
        self.expected = expected
        self.got = got


class Layer(Protocol):
    """One kind of operation. Arrays it holds are read-only copies; all methods are pure."""

    @property
    def params(self) -> Params:
        """The arrays that training changes, by name: "weight" and "bias", or none."""
        ...

    def with_params(self, params: Params) -> Self:
        """Return the same layer with other parameters of the same shapes."""
        ...

    def output_shape(self, shape: Shape) -> Shape:
        """(C, H, W) -> (C', H', W'); raises ShapeError where nothing fits."""
        ...

    @property
    def connectivity(self) -> Connectivity:
        """Which input cells an output cell reads."""
        ...

    @property
    def decides(self) -> Decision:
        """What the layer decides by comparing numbers: that a gate is open, which cell of a window wins, or nothing."""
        ...

    def decisions(self, x: Array) -> NDArray[np.generic] | None:
        """(N, C, H, W) -> one value a decision. The output bends where one of them changes; None without decisions."""
        ...

    def forward(self, x: Array) -> Array:
        """(N, C, H, W) -> (N, C', H', W'), in the dtype of x."""
        ...

    def backward(self, x: Array, dy: Array) -> Gradients:
        """From the input again and dy: (N, C', H', W'), the gradient of the loss by the output."""
        ...

    def explain(self, x: Array, cell: Cell) -> Trace:
        """Tell how output cell (c', i, j) of the first picture of x came to be."""
        ...

    def explain_gradient(self, x: Array, dy: Array, of: Of, at: Sequence[int]) -> Trace:
        """Tell how one number of `backward` came to be, every term of it, for the first picture of x and dy alone.

        of, at: a cell (c, i, j) of the "input", or a place in the "weight" or the "bias". The terms come in the order
        of the textbook loops. Raises ShapeError where the layer has no such array, or the place is not in it.
        """
        ...


def frozen(array: Array) -> Array:
    """Copy an array and make the copy read-only."""
    copy = np.array(array)
    if not np.issubdtype(copy.dtype, np.floating):
        copy = copy.astype(np.float64)
    copy.flags.writeable = False
    return copy


def batch_shape(x: Array, where: str) -> Shape:
    """Check that x is (N, C, H, W) of floating-point numbers and return (C, H, W)."""
    if not isinstance(x, np.ndarray):
        raise ShapeError(f"{where} input", "an array (N, C, H, W)", type(x).__name__)
    if x.ndim != 4 or 0 in x.shape:
        raise ShapeError(f"{where} input", "(N, C, H, W), at least one picture and no side of 0", x.shape)
    check_float(x, f"{where} input")
    return x.shape[1], x.shape[2], x.shape[3]


def check_float(array: Array, where: str) -> None:
    """Check that an array holds numbers that the core computes with."""
    if array.dtype.char not in "fd":
        raise ShapeError(f"{where} dtype", "float32 or float64", array.dtype.name)


def check_shape(shape: Sequence[object], where: str) -> None:
    """Check that a shape is (C, H, W)."""
    if len(shape) != 3 or not all(isinstance(n, int | np.integer) and n > 0 for n in shape):
        raise ShapeError(f"{where} input shape", "(C, H, W), each a whole number of at least 1", shape)


def check_gradient(dy: Array, x: Array, shape: Shape, where: str) -> None:
    """Check that dy has the shape of the output that x gave."""
    if not isinstance(dy, np.ndarray):
        raise ShapeError(f"{where} output gradient", f"an array {(len(x), *shape)}", type(dy).__name__)
    if dy.shape != (len(x), *shape):
        raise ShapeError(f"{where} output gradient", (len(x), *shape), dy.shape)


def check_cell(cell: Sequence[object], shape: Sequence[int], where: str) -> None:
    """Check that a cell lies inside an array of this shape, as a rule a (C, H, W) output."""
    if len(cell) != len(shape) or not all(_is_inside(at, size) for at, size in zip(cell, shape, strict=True)):
        raise ShapeError(f"{where} cell", f"inside {tuple(shape)}, counted from 0", cell)


def check_asked(x: Array, dy: Array, of: str, at: Sequence[object], layer: Layer) -> None:
    """Check that `explain_gradient` can be answered: dy fits, the layer has such an array, and the place is in it."""
    where, shape = type(layer).__name__, batch_shape(x, type(layer).__name__)
    check_gradient(dy, x, layer.output_shape(shape), where)
    arrays = {"input": shape, **{name: value.shape for name, value in layer.params.items()}}
    if of not in arrays:
        raise ShapeError(f"{where} gradient", f"of {' or '.join(arrays)}", of)
    check_cell(at, arrays[of], f"{where} {of}")


def _is_inside(at: object, size: int) -> bool:
    return isinstance(at, int | np.integer) and bool(0 <= at < size)


def same_params(new: Params, old: Params, where: str) -> None:
    """Check that new parameters have the names and shapes of the old ones."""
    if set(new) != set(old):
        raise ShapeError(f"{where} parameters", sorted(old), sorted(new))
    for name, array in old.items():
        if np.shape(new[name]) != array.shape:
            raise ShapeError(f"{where} {name}", array.shape, np.shape(new[name]))
