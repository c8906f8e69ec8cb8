"""The miniature of the walk on the home page: the picture, one window, its sum, the cell, and the prediction.

Its "next" link goes through a fixed cycle of cells along the strokes of the default picture, an 8.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.explain.class_list import ClassView, classes
from app.explain.of_state import look
from app.explain.weighted_sum import Block, WeightedSum
from app.passes.network_pass import INPUT, SOFTMAX
from app.passes.state import WalkState
from app.render.figures import Figure, Plate, figure, plate
from app.scenes.walk_scene import Scene
from cnn_core import Cell

# The kernel of map 6 is positive on left edges of strokes and negative on right ones, so one digit shows both signs.
CELLS: tuple[Cell, ...] = (
    (6, 8, 9),  # the left edge of the upper loop
    (6, 8, 12),  # the right edge of the same stroke
    (6, 13, 10),  # down to where the strokes cross
    (6, 13, 16),
    (6, 18, 17),  # round the lower loop
    (6, 18, 14),
    (6, 23, 12),
    (6, 19, 6),
    (6, 9, 15),  # and up again
    (6, 12, 22),  # empty background: every product is 0, the value is the bias
)


@dataclass(frozen=True, kw_only=True)
class Miniature:
    """One cell of the first convolution with its arithmetic, and the scenes that the miniature links to.

    block, terms, bias, value: the sum of its products, how many there are, and what they add up to with the bias.
    map: the cell's map. sign: "positive", "negative", or "bare" where every product is 0 and the value is the bias.
    ahead: the number of layers after the selected one. classes, prediction: the probabilities, and the likeliest one.
    number, total: the position of the cell in the cycle, from 1, and its length; number is 0 for any other cell.
    scene, input, next: the cell in the walk, its input, and the next cell of the cycle.
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


def miniature_scene(asked: Scene) -> Scene:
    """The scene of a home page: only the cell is kept, and the first cell of the cycle is the default."""
    return Scene() if asked.cell == CELLS[0] else Scene(cell=asked.cell)


def walk_scene(scene: Scene) -> Scene:
    """The scene of the walk that a home page's scene is a miniature of."""
    return replace(scene, cell=scene.cell or CELLS[0])


def miniature(state: WalkState) -> Miniature:
    """Everything shown of the selected cell. Raises TypeError where its layer is not a convolution."""
    view, answers = look(state), classes(state)
    if not isinstance(view, WeightedSum):
        raise TypeError("the miniature shows a convolution")
    channel, i, j = state.cell
    value = float(state.outputs[state.layer][state.cell])
    scale = state.forward.scale(state.layer, channel, state.scene.scope)
    place = CELLS.index(state.cell) if state.cell in CELLS else -1
    return Miniature(
        scene=state.scene,
        cell=state.cell,
        block=view.blocks[0],
        terms=view.terms,
        bias=view.bias,
        value=figure(value, scale, state.scene.precision),
        map=replace(map_plate(state, state.layer, channel), box=(j, i, 1, 1)),
        sign="bare" if view.zeros == view.terms else "positive" if value > 0 else "negative",
        ahead=state.names.index(SOFTMAX) - state.names.index(state.layer) - 1,
        classes=answers,
        prediction=answers[state.prediction],
        input=state.scene.but(layer=INPUT),
        number=place + 1,
        total=len(CELLS),
        next=miniature_scene(Scene(cell=CELLS[(place + 1) % len(CELLS)])),
    )


def map_plate(state: WalkState, name: str, channel: int) -> Plate:
    """One map of a layer as an image, on the scale of the scene."""
    uri = state.forward.maps.picture(name, channel, state.scene.scope)
    return plate(state.outputs[name][channel], uri, state.scene.precision)
