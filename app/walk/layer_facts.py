"""Facts about the selected layer: shapes, counts, and the ranges of its colours."""

from __future__ import annotations

from dataclasses import dataclass

from app.explain.explainer import sliding
from app.passes.network_pass import LOSS
from app.passes.state import WalkState
from app.render.colours import limit
from app.render.numbers import count, sides, small
from cnn_core import Shape
from cnn_core.windows import Windows


@dataclass(frozen=True)
class Scales:
    """The range of a colour, as text: from minus this to plus this; empty where there is nothing of the kind."""

    values: str
    weights: str
    gradients: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Counts of the selected layer, for the sentences beside its arithmetic."""

    before: Shape
    after: Shape
    before_name: str
    values_before: str
    values_after: str
    kernel: str
    taps: int
    positions: str
    parameters: str
    dense_parameters: str
    overlap: bool
    unread: tuple[int, int]


def scales(state: WalkState, scale: float) -> Scales:
    """The ranges of the colours on show: of this layer's values, and of its weights where it has any."""
    return Scales(_range(state, scale), weights_range(state, state.layer), "")


def scales_back(state: WalkState, scale: float | None) -> Scales:
    """The same on the way back, for the gradients on show and what they were multiplied with."""
    name = state.question.layer
    before = state.names[state.names.index(name) - 1]
    values = "" if name == LOSS else _range(state, state.forward.scale(before, 0, "layer"))
    return Scales(values, weights_range(state, name), "" if scale is None else _range(state, scale))


def weights_range(state: WalkState, name: str) -> str:
    """The range of a layer's weights; empty where it has none."""
    layer = state.layer_of(name)
    weight = None if layer is None else layer.params.get("weight")
    return "" if weight is None else _range(state, limit(weight))


def _range(state: WalkState, scale: float) -> str:
    return small(scale, "6" if state.scene.precision == "exact" else state.scene.precision)


def facts(state: WalkState, picked: str) -> Facts:
    """Count what there is to count about a station."""
    before, after = shape_at(state, picked, -1), shape_at(state, picked, 0)
    name = state.names[max(0, state.names.index(picked) - 1)]
    layer = state.layer_of(picked)
    positions = after[1] * after[2]
    inputs = before[0] * before[1] * before[2]
    weight = None if layer is None else layer.params.get("weight")
    taps = 0 if weight is None else weight[0].size
    # A layer without a window looks at one cell at a time, everywhere.
    windows = (layer and sliding(layer)) or Windows((1, 1))
    corner = windows.place(after[1] - 1, after[2] - 1, (windows.size[0] - 1, windows.size[1] - 1))
    unread = [before[1 + axis] - 1 - corner[axis] for axis in (0, 1)]
    return Facts(
        before=before,
        after=after,
        before_name=name,
        values_before=count(inputs),
        values_after=count(after[0] * positions),
        kernel=sides(windows.size),
        taps=taps,
        positions=count(positions),
        parameters=count(taps + 1),
        dense_parameters=count((inputs + 1) * positions),
        overlap=any(windows.stride[axis] < windows.size[axis] for axis in (0, 1)),
        unread=(max(0, unread[0]), max(0, unread[1])),
    )


def shape_at(state: WalkState, name: str, offset: int) -> Shape:
    """The shape of a station's output, or of the one before it (-1)."""
    channels, height, width = state.outputs[state.names[max(0, state.names.index(name) + offset)]].shape
    return channels, height, width
