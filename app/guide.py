"""The guide leads through the tour: which stop this is, and where the next and the last one are."""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.scene import Scene
from app.walk import Walk


@dataclass(frozen=True)
class TourView:
    """A stop of the tour: the name of its text, its number, and the ways on.

    here: the stop itself, where the reader has looked elsewhere since; None where they have not.
    """

    name: str
    layer: str
    number: int
    total: int
    here: Scene | None
    back: Scene | None
    forward: Scene | None
    leave: Scene


def guide(walk: Walk) -> TourView | None:
    """Where on the tour a walk is, or None where it is not on the tour."""
    scene, stop = walk.scene, walk.stop
    if stop is None or scene.tour is None:
        return None
    number, total = scene.tour, len(walk.sent.stops)
    return TourView(
        name=stop.name,
        layer=stop.layer,
        number=number,
        total=total,
        here=None if (stop.layer, stop.cell) == (walk.layer, walk.cell) else stop_scene(scene, number),
        back=stop_scene(scene, number - 1) if number > 1 else None,
        forward=stop_scene(scene, number + 1) if number < total else None,
        leave=replace(scene, tour=None, play=False),
    )


def stop_scene(scene: Scene, number: int) -> Scene:
    """A stop of the tour with the same picture and network; it chooses layer and cell itself."""
    return replace(scene, tour=number, layer=None, cell=None, pixel=None, play=False)
