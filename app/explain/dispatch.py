"""The explainer of each kind of layer. A new kind is added here, as it is added to KINDS in cnn_core.layers."""

from __future__ import annotations

from typing import Any

from app.explain import conv, dense, pool, relu
from app.explain.explainer import Explainer, sliding
from app.render.mathml import size
from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, ReLU, Shape
from cnn_core.layers import KINDS

EXPLAINERS: dict[type[Layer], Explainer[Any]] = {
    Conv: conv.EXPLAINER,
    MaxPool: pool.MAX_EXPLAINER,
    AveragePool: pool.AVERAGE_EXPLAINER,
    ReLU: relu.EXPLAINER,
    Dense: dense.EXPLAINER,
}


def explainer_of(layer: Layer) -> Explainer[Any]:
    """Return the explainer of a layer's kind. Raises TypeError where there is none."""
    found = EXPLAINERS.get(type(layer))
    if found is None:
        raise TypeError(f"expected a layer that app/explain explains, got {type(layer).__name__}: add it to EXPLAINERS")
    return found


def kind_name(kind: str) -> str:
    """Return what a kind of KINDS is called, in the reader's language; nothing for any other name."""
    return str(EXPLAINERS[KINDS[kind]].name) if kind in KINDS else ""


def size_formulas(layer: Layer, before: Shape, after: Shape) -> tuple[str, ...]:
    """How height and width change, with the layer's numbers in the formula; none where no window slides (LaTeX)."""
    windows = sliding(layer)
    if windows is None:
        return ()
    return size("H", windows, 0, before[1], after[1]), size("W", windows, 1, before[2], after[2])
