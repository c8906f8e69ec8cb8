"""What is explained, and what every kind of layer has to say about it.

Picked and Asked hold values alone (a layer, its arrays, a place), so that any room can ask with numbers of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

from app.explain.loop_lines import Line
from app.explain.shown_maps import ShownMaps
from app.web.languages import LazyString
from cnn_core import Array, Cell, Layer, Shape, Trace
from cnn_core.layer import Of
from cnn_core.windows import Windows

LayerT = TypeVar("LayerT", bound=Layer)


@dataclass(frozen=True, kw_only=True, eq=False)
class Picked(Generic[LayerT]):
    """One cell of a layer's output, for the picture x: (C, H, W) that the layer read."""

    layer: LayerT
    x: ShownMaps
    cell: Cell

    @cached_property
    def trace(self) -> Trace:
        """How the cell came to be."""
        return self.layer.explain(self.x.array[None], self.cell)

    @property
    def precision(self) -> str:
        """How many decimals are shown."""
        return self.x.precision


@dataclass(frozen=True, kw_only=True, eq=False)
class Asked(Generic[LayerT]):
    """One gradient that a layer's backward pass gives.

    x: (C, H, W), what the layer read. dy, dx: the gradients by its output and its input. of, at: whose gradient, and
    its place. whole: the array of gradients in which the answer stands. labels: names of the outputs, where they have
    any. last: whether the outputs are the scores of classes.
    """

    layer: LayerT
    x: ShownMaps
    dy: ShownMaps
    dx: ShownMaps
    of: Of
    at: tuple[int, ...]
    whole: Array
    labels: tuple[str, ...] = ()
    last: bool = False

    @cached_property
    def trace(self) -> Trace:
        """Every term of the gradient."""
        return self.layer.explain_gradient(self.x.array[None], self.dy.array[None], self.of, self.at)

    @property
    def precision(self) -> str:
        """How many decimals are shown."""
        return self.x.precision


@dataclass(frozen=True, kw_only=True)
class View:
    """What a template draws. template: its file in templates/explain/; part: the macro in it.

    marks: whether single numbers of it can be marked with the keys.
    """

    template: ClassVar[str]
    part: ClassVar[str]
    marks: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class Explainer(Generic[LayerT]):
    """All that is said of one kind of layer; formulas are LaTeX.

    name: what the kind is called. template: the file in templates/explain/ with its macros why and why_back.
    formula, gradient: how a cell, or a gradient of the input, a weight or a bias, is computed. loop, loop_back: the
    same as a textbook loop, from the shapes before and after, at a cell or where the loops have stopped. forward,
    backward: the arithmetic of a cell, and of a gradient of the input.
    """

    name: LazyString
    template: str
    formula: Callable[[LayerT], str]
    gradient: Callable[[LayerT, str], str]
    loop: Callable[[LayerT, Shape, Shape, Cell], tuple[Line, ...]]
    loop_back: Callable[[LayerT, Shape, Shape, str, Cell | None], tuple[Line, ...]]
    forward: Callable[[Picked[LayerT]], View]
    backward: Callable[[Asked[LayerT]], View]


def sliding(layer: Layer) -> Windows | None:
    """The windows of a layer that slides one; None where it works cell by cell, or reads the whole map."""
    reads = layer.connectivity
    if reads.windows is None or (reads.groups is None and reads.windows.each_pixel):
        return None
    return reads.windows
