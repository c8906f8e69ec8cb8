"""Two results side by side, A and B, of two kernels or of two pictures, and what one is less the other."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from app.filters.engine.result import Filtered
from app.filters.engine.result_image import Shown, shown
from app.pictures.reference import ImageRef
from app.pictures.samples import sample_names
from app.render.colours import limit, map_image
from app.render.numbers import number, sides
from app.scenes.filter_scene import FilterScene
from app.scenes.kernel_text import kernel_name, named
from cnn_core import Array
from cnn_core.filters.presets import PRESETS


@dataclass(frozen=True, kw_only=True)
class Side:
    """A or B: its kernel's and its picture's name (nothing where it is the reader's), its size and its range.

    scene: what its own picture is made from.
    """

    kernel: str
    picture: str
    width: int
    height: int
    shape: str
    least: str
    most: str
    how: Shown
    scene: FilterScene


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A less B: its range, and the largest distance from zero, which is the fullest colour."""

    least: str
    most: str
    limit: str
    none: bool


@dataclass(frozen=True, kw_only=True)
class CompareView:
    """b: None where nothing is compared, or where B cannot be computed with these settings; fits tells which.

    difference: None where A and B are not of one size. kernels, pictures: what may be B. keep: A as it is becomes B.
    """

    channel: int
    comparing: bool
    fits: bool
    a: Side
    b: Side | None
    difference: Difference | None
    kernels: tuple[tuple[str, bool], ...]
    pictures: tuple[tuple[str, bool], ...]
    keep: FilterScene
    swap: FilterScene
    stop: FilterScene


def compare_view(filtered: Filtered, other: Filtered | None) -> CompareView:
    """Arrange a filtered scene beside the other one that it names; None where it names none, or none that fits."""
    scene = filtered.scene
    channel, precision = filtered.cell[0], scene.precision
    apart = None if other is None else difference(filtered, other)
    return CompareView(
        channel=channel,
        comparing=scene.compares,
        fits=other is not None,
        a=_side(filtered, precision),
        b=None if other is None else _side(other, precision),
        difference=None if apart is None else _difference(apart, precision),
        kernels=tuple((name, scene.kernel2 == named(name)) for name in PRESETS),
        pictures=tuple(
            (each.name, scene.image2 == ImageRef("sample", each.name)) for each in sample_names() if not each.another
        ),
        keep=scene.but(kernel2=scene.kernel),
        swap=_swapped(scene),
        stop=scene.but(kernel2=None, image2=None),
    )


def difference(a: Filtered, b: Filtered) -> Array | None:
    """(C, H', W'): the result of A less that of B; None where they are not of one size."""
    return a.after - b.after if a.after.shape == b.after.shape else None


def difference_picture(a: Filtered, b: Filtered, channel: int) -> Image.Image | None:
    """One channel of the difference, with its signs."""
    apart = difference(a, b)
    return None if apart is None else map_image(apart[min(channel, len(apart) - 1)], limit(apart))


def _swapped(scene: FilterScene) -> FilterScene:
    kernel2 = None if scene.kernel2 is None else scene.kernel
    image2 = None if scene.image2 is None else scene.image
    return scene.other().but(kernel2=kernel2, image2=image2)


def _side(filtered: Filtered, precision: str) -> Side:
    scene, values = filtered.scene, filtered.after
    image = scene.image
    return Side(
        kernel=kernel_name(scene.kernel),
        picture=image.name if image.kind == "sample" else "",
        width=values.shape[2],
        height=values.shape[1],
        shape=sides(values.shape),
        least=number(float(values.min()), precision),
        most=number(float(values.max()), precision),
        how=shown(filtered),
        scene=scene.but(cell=None, pixel=None, kernel2=None, image2=None, precision="3"),
    )


def _difference(apart: Array, precision: str) -> Difference:
    least, most = float(apart.min()), float(apart.max())
    return Difference(
        least=number(least, precision),
        most=number(most, precision),
        limit=number(limit(apart), "2"),
        none=least == most == 0,
    )
