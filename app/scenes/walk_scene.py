"""The scene of the walk: all that is looked at, as an address says it, so that reload, Back and links show the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from app.pictures.fit import Crop, Ink
from app.pictures.reference import ImageRef
from app.render.map_images import Scope
from app.scenes.parameter_table import TableScene
from app.scenes.patch_text import Patch
from app.scenes.values import FIRST_IMAGE, Of, Way, first_image
from app.scenes.walk_params import WALK
from cnn_core import Cell


@dataclass(frozen=True)
class Scene(TableScene):
    """What is shown. None and the defaults mean: the choice of the room.

    layer: None is the network's first convolution. cell: None is the most active cell of the layer.
    On a tour, both are those of its stop.
    patch: a kernel put in place of one of the first convolution's. pixel: of the input, of which is asked who sees it.
    of, at: backward, whose gradient is looked at, and its place; for "output" the place is the cell.
    target: the class that the loss asks for. steps, rate, optimizer: what the network has learned of this picture.
    heat, against: the map of what mattered to the target, and the class that it is set against.
    check: the h of a finite difference. page: which page of a long list of terms.
    cells, loop, formula, record: the parts of the page that are shown on demand.
    precision is the reader's preference: links keep it.
    """

    table = WALK

    network: str = "digits"
    image: ImageRef = FIRST_IMAGE
    crop: Crop = "auto"
    ink: Ink = "auto"
    patch: Patch | None = None
    way: Way = "forward"
    layer: str | None = None
    cell: Cell | None = None
    pixel: Cell | None = None
    of: Of = "output"
    at: tuple[int, ...] | None = None
    target: int | None = None
    against: int | None = None
    heat: str | None = None
    steps: int = 0
    rate: float = 0.01
    optimizer: str = "sgd"
    check: float | None = None
    page: int = 1
    scope: Scope = "layer"
    tour: int | None = None
    cells: bool = False
    loop: bool = False
    formula: bool = False
    record: bool = False
    play: bool = False
    precision: str = "3"

    def but(self, **changes: Any) -> Self:
        """Return the same scene with something changed; another layer forgets the cell, unless one is given.

        What is asked at a layer (of, at) is forgotten with it, a place with its question, a list's page always.
        """
        told = tuple(changes)
        if changes.get("layer", self.layer) != self.layer:
            changes.setdefault("cell", None)
            changes.setdefault("of", "output")
        if changes.get("of", self.of) != self.of:
            changes.setdefault("at", None)
            changes.setdefault("cell", None)
        changes.setdefault("page", 1)
        changes.setdefault("play", False)
        return self.copied(changes).told(self, told)

    def with_picture(self, image: ImageRef | None = None) -> Self:
        """Return the same place with another picture, or the network's first; what was said of the old is left out.

        The most active cell is another one then, and on a tour the stop chooses its layer anew.
        """
        layer = self.layer if self.tour is None else None
        image = image or first_image(self.network)
        return self.but(image=image, crop="auto", ink="auto", layer=layer, cell=None)

    def defaults(self) -> Mapping[str, Any]:
        """Each network begins with a picture of its own kind."""
        return {"image": first_image(self.network)}

    @classmethod
    def holding(cls, values: Mapping[str, Any]) -> Self:
        """Return the scene with these values; where no picture is among them, with the network's first one."""
        scene = cls(**values)
        return scene if "image" in values else replace(scene, image=first_image(scene.network))
