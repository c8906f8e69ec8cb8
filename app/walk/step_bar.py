"""The step bar: links to the next and the previous cell, map and layer.

On the way back it leads through the places of the gradients that are asked for, then to the layer before; or, where
the loops have stopped at a window, from window to window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import numpy as np

from app.passes.network_pass import SOFTMAX
from app.passes.state import WalkState
from app.scenes.walk_scene import Scene
from cnn_core import Cell


@dataclass(frozen=True, kw_only=True)
class Steps:
    """Where the step bar leads; None where there is nothing further.

    layer_back is where the reader comes from, layer_forward where they go to: on the way back, towards the picture.
    through: what is stepped through, "cell", "class", "weight", "bias" or "window".
    """

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
    through: str = "cell"


def steps(state: WalkState) -> Steps:
    """Where the next press leads from here."""
    return _ahead(state) if state.scene.way == "forward" else _back(state)


def _ahead(state: WalkState) -> Steps:
    """Through the cells of a map, then through the maps, then through the layers."""
    scene, names = state.scene, state.names
    at = names.index(state.layer)
    layer_back = scene.but(layer=names[at - 1]) if at else None
    layer_forward = scene.but(layer=names[at + 1]) if at + 1 < len(names) else None
    most_active = scene.but(cell=state.most_active(state.layer))
    return _through_cells(state, layer_back, layer_forward, most_active)


def _back(state: WalkState) -> Steps:
    scene, names = state.scene, [name for name in state.names if name != SOFTMAX]
    at = names.index(state.layer)
    layer_back = at_layer(state, names[at + 1]) if at + 1 < len(names) else None
    layer_forward = at_layer(state, names[at - 1]) if at else None
    if scene.of == "output":
        strongest = scene.but(cell=state.strongest(state.layer))
        return _through_cells(state, layer_back, layer_forward, strongest)
    strongest = replace(scene.but(), at=None, cell=None)
    if scene.cell is not None:
        return _through_cells(state, layer_back, layer_forward, strongest, "window")
    return _through_places(state, layer_back, layer_forward, strongest)


def at_layer(state: WalkState, name: str) -> Scene:
    """The same question at another layer, as far as it can be asked there."""
    of, layer = state.scene.of, state.layer_of(name)
    if layer is None:
        of = "output"
    elif of in ("weight", "bias") and of not in layer.params:
        of = "input"
    return state.scene.but(layer=name, of=of, at=None, cell=None)


def _through_cells(
    state: WalkState, layer_back: Scene | None, layer_forward: Scene | None, strongest: Scene, through: str = "cell"
) -> Steps:
    scene, (channels, height, width) = state.scene, state.outputs[state.layer].shape
    c, i, j = state.cell
    here = (c * height + i) * width + j

    def cell(number: int) -> Scene:
        place: Cell = (number // (height * width), number // width % height, number % width)
        return scene.but(cell=place)

    back = cell(here - 1) if here else layer_back
    forward = cell(here + 1) if here + 1 < channels * height * width else layer_forward
    return Steps(
        first=scene.but(cell=(c, 0, 0)),
        back=back,
        forward=forward.but(play=scene.play) if forward else None,
        last=scene.but(cell=(c, height - 1, width - 1)),
        layer_back=layer_back,
        layer_forward=layer_forward,
        most_active=strongest,
        play=scene.but(play=not scene.play) if forward else None,
        position=i * width + j + 1,
        cells=height * width,
        channel=c,
        channels=channels,
        through="class" if through == "cell" and state.layer in (state.network.names[-1], SOFTMAX) else through,
    )


def _through_places(state: WalkState, layer_back: Scene | None, layer_forward: Scene | None, strongest: Scene) -> Steps:
    """Through the gradients of the input, the weights or the biases, first those of one map or one kernel."""
    scene, at, shape = state.scene, state.scene.at or (), state.asked().shape
    here, each = int(np.ravel_multi_index(at, shape)), prod(shape[1:])

    def place(number: int) -> Scene:
        return scene.but(at=tuple(int(index) for index in np.unravel_index(number, shape)))

    group = at[0] if len(shape) > 1 else 0
    first, cells = (group * each, each) if len(shape) > 1 else (0, shape[0])
    forward = place(here + 1) if here + 1 < prod(shape) else layer_forward
    return Steps(
        first=place(first),
        back=place(here - 1) if here else layer_back,
        forward=forward.but(play=scene.play) if forward else None,
        last=place(first + cells - 1),
        layer_back=layer_back,
        layer_forward=layer_forward,
        most_active=strongest,
        play=scene.but(play=not scene.play) if forward else None,
        position=here - first + 1,
        cells=cells,
        channel=group,
        channels=shape[0] if len(shape) > 1 else 1,
        through="cell" if scene.of == "input" else scene.of,
    )
