"""What can be chosen without leaving what is possible: every choice on the page leads to a scene that fits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from app.filters.engine.budget import fits, later_border, settled
from app.filters.engine.result import Filtered, pooling
from app.scenes.chain_text import Pool
from app.scenes.choice import Choice
from app.scenes.filter_scene import FilterScene
from cnn_core import Shape
from cnn_core.filters.borders import Border
from cnn_core.filters.filter import Chain, Filter
from cnn_core.windows import Pair

KEEPING_SIZE = ("same", "reflect", "edge")


def with_kernel(filtered: Filtered, scene: FilterScene, size: Pair) -> FilterScene:
    """Return the scene whose selected kernel has become one of (kh, kw), with what does not go with it changed."""
    at = 0 if scene.edited == scene.kernel or filtered.at == 1 else filtered.at - 1
    first = _first(filtered).windows.size if at else size
    if scene.border not in KEEPING_SIZE:  # then the result has another size, and another place is worth a look
        scene = replace(scene, cell=None, pixel=None)
    return settled(scene, first, lambda nearer: _with_size(filtered, nearer, size, at), _shape(filtered))


def _with_size(filtered: Filtered, scene: FilterScene, size: Pair, at: int) -> Chain:
    """The chain as the scene says, with a kernel of (kh, kw) at one place."""
    first, later = _first(filtered), _border(later_border(scene))
    begun = replace(
        first, border=_border(scene.border), padding=scene.padding, dilation=scene.dilation, stride=scene.stride
    )
    rest = filtered.chain[1 : 1 + len(scene.then)]
    chain = [begun, *(replace(stage, border=later) if isinstance(stage, Filter) else stage for stage in rest)]
    changed = chain[at] if at < len(chain) else None
    if isinstance(changed, Filter):
        kernels = first.kernels[:1, :1, :1]  # sizes alone count here
        chain[at] = replace(changed, kernels=kernels.repeat(size[0], axis=1).repeat(size[1], axis=2))
    return tuple(chain)


def _first(filtered: Filtered) -> Filter:
    first = filtered.chain[0]
    if not isinstance(first, Filter):
        raise TypeError("a chain begins with a filter")
    return first


def options(filtered: Filtered, name: str, values: range) -> tuple[Choice[FilterScene], ...]:
    """The values of stride, padding or dilation with which the whole chain still fits."""
    first = _first(filtered)

    def possible(value: int) -> bool:
        change: dict[str, Any] = {name: value}
        changed = replace(first, **change, border="zero" if name == "padding" else first.border)
        return fits((changed, *filtered.chain[1:]), _shape(filtered))

    scene = filtered.scene.but(border="zero") if name == "padding" else filtered.scene
    return tuple(
        Choice(
            str(value), value == getattr(filtered.scene, name), scene.but(**{name: value, "cell": None, "pixel": None})
        )
        for value in values
        if possible(value)
    )


def borders(filtered: Filtered) -> tuple[Choice[FilterScene], ...]:
    """The borders with which the whole chain still fits; zeros begin with as many as keep the size, or nearly."""
    first, scene = _first(filtered), filtered.scene
    found = []
    for name in ("same", "zero", "none", "reflect", "edge"):
        padding = _usual_padding(filtered, first) if name == "zero" else 0
        if name == scene.border:
            padding = scene.padding
        changed = replace(first, border=_border(name), padding=padding)
        if fits((changed, *filtered.chain[1:]), _shape(filtered)):
            changes = {"border": name, "padding": padding, "cell": None, "pixel": None}
            found.append(Choice(name, name == scene.border, scene.but(**changes)))
    return tuple(found)


def pools(filtered: Filtered, name: str) -> tuple[Choice[FilterScene], ...]:
    """The sizes or strides of a pooling stage that is looked at, with which the rest of the chain still fits."""
    stage, at = filtered.scene.then[filtered.at - 2], filtered.at - 1
    if not isinstance(stage, Pool):
        raise TypeError("the stage that is looked at is not a pooling")
    found = []
    for value in range(1 if name == "stride" else 2, 9):
        change: dict[str, Any] = {name: value}
        changed = replace(stage, **change)
        if fits((*filtered.chain[:at], pooling(changed), *filtered.chain[at + 1 :]), _shape(filtered)):
            then = (*filtered.scene.then[: at - 1], changed, *filtered.scene.then[at:])
            found.append(Choice(str(value), changed == stage, filtered.scene.but(then=then, cell=None, pixel=None)))
    return tuple(found)


def may_pool(filtered: Filtered) -> bool:
    """Whether pooling of 2 x 2 fits behind the chain."""
    _, height, width = filtered.outputs[-1].shape
    return bool(height > 1 and width > 1)


def _usual_padding(filtered: Filtered, first: Filter) -> int:
    size, dilation = first.windows.size, first.windows.dilation
    return min(min(size) - 1, (max(size) - 1) * dilation[0] // 2)


def _border(name: str) -> Border:
    return cast(Border, name)


def _shape(filtered: Filtered) -> Shape:
    x = filtered.source.x
    return x.shape[0], x.shape[1], x.shape[2]

