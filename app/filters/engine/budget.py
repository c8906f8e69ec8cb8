"""What a view of the filter explorer may cost: checked from sizes alone, before anything is computed.

A refusal names the numbers, and the nearest scene that fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from app.refusal import Refusal
from app.scenes.filter_scene import FilterScene
from cnn_core import Cell, Shape, ShapeError
from cnn_core.filters.filter import Chain, Filter, Stage
from cnn_core.windows import Pair

MOST_STRIDE, MOST_DILATION = 8, 8
MOST_SECONDS = 0.5
MOST_BYTES = 64 * 1024 * 1024
MIB = 1024 * 1024


def check_range(scene: FilterScene, kernel: tuple[int, int]) -> None:
    """Raise Refusal 422 where stride, dilation or padding is out of range; kernel: (kh, kw) of the first stage."""
    for name, got, least, most in (
        ("stride", scene.stride, 1, MOST_STRIDE),
        ("dilation", scene.dilation, 1, MOST_DILATION),
        ("padding", scene.padding, 0, min(kernel) - 1),
    ):
        if not least <= got <= most:
            change: dict[str, Any] = {name: min(max(got, least), most)}
            raise Refusal(
                422, f"filter-{name}-out-of-range", got=got, least=least, most=most, nearest=replace(scene, **change)
            )


def check_shapes(scene: FilterScene, chain: Sequence[Stage], shape: Shape) -> tuple[Shape, ...]:
    """Follow a (C, H, W) picture's shape through the chain; Refusal 422 where a window does not fit into it."""
    shapes = [shape]
    for at, stage in enumerate(chain):
        try:
            shapes.append(stage.output_shape(shapes[-1]))
        except ShapeError as fault:
            shorter = scene.but(then=scene.then[: max(at - 1, 0)], step=None)
            nearest = shorter if at else scene.but(border="same", dilation=1)
            raise Refusal(
                422,
                "filter-does-not-fit",
                stage=at + 1,
                expected=fault.expected,
                got=fault.got,
                nearest=nearest,
            ) from fault
    return tuple(shapes)


def admit(scene: FilterScene, chain: Sequence[Stage], shapes: Sequence[Shape]) -> None:
    """Raise Refusal 422 where the chain would take too long, or too much memory, by the estimate of its filters."""
    seconds, scratch = 0.0, 0
    for at, (stage, shape) in enumerate(zip(chain, shapes, strict=False)):
        if not isinstance(stage, Filter):
            continue
        took, needed = stage.cost(shape)
        seconds, scratch = seconds + took, max(scratch, needed)
        if seconds > MOST_SECONDS or scratch > MOST_BYTES:
            raise Refusal(
                422,
                "filter-too-much",
                seconds=f"{seconds:.2f}",
                most_seconds=MOST_SECONDS,
                mib=-(-scratch // MIB),
                most_mib=MOST_BYTES // MIB,
                stage=at + 1,
                nearest=_nearest(scene, at),
            )


def _nearest(scene: FilterScene, at: int) -> FilterScene:
    """The chain as far as it fits; where its first filter is too much already, the kernel closer together, or plain."""
    if at:
        return scene.but(then=scene.then[: at - 1], step=None)
    if scene.dilation > 1:
        return scene.but(dilation=1, then=(), step=None)
    return FilterScene(image=scene.image, crop=scene.crop)


def later_border(scene: FilterScene) -> str:
    """How the filters after the first go on past the edge: as the first does where that keeps the size."""
    return scene.border if scene.border in ("reflect", "edge", "none") else "same"


def fits(chain: Chain, shape: Shape) -> bool:
    """Whether every window of the chain fits into what comes to it; shape: (C, H, W) of the picture."""
    try:
        for stage in chain:
            shape = stage.output_shape(shape)
    except ShapeError:
        return False
    return True


def settled(scene: FilterScene, size: Pair, chain_of: Callable[[FilterScene], Chain], shape: Shape) -> FilterScene:
    """Return the scene with what no longer goes with its kernels changed, as little as possible.

    size: (kh, kw) of the first kernel. chain_of: makes the stages of a scene; their sizes alone count.
    shape: (C, H, W) of the picture. Padding becomes less than the kernel is long. Then, until every window fits:
    no dilation; a border that keeps the size; stride 1; no chain. A cell or a pixel that is not there is left out.
    """
    nearest = replace(scene, padding=min(scene.padding, min(size) - 1))
    plain = nearest.but(dilation=1, border="same")
    for nearer in (nearest, nearest.but(dilation=1), plain, plain.but(stride=1), plain.but(stride=1, then=())):
        chain = chain_of(nearer)
        if fits(chain, shape):
            return _within(nearer, check_shapes(nearer, chain, shape))
    return plain.but(stride=1, then=())


def places(scene: FilterScene, shapes: Sequence[Shape]) -> tuple[tuple[str, Cell | None, Shape], ...]:
    """What is selected in the scene, and the shape in which it has to lie."""
    at = scene.looked_at
    return ("cell", scene.cell, shapes[at]), ("pixel", scene.pixel, shapes[at - 1])


def is_inside(place: Cell, shape: Shape) -> bool:
    """Say whether a place lies in an array of this shape."""
    return all(index < side for index, side in zip(place, shape, strict=True))


def _within(scene: FilterScene, shapes: Sequence[Shape]) -> FilterScene:
    """The scene without a cell or a pixel that is not there."""
    gone: dict[str, Any] = {
        name: None for name, place, shape in places(scene, shapes) if place and not is_inside(place, shape)
    }
    return replace(scene, **gone) if gone else scene
