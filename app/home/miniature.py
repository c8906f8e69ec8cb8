"""The miniature is the walk at a glance: the picture, one window, one sum, one cell, and the answer at the end.

It goes round a few cells that are worth looking at, along the strokes of the digit with which the walk begins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.explain.class_list import ClassView, classes
from app.explain.forward import look
from app.explain.views_forward import Block, Weighted
from app.passes.network_pass import INPUT, SOFTMAX
from app.passes.state import Walk
from app.pictures.samples import PHOTOS
from app.render.figures import Figure, Plate, figure, plate
from app.scenes.filter_scene import FilterScene
from app.scenes.kernel_text import named
from app.scenes.values import first_image
from app.scenes.walk_scene import Scene
from cnn_core import Cell

# The kernel of map 6 answers to the left edges of strokes, and against their right ones: both signs on one digit.
ROUND: tuple[Cell, ...] = (
    (6, 8, 9),  # the left edge of the upper loop
    (6, 8, 12),  # the right edge of the same stroke
    (6, 13, 10),  # down to where the strokes cross
    (6, 13, 16),
    (6, 18, 17),  # round the lower loop
    (6, 18, 14),
    (6, 23, 12),
    (6, 19, 6),
    (6, 9, 15),  # and up again
    (6, 12, 22),  # bare paper: of the sum, the bias alone is left
)


EYE = (40, 60, 96, 96)
"""Of the first photograph."""
ON_THE_DOOR = ("identity", "gaussian", "sharpen", "emboss", "sobel-x", "sobel-y", "laplacian")


@dataclass(frozen=True)
class Miniature:
    """One cell of the first convolution with all that made it, and the ways from here.

    number: the place of the cell on the round, from 1; 0 where it is not on it. ahead: the layers behind the picked
    one. sign: of the value, "positive" or "negative", or "bare" where every product is 0 and only the bias is left.
    """

    scene: Scene
    cell: Cell
    block: Block
    terms: int
    bias: Figure
    value: Figure
    map: Plate
    sign: str
    ahead: int
    classes: tuple[ClassView, ...]
    prediction: ClassView
    input: Scene
    number: int
    total: int
    next: Scene


@dataclass(frozen=True)
class Home:
    """The home page: the miniature, and the small pictures on its doors.

    maps: all maps of the picked layer. way: one map of every layer that has any, in their order.
    tour: where the tour begins; stops: how many it has on this picture. errors: the gradients by all maps of the picked
    layer; back: where the way back begins. photos: the photographs that come with the site; colours: the walk of one.
    filters: what kernels make of one of them.
    """

    miniature: Miniature
    maps: tuple[Plate, ...]
    way: tuple[Plate, ...]
    tour: Scene
    stops: int
    errors: tuple[Plate, ...]
    back: Scene
    photos: tuple[str, ...]
    colours: Scene
    filters: tuple[FilterScene, ...]


def on_the_round(asked: Scene) -> Scene:
    """The home page's scene: a cell, and everything else as the walk begins; the first cell goes without saying."""
    return Scene() if asked.cell == ROUND[0] else Scene(cell=asked.cell)


def in_the_walk(scene: Scene) -> Scene:
    """The scene of the walk that the home page's scene is a miniature of."""
    return replace(scene, cell=scene.cell or ROUND[0])


def home(walk: Walk) -> Home:
    """Arrange a walk for the home page."""
    first = walk.sent.outputs[walk.layer]
    mapped = walk.sent.maps.pictures(walk.scene.scope)
    return Home(
        miniature=miniature(walk),
        maps=tuple(_plate(walk, walk.layer, channel) for channel in range(len(first))),
        way=tuple(_plate(walk, name, _telling(walk, name)) for name in mapped),
        tour=Scene(tour=1),
        stops=len(walk.sent.stops()),
        errors=tuple(_errors(walk, channel) for channel in range(len(first))),
        back=Scene(way="backward"),
        photos=tuple(PHOTOS),
        colours=Scene(network="photos", image=first_image("photos")),
        filters=tuple(FilterScene(crop=EYE, kernel=named(name), channels="grey") for name in ON_THE_DOOR),
    )


def miniature(walk: Walk) -> Miniature:
    """Arrange the arithmetic of the picked cell, and what is before and behind it."""
    view, answers = look(walk), classes(walk)
    if not isinstance(view, Weighted):
        raise TypeError("the miniature shows a convolution")
    channel, i, j = walk.cell
    value = float(walk.outputs[walk.layer][walk.cell])
    scale = walk.sent.scale(walk.layer, channel, walk.scene.scope)
    place = ROUND.index(walk.cell) if walk.cell in ROUND else -1
    return Miniature(
        scene=walk.scene,
        cell=walk.cell,
        block=view.blocks[0],
        terms=view.terms,
        bias=view.bias,
        value=figure(value, scale, walk.scene.precision),
        map=replace(_plate(walk, walk.layer, channel), box=(j, i, 1, 1)),
        sign="bare" if view.zeros == view.terms else "positive" if value > 0 else "negative",
        ahead=walk.names.index(SOFTMAX) - walk.names.index(walk.layer) - 1,
        classes=answers,
        prediction=answers[walk.prediction],
        input=walk.scene.but(layer=INPUT),
        number=place + 1,
        total=len(ROUND),
        next=on_the_round(Scene(cell=ROUND[(place + 1) % len(ROUND)])),
    )


def _errors(walk: Walk, channel: int) -> Plate:
    """The gradients by one map of the picked layer, where the loss asks for the runner-up, as the way back does."""
    back, scope = walk.sent.back(walk.sent.ranking[1]), walk.scene.scope
    uri = back.maps.pictures(scope)[walk.layer][channel]
    return plate(back.outputs[walk.layer][channel], uri, walk.scene.precision)


def _telling(walk: Walk, name: str) -> int:
    """The map to show of a layer: the picked one, as long as a layer has as many; behind that, the most active."""
    same = len(walk.outputs[name]) == len(walk.outputs[walk.layer])
    return walk.cell[0] if same else walk.most_active(name)[0]


def _plate(walk: Walk, name: str, channel: int) -> Plate:
    pictures = walk.sent.maps.pictures(walk.scene.scope)
    return plate(walk.outputs[name][channel], pictures[name][channel], walk.scene.precision)
