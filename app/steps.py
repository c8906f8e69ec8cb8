"""The step bar: where the next press leads, through the cells of a map, then the maps, then the layers."""

from __future__ import annotations

from dataclasses import dataclass

from app.scene import Scene
from app.walk import Walk
from cnn_core import Cell


@dataclass(frozen=True)
class Steps:
    """Where the step bar leads; None where there is nothing further."""

    first: Scene
    back: Scene | None
    forward: Scene | None
    last: Scene
    layer_back: Scene | None
    layer_forward: Scene | None
    most_active: Scene
    play: Scene | None
    position: int
    cells: int
    channel: int
    channels: int


def steps(walk: Walk) -> Steps:
    """Through the cells of a map, then through the maps, then through the layers."""
    scene, names = walk.scene, walk.names
    channels, height, width = walk.outputs[walk.layer].shape
    c, i, j = walk.cell
    at, here = names.index(walk.layer), (c * height + i) * width + j

    def cell(number: int) -> Cell:
        return number // (height * width), number // width % height, number % width

    before = names[at - 1] if at else None
    after = names[at + 1] if at + 1 < len(names) else None
    layer_back = scene.but(layer=before) if before else None
    layer_forward = scene.but(layer=after) if after else None
    back = scene.but(cell=cell(here - 1)) if here else layer_back
    forward = scene.but(cell=cell(here + 1)) if here + 1 < channels * height * width else layer_forward
    return Steps(
        first=scene.but(cell=(c, 0, 0)),
        back=back,
        forward=forward.but(play=scene.play) if forward else None,
        last=scene.but(cell=(c, height - 1, width - 1)),
        layer_back=layer_back,
        layer_forward=layer_forward,
        most_active=scene.but(cell=walk.most_active(walk.layer)),
        play=scene.but(play=not scene.play) if forward else None,
        position=i * width + j + 1,
        cells=height * width,
        channel=c,
        channels=channels,
    )
