"""From a filtered scene to everything on the page of the filter explorer; it knows nothing of the web.

A comparison, downloads, a camera and the way into a network bring views of their own, and a field each in FilterPage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from app.filters.chain import ChainView, chain_view
from app.filters.engine.budget import MOST_DILATION, MOST_STRIDE
from app.filters.engine.options import borders, options, pools
from app.filters.engine.result import Filtered
from app.filters.engine.result_image import SHOWN, Shown, shown, suiting
from app.filters.formulas import operation, sizes
from app.filters.histogram import Histogram, histogram
from app.filters.kernel_editor import KernelView, kernel_view
from app.filters.kernel_gallery import LearnedGroup, Preview, gallery, learned_groups
from app.filters.pixel_terms import PixelView, ReadersView, kind, pixel_view, readers_view, window_box
from app.filters.step_bar import FilterSteps, steps
from app.filters.to_network import Bank, bridge
from app.pictures.reference import ImageRef
from app.pictures.samples import sample_names
from app.render.figures import Box
from app.render.numbers import number, sides
from app.scenes.chain_text import Pool
from app.scenes.choice import Choice
from app.scenes.filter_params import CHANNELS
from app.scenes.filter_scene import FilterScene
from app.scenes.values import PRECISIONS
from cnn_core import Cell, Network
from cnn_core.filters.filter import Filter

FINE = 100
"""Cells of a side: then a picture is drawn smoothly, and its cells as squares below."""


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """A picture on the page: its width and height in cells, its channel, and frames in cells, for drawing over it.

    scene: what its address is made from; part: "source" or "result".
    """

    part: str
    scene: FilterScene
    channel: int
    width: int
    height: int
    shape: str
    how: Shown
    box: Box | None
    seers: Box | None
    point: tuple[int, int] | None = None

    @property
    def smooth(self) -> bool:
        """Whether it has more cells than one would want to see singly."""
        return max(self.width, self.height) >= FINE

    @property
    def ring(self) -> tuple[float, float, float] | None:
        """A circle around a frame that is too small to be found: its middle and its radius."""
        return None if self.box is None else self._around(self.box)

    @property
    def point_ring(self) -> tuple[float, float, float] | None:
        """A circle around the pixel that is asked about."""
        return None if self.point is None else self._around((*self.point, 1, 1))

    def _around(self, box: Box) -> tuple[float, float, float] | None:
        x, y, width, height = box
        radius = max(self.width, self.height) / 40
        return (x + width / 2, y + height / 2, radius) if max(width, height) < radius else None


@dataclass(frozen=True, kw_only=True)
class FilterPage:
    """Everything on the page."""

    scene: FilterScene
    kind: str
    cell: Cell
    names: tuple[str, ...]
    size: tuple[int, int]
    before: Canvas
    after: Canvas
    gallery: tuple[Preview, ...]
    learned: tuple[LearnedGroup, ...]
    kernel: KernelView | None
    strides: tuple[Choice[FilterScene], ...]
    paddings: tuple[Choice[FilterScene], ...]
    dilations: tuple[Choice[FilterScene], ...]
    borders: tuple[Choice[FilterScene], ...]
    flips: tuple[Choice[FilterScene], ...]
    channels: tuple[Choice[FilterScene], ...]
    tabs: tuple[Choice[FilterScene], ...]
    shows: tuple[Choice[FilterScene], ...]
    pool_sizes: tuple[Choice[FilterScene], ...]
    pool_strides: tuple[Choice[FilterScene], ...]
    samples: tuple[Choice[FilterScene], ...]
    others: tuple[Choice[FilterScene], ...]
    precisions: tuple[Choice[FilterScene], ...]
    formula: str
    sizes: tuple[str, ...]
    uneven: bool
    histogram: Histogram
    limit: str
    beyond: bool
    pixel: PixelView
    readers: ReadersView | None
    ask: FilterScene
    forget: FilterScene
    steps: FilterSteps
    chain: ChainView
    bridge: tuple[Bank, ...]


def filter_page(filtered: Filtered, networks: Mapping[str, Network]) -> FilterPage:
    """Arrange a filtered scene for its page; `networks` are those whose kernels are shown."""
    scene, stage, precision = filtered.scene, filtered.stage, filtered.scene.precision
    readers, first = readers_view(filtered, precision), filtered.at == 1
    pool = filtered.at > 1 and isinstance(scene.then[filtered.at - 2], Pool)
    before, after = _before(filtered), _after(filtered, readers)
    return FilterPage(
        scene=scene,
        kind=kind(stage),
        cell=filtered.cell,
        names=filtered.source.names,
        size=filtered.source.size,
        before=before,
        after=after,
        gallery=gallery(filtered),
        learned=learned_groups(filtered, networks),
        kernel=kernel_view(filtered) if isinstance(stage, Filter) else None,
        strides=options(filtered, "stride", range(1, MOST_STRIDE + 1)) if first else (),
        paddings=_paddings(filtered) if first else (),
        dilations=options(filtered, "dilation", range(1, MOST_DILATION + 1)) if first else (),
        borders=borders(filtered) if first else (),
        flips=tuple(Choice(name, scene.flip == on, scene.but(flip=on)) for name, on in (("off", False), ("on", True))),
        channels=_channels(scene) if filtered.source.colours else (),
        tabs=_tabs(filtered),
        shows=_shows(filtered),
        pool_sizes=pools(filtered, "size") if pool else (),
        pool_strides=pools(filtered, "stride") if pool else (),
        samples=_samples(scene, ("photo",)),
        others=_samples(scene, ("pattern", "digit")),
        precisions=tuple(Choice(each, each == precision, scene.but(precision=each)) for each in PRECISIONS),
        formula=operation(stage),
        sizes=sizes(filtered),
        uneven=_uneven(filtered),
        histogram=histogram(filtered, precision),
        limit=number(filtered.limit, "2"),
        beyond=float(np.abs(filtered.after).max()) > filtered.limit,
        pixel=pixel_view(filtered, precision),
        readers=readers,
        ask=scene.but(pixel=_middle(filtered)),
        forget=scene.but(pixel=None),
        steps=steps(filtered),
        chain=chain_view(filtered),
        bridge=bridge(filtered, networks) if isinstance(stage, Filter) else (),
    )


def _before(filtered: Filtered) -> Canvas:
    scene, at = filtered.scene, filtered.at
    channels, height, width = filtered.before.shape
    plain = _plain(scene)
    if at == 1:
        plain = FilterScene(image=scene.image, crop=scene.crop, channels=scene.channels)
    pixel = scene.pixel
    return Canvas(
        part="source" if at == 1 else "result",
        scene=plain if at == 1 else plain.but(step=at - 1),
        channel=filtered.cell[0],
        width=width,
        height=height,
        shape=sides((channels, height, width)),
        how="clipped" if at == 1 else shown(filtered, at - 1),
        box=window_box(filtered),
        seers=None,
        point=None if pixel is None else (pixel[2], pixel[1]),
    )


def _after(filtered: Filtered, readers: ReadersView | None) -> Canvas:
    channels, height, width = filtered.after.shape
    c, i, j = filtered.cell
    return Canvas(
        part="result",
        scene=_plain(filtered.scene),
        channel=c,
        width=width,
        height=height,
        shape=sides((channels, height, width)),
        how=shown(filtered),
        box=(j, i, 1, 1),
        seers=readers.box if readers else None,
        point=None,
    )


def _plain(scene: FilterScene) -> FilterScene:
    """The scene without what does not change its pictures: they keep their address from cell to cell."""
    return scene.but(cell=None, pixel=None, kernel2=None, image2=None, precision="3")


def _channels(scene: FilterScene) -> tuple[Choice[FilterScene], ...]:
    return tuple(
        Choice(name, name == scene.channels, scene.but(channels=name, cell=None, pixel=None)) for name in CHANNELS
    )


def _shows(filtered: Filtered) -> tuple[Choice[FilterScene], ...]:
    """The three ways to show; the one that suits the kernel goes without saying."""
    scene, now = filtered.scene, shown(filtered)
    suits = suiting(filtered.chain[: filtered.at])
    return tuple(Choice(name, name == now, scene.but(show="auto" if name == suits else name)) for name in SHOWN)


def _samples(scene: FilterScene, kinds: tuple[str, ...]) -> tuple[Choice[FilterScene], ...]:
    return tuple(
        Choice(sample.name, image == scene.image, scene.with_picture(image))
        for kind_ in kinds
        for sample in sample_names()
        if sample.kind == kind_ and not sample.another
        for image in (ImageRef("sample", sample.name),)
    )


def _paddings(filtered: Filtered) -> tuple[Choice[FilterScene], ...]:
    """How many zeros on each side; asked only where the border is made of them."""
    if filtered.scene.border != "zero" or not isinstance(filtered.stage, Filter):
        return ()
    return options(filtered, "padding", range(min(filtered.stage.windows.size)))


def _uneven(filtered: Filtered) -> bool:
    """Whether more rows or columns are added after the picture than before it."""
    stage = filtered.stage
    return isinstance(stage, Filter) and any(first != last for first, last in stage.windows.padding)


def _middle(filtered: Filtered) -> Cell:
    """The pixel in the middle of the picked window, as far as it lies in the picture."""
    x, y, width, height = window_box(filtered)
    _, rows, columns = filtered.before.shape
    return filtered.cell[0], min(max(y + height // 2, 0), rows - 1), min(max(x + width // 2, 0), columns - 1)


def _tabs(filtered: Filtered) -> tuple[Choice[FilterScene], ...]:
    """The channels of the picture: which of them is looked at."""
    c, i, j = filtered.cell
    names = filtered.source.names
    return tuple(Choice(name, at == c, filtered.scene.but(cell=(at, i, j))) for at, name in enumerate(names))
