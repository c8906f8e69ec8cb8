"""Receptive fields: what the selected cell sees of every map, and which cells see the selected pixel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from app.passes.network_pass import INPUT
from app.passes.state import WalkState
from app.render.cell_table import cell_buttons
from app.render.figures import Box
from app.render.numbers import count, number
from app.scenes.walk_scene import Scene
from cnn_core import Cell, Network, Shape
from cnn_core.analysis.receptive_field import Field, comes_from, goes_to, receptive_size


@dataclass(frozen=True, kw_only=True)
class PixelView:
    """A picked pixel of the input: how many cells of the picked map and layer see it, and the grid to pick another."""

    cell: Cell
    value: str
    in_map: str
    in_layer: str
    picture: Markup
    forget: Scene


@dataclass(frozen=True, kw_only=True, eq=False)
class ReceptiveFields:
    """seen: the field of the picked cell in every array before it. seers: the cells that see the pixel, in every array.

    local: whether the picked cell looks through a window, and not at everything.
    size: height and width of what the picked cell sees of the input, in pixels; empty where it is the input's own.
    """

    seen: Mapping[str, Field]
    seers: Mapping[str, Field]
    local: bool
    size: tuple[int, int] | None
    ask: Scene
    pixel: PixelView | None

    def seen_box(self, name: str, channel: int) -> Box | None:
        """What the picked cell has seen of one map, unless that is all of it or nothing.

        Behind a dense layer only the picture has a frame: on the maps between it would be nearly the whole of each.
        """
        return _box(self.seen.get(name), channel) if self.local or name == INPUT else None

    def seers_box(self, name: str, channel: int) -> Box | None:
        """Where in one map the cells are that see the pixel, unless that is everywhere or nowhere."""
        return _box(self.seers.get(name), channel)


def receptive_fields(state: WalkState) -> ReceptiveFields:
    """Return the receptive field of the selected cell, and the cells that see the selected pixel."""
    shape, names = state.network.input_shape, state.names
    if shape is None:
        raise TypeError("a network of the walk must say what it reads")
    last = len(state.network.layers)
    index = min(names.index(state.layer), last)  # a probability has seen what its score has
    fields = _comes_from(state.network, shape, index, state.cell)
    seen = dict(zip(names[:index], fields, strict=False))
    pixel = state.scene.pixel
    seers = {} if pixel is None else dict(zip(names, goes_to(state.network, shape, pixel, last), strict=False))
    box = seen[INPUT].box if INPUT in seen else None
    return ReceptiveFields(
        seen=seen,
        seers=seers,
        local=receptive_size(state.network, index) is not None,
        size=(box[3], box[2]) if box else None,
        ask=state.scene.but(pixel=state.most_active(INPUT)),
        pixel=None if pixel is None else _pixel_view(state, pixel, seers),
    )


@lru_cache(1024)
def _comes_from(network: Network, shape: Shape, index: int, cell: Cell) -> tuple[Field, ...]:
    """What a cell sees, once for all pictures and all readers."""
    return tuple(comes_from(network, shape, index, cell))


def _pixel_view(state: WalkState, pixel: Cell, seers: Mapping[str, Field]) -> PixelView:
    field = seers.get(state.layer) or seers[state.network.names[-1]]  # a probability is seen through its scores
    picture = state.outputs[INPUT][pixel[0]]
    grid = cell_buttons("pixel", picture, pixel, state.forward.scale(INPUT, pixel[0], state.scene.scope))
    maps = int(field.channels.sum())
    return PixelView(
        cell=pixel,
        value=number(float(picture[pixel[1], pixel[2]]), state.scene.precision),
        in_map=count(field.count // max(1, maps)),
        in_layer=count(field.count),
        picture=grid,
        forget=state.scene.but(pixel=None),
    )


def _box(field: Field | None, channel: int) -> Box | None:
    if field is None or not field.channels[channel] or (field.rows.all() and field.columns.all()):
        return None
    return field.box
