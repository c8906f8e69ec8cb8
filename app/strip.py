"""The strip: the whole network from left to right, every layer with all its maps, and what it makes of the picture."""

from __future__ import annotations

from dataclasses import dataclass

from app.figures import Plate, plate
from app.scene import Scene
from app.sight import Sight
from app.walk import INPUT, SOFTMAX, Walk
from app.writing import count, number, percent, sides
from cnn_core import KINDS, Conv, Dense


@dataclass(frozen=True)
class MapView:
    """One feature map of the strip, and the scene that picks it."""

    index: int
    plate: Plate
    scene: Scene
    picked: bool


@dataclass(frozen=True)
class Station:
    """One layer. kind is a name of KINDS, "input" or "softmax"; ahead: the picked cell does not need it."""

    name: str
    kind: str
    shape: str
    parameters: tuple[str, str] | None
    maps: tuple[MapView, ...]
    scene: Scene
    picked: bool
    ahead: bool


@dataclass(frozen=True)
class ClassView:
    """One class: its score and its probability, and the scenes that pick them."""

    name: str
    score: str
    percent: str
    bar: float
    likeliest: bool
    dense: Scene
    softmax: Scene
    dense_picked: bool
    softmax_picked: bool


def kind_of(walk: Walk, name: str) -> str:
    """The kind of a station: "input", "softmax", or the name of its layer's kind."""
    if name in (INPUT, SOFTMAX):
        return name
    layer = walk.network.layers[walk.network.names.index(name)]
    return next(kind for kind, made in KINDS.items() if isinstance(layer, made))


def station(walk: Walk, name: str, sight: Sight) -> Station:
    """Show one layer with all its maps, each a way to its most active cell."""
    output, scene = walk.outputs[name], walk.scene
    picked = name == walk.layer
    flat = output.shape[1:] == (1, 1)  # the scores are shown as a list, not as maps of one cell
    maps = (
        ()
        if flat
        else tuple(
            MapView(
                channel,
                plate(
                    output[channel],
                    walk.sent.pictures[scene.scope][name][channel],
                    scene.precision,
                    sight.seen_box(name, channel),
                    sight.seers_box(name, channel),
                ),
                scene.but(layer=name, cell=walk.most_active(name, channel)),
                picked and channel == walk.cell[0],
            )
            for channel in range(len(output))
        )
    )
    ahead = walk.names.index(name) > walk.names.index(walk.layer)
    shape = sides(output.shape[:1] if flat else output.shape)
    return Station(
        name, kind_of(walk, name), shape, _parameters(walk, name), maps, scene.but(layer=name), picked, ahead
    )


def _parameters(walk: Walk, name: str) -> tuple[str, str] | None:
    """The arithmetic of a layer's parameters, as in 16x(8x3x3+1) and 1,168; None where there are none."""
    if name in (INPUT, SOFTMAX):
        return None
    layer = walk.network.layers[walk.network.names.index(name)]
    if not isinstance(layer, Conv | Dense):
        return None
    out, *rest = layer.weight.shape
    each = "\N{MULTIPLICATION SIGN}".join(map(str, rest))
    return f"{out}\N{MULTIPLICATION SIGN}({each}+1)", count(layer.weight.size + layer.bias.size)


def classes(walk: Walk) -> tuple[ClassView, ...]:
    """Show every class with its score and its probability."""
    last = walk.names[-2]
    scores, shares = walk.outputs[last].ravel().tolist(), walk.outputs[SOFTMAX].ravel().tolist()
    names = walk.network.classes or tuple(map(str, range(len(scores))))
    return tuple(
        ClassView(
            name=name,
            score=number(score, walk.scene.precision),
            percent=percent(share),
            bar=round(100 * share, 2),
            likeliest=index == walk.prediction,
            dense=walk.scene.but(layer=last, cell=(index, 0, 0)),
            softmax=walk.scene.but(layer=SOFTMAX, cell=(index, 0, 0)),
            dense_picked=walk.layer == last and walk.cell[0] == index,
            softmax_picked=walk.layer == SOFTMAX and walk.cell[0] == index,
        )
        for index, (name, score, share) in enumerate(zip(names, scores, shares, strict=True))
    )
