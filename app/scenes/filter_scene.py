"""The scene of the filter explorer: picture, kernel, how it slides, the stages after it, and what is selected.

All of it is in the address. A kernel or chain that is too long stands there as kept.<digest>: see long_values.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Self

from app.pictures.fit import Crop
from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.scenes.chain_text import Again, Stage
from app.scenes.filter_params import FILTERS, FIRST_KERNEL
from app.scenes.kernel_text import Kernel
from app.scenes.parameter_table import TableScene
from app.scenes.values import FIRST_PHOTO
from cnn_core import Cell

LONGEST, LONGEST_BESIDE_A_DRAWING = 200, 60
"""Characters of a kernel or a chain in an address; a drawing in it takes most of its 2,000."""
LONG_DRAWING = 500
KEPT = re.compile(r"kept\.([0-9a-f]{32})", re.ASCII)
OTHERS = ("kernel2", "image2")
MAY_BE_KEPT = ("kernel", "then", "kernel2")


@dataclass(frozen=True)
class FilterScene(TableScene):
    """What is shown. The defaults mean: the choice of the room.

    step: the stage that is looked at, from 1, None the last. cell: of its output, None the strongest.
    pixel: of its input, of which is asked who reads it. kernel2, image2: of the other result that this
    one is compared with, instead of the first kernel or the picture.
    """

    table = FILTERS

    image: ImageRef = FIRST_PHOTO
    crop: Crop = "auto"
    kernel: Kernel = FIRST_KERNEL
    channels: str = "all"
    border: str = "same"
    padding: int = 0
    flip: bool = False
    stride: int = 1
    dilation: int = 1
    show: str = "auto"
    then: tuple[Stage, ...] = ()
    step: int | None = None
    cell: Cell | None = None
    pixel: Cell | None = None
    kernel2: Kernel | None = None
    image2: ImageRef | None = None
    play: bool = False
    precision: str = "3"

    @property
    def looked_at(self) -> int:
        """The stage that is looked at, counted from 1."""
        return self.step or len(self.then) + 1

    @property
    def edited(self) -> Kernel:
        """The kernel that the page shows and changes: that of the stage looked at, or else the first."""
        stage = self.then[self.looked_at - 2] if self.looked_at > 1 else None
        return stage.kernel if isinstance(stage, Again) else self.kernel

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """Every kernel of the chain, in its order, and the one that is compared with the first."""
        compared = () if self.kernel2 is None else (self.kernel2,)
        return (self.kernel, *(stage.kernel for stage in self.then if isinstance(stage, Again)), *compared)

    @property
    def compares(self) -> bool:
        """Whether there is another result beside this one."""
        return self.kernel2 is not None or self.image2 is not None

    def other(self) -> Self:
        """The scene that this one is compared with: the same stages with the other kernel, or on the other picture."""
        crop = self.crop if self.image2 is None else "auto"
        kernel, image = self.kernel2 or self.kernel, self.image2 or self.image
        return self.but(kernel=kernel, image=image, crop=crop, cell=None, pixel=None, kernel2=None, image2=None)

    def but(self, **changes: Any) -> Self:
        """Return the same scene with something changed; playing stops, and padding belongs to a border of zeros.

        Another stage has cells and pixels of its own; the last stage goes without saying.
        """
        told = tuple(changes)
        changes.setdefault("play", False)
        if changes.get("border", self.border) != "zero":
            changes["padding"] = 0
        changed = self.copied(changes)
        if changed.looked_at != self.looked_at:
            changed = replace(changed, cell=changes.get("cell"), pixel=changes.get("pixel"))
        if (changed.step or 0) > len(changed.then):
            changed = replace(changed, step=None)
        return changed.told(self, told)

    def with_kernel(self, kernel: Kernel) -> Self:
        """Return the scene with another kernel in place of the one that is looked at."""
        at = self.looked_at - 2
        if at >= 0 and isinstance(self.then[at], Again):
            return self.but(then=(*self.then[:at], Again(kernel), *self.then[at + 1 :]))
        return self.but(kernel=kernel)

    def with_picture(self, image: ImageRef | None = None) -> Self:
        """Return the same filters on another picture, or on the first one."""
        return self.but(image=image or FIRST_PHOTO, crop="auto", cell=None, pixel=None)

    def texts(self) -> dict[str, str]:
        """Write the scene as parameters, in the table's order, defaults left out, nothing shortened."""
        return self.table.write(self, self.defaults())

    def to_args(self) -> dict[str, str]:
        """Write the scene as query parameters; what is too long stands there by its digest."""
        return {name: digest(text) if self.is_long(name, text) else text for name, text in self.texts().items()}

    def is_long(self, name: str, text: str) -> bool:
        """Whether a value is kept in the store, and its digest stands in the address."""
        drawn = len(str(self.image)) > LONG_DRAWING
        return name in MAY_BE_KEPT and len(text) > (LONGEST_BESIDE_A_DRAWING if drawn else LONGEST)


def digest(text: str) -> str:
    """The name under which a long text stands in an address."""
    return f"kept.{blake2b(text.encode(), digest_size=16).hexdigest()}"


def read_filter_scene(args: Mapping[str, str], kept: Callable[[str], str | None]) -> FilterScene:
    """Read a scene from a query; names that are not in the table are ignored. kept: looks a long text up by its name.

    Raises Refusal 400 where a value cannot be read, 410 where a long one is no longer kept.
    """
    texts = {
        name: _looked_up(text, kept) if name in MAY_BE_KEPT and KEPT.fullmatch(text) else text
        for name in FILTERS.names
        # a form says nothing where nothing is compared
        if (text := args.get(name)) is not None and (text or name not in OTHERS)
    }
    found = FILTERS.read(texts)
    if "padding" in found:
        border = found.setdefault("border", "zero")
        if border != "zero" and found["padding"]:
            nearest = FilterScene(**found | {"padding": 0}).but()
            raise Refusal(422, "filter-padding-needs-zero", border=border, got=found["padding"], nearest=nearest)
    scene = FilterScene(**found)
    _check_step(scene)
    return scene.but(play=scene.play)


def _looked_up(name: str, kept: Callable[[str], str | None]) -> str:
    text = kept(name)
    if text is None:
        raise Refusal(410, "filter-forgotten", got=name)
    return text


def _check_step(scene: FilterScene) -> None:
    last = len(scene.then) + 1
    if scene.step is not None and not 1 <= scene.step <= last:
        nearest = replace(scene, step=None)
        raise Refusal(422, "filter-step-out-of-range", got=scene.step, last=last, nearest=nearest)
