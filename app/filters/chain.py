"""The chain as the page shows it: the picture, then every stage with its picture, its size, and what it has seen."""

from __future__ import annotations

from dataclasses import dataclass

from app.filters.engine.options import may_pool
from app.filters.engine.result import Filtered
from app.filters.engine.result_image import picture, shown
from app.filters.pixel_terms import kind
from app.render.colours import data_uri
from app.render.numbers import sides
from app.scenes.chain_text import MOST_AFTER
from app.scenes.filter_scene import FilterScene
from app.scenes.kernel_text import Kernel, kernel_name
from cnn_core import Array, ReLU
from cnn_core.filters.filter import Filter, receptive

THUMB = 96


@dataclass(frozen=True, kw_only=True)
class StageView:
    """One stage: what kind, which kernel or window, its small picture, its size, what one cell of it has seen.

    at: its number, from 1; 0 is the picture. scene: the one that looks at it.
    """

    at: int
    kind: str
    preset: str
    window: str
    uri: str
    width: int
    height: int
    shape: str
    seen: str
    jump: str
    picked: bool
    scene: FilterScene


@dataclass(frozen=True, kw_only=True)
class ChainView:
    """All stages, and what may still be added."""

    stages: tuple[StageView, ...]
    most: int
    full: bool
    may_pool: bool


def chain_view(filtered: Filtered) -> ChainView:
    """Arrange the chain; a chain of one stage needs no small pictures."""
    stages = tuple(_stage(filtered, at) for at in range(len(filtered.outputs))) if len(filtered.chain) > 1 else ()
    full = len(filtered.scene.then) >= MOST_AFTER
    return ChainView(stages=stages, most=MOST_AFTER + 1, full=full, may_pool=not full and may_pool(filtered))


def _stage(filtered: Filtered, at: int) -> StageView:
    values = filtered.outputs[at]
    small = _thinned(values)
    how = "clipped" if at == 0 else shown(filtered, at)
    image = picture(small, how, min(filtered.cell[0], len(small) - 1), filtered.limit_of(at))
    stage = filtered.chain[at - 1] if at else None
    window = "" if stage is None or isinstance(stage, ReLU) else sides(stage.windows.size)
    size, jump = receptive(filtered.chain[:at])
    scene = filtered.scene
    return StageView(
        at=at,
        kind="picture" if stage is None else kind(stage),
        preset=_preset(scene, at) if isinstance(stage, Filter) else "",
        window=window,
        uri=data_uri(image),
        width=small.shape[2],
        height=small.shape[1],
        shape=sides(values.shape),
        seen=sides(size),
        jump=str(jump[0]),
        picked=at == filtered.at,
        scene=scene.but(step=max(at, 1)),
    )


def _preset(scene: FilterScene, at: int) -> str:
    kernel: Kernel = scene.kernel if at == 1 else scene.then[at - 2].kernel  # type: ignore[union-attr]
    return kernel_name(kernel)


def _thinned(values: Array) -> Array:
    """Every second, third or further cell, so that the longer side is a thumbnail's."""
    step = -(-max(values.shape[1:]) // THUMB)
    return values[:, ::step, ::step]
