"""Where the step bar leads: the window walks over the picture, cell by cell and row by row."""

from __future__ import annotations

from dataclasses import dataclass

from app.filters.engine.result import Filtered, strongest
from app.render.numbers import count
from app.scenes.filter_scene import FilterScene


@dataclass(frozen=True, kw_only=True)
class FilterSteps:
    """None where there is nothing further. position: of the cell among those of its channel, from 1."""

    first: FilterScene | None
    up: FilterScene | None
    back: FilterScene | None
    play: FilterScene | None
    forward: FilterScene | None
    down: FilterScene | None
    last: FilterScene | None
    strongest: FilterScene
    position: int
    cells: int
    position_text: str
    cells_text: str


def steps(filtered: Filtered) -> FilterSteps:
    """Through the cells of the channel that is looked at, in reading order."""
    scene, (c, i, j) = filtered.scene, filtered.cell
    _, height, width = filtered.after.shape
    here, cells = i * width + j, height * width

    def cell(number: int, there: bool) -> FilterScene | None:
        return scene.but(cell=(c, number // width, number % width)) if there else None

    forward = cell(here + 1, here + 1 < cells)
    return FilterSteps(
        first=cell(0, here > 0),
        up=cell(here - width, i > 0),
        back=cell(here - 1, here > 0),
        play=scene.but(play=not scene.play) if forward else None,
        forward=forward.but(play=scene.play) if forward else None,
        down=cell(here + width, i + 1 < height),
        last=cell(cells - 1, here + 1 < cells),
        strongest=scene.but(cell=strongest(filtered)),
        position=here + 1,
        cells=cells,
        position_text=count(here + 1),
        cells_text=count(cells),
    )
