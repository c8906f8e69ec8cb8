"""From a scene to what a page needs: the strip of all layers, the picked cell, and where the next step leads.

It knows no layer by name and no sentence by heart, and nothing of the web.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from app.cells import cells
from app.figures import Figure, Neighbour, Plate, figure, near, plate
from app.formulas import SOFTMAX as SOFTMAX_FORMULA
from app.formulas import mathml, operation, sizes
from app.guide import TourView, guide, stop_scene
from app.images import ImageRef, sample_names
from app.microscope import look
from app.paint import data_uri, limit, thumbnail
from app.scene import Scene
from app.sight import Sight, sight
from app.slides import View
from app.steps import Steps, steps
from app.strip import ClassView, Station, classes, kind_of, station
from app.textbook import Line, loop, softmax_loop
from app.vocabulary import INKS, PRECISIONS, SCOPES
from app.walk import INPUT, SOFTMAX, Walk
from app.writing import count, number, sides, small
from cnn_core import AveragePool, Cell, Conv, Dense, MaxPool, Network, Shape
from cnn_core.windows import Windows


@dataclass(frozen=True)
class FitStage:
    """One step of the fitting as a picture of so many pixels."""

    name: str
    uri: str
    width: int
    height: int
    box: tuple[int, int, int, int] | None


@dataclass(frozen=True)
class Choice:
    """One of several to choose from, and the scene that chooses it."""

    name: str
    kind: str
    picked: bool
    scene: Scene


@dataclass(frozen=True)
class Scales:
    """The range of a colour, as text: from minus this to plus this; empty where there is nothing of the kind."""

    values: str
    weights: str


@dataclass(frozen=True)
class Facts:
    """What can be counted about the picked layer; the sentences beside the microscope use it."""

    before: Shape
    after: Shape
    before_name: str
    values_before: str
    values_after: str
    kernel: str
    taps: int
    positions: str
    parameters: str
    dense_parameters: str
    overlap: bool
    unread: tuple[int, int]


@dataclass(frozen=True)
class Page:
    """Everything on the walk page."""

    scene: Scene
    stations: tuple[Station, ...]
    classes: tuple[ClassView, ...]
    prediction: ClassView
    kind: str
    cell: Cell
    value: Figure
    view: View
    output: Markup
    map: Plate | None
    near: tuple[tuple[Neighbour | None, ...], ...]
    steps: Steps
    lines: tuple[Line, ...]
    formula: str
    sizes: tuple[str, ...]
    facts: Facts
    stages: tuple[FitStage, ...]
    own: str
    picture_size: tuple[int, int]
    ink: str
    ink_found: bool
    passed_through: bool
    networks: tuple[Choice, ...]
    samples: tuple[Choice, ...]
    precisions: tuple[Choice, ...]
    scopes: tuple[Choice, ...]
    inks: tuple[Choice, ...]
    crops: tuple[Choice, ...]
    scales: Scales
    sight: Sight
    tour: TourView | None
    tour_start: Scene


def explain(walk: Walk, networks: Mapping[str, Network]) -> Page:
    """Arrange a walk for its page; `networks` are those that the reader may choose from."""
    scene, output = walk.scene, walk.outputs[walk.layer]
    answers, seeing = classes(walk), sight(walk)
    scale = walk.sent.scale(walk.layer, walk.cell[0], scene.scope)
    kind, lines, formula, size = _code(walk)
    fitted = walk.sent.fitted
    return Page(
        scene=scene,
        stations=tuple(station(walk, name, seeing) for name in walk.names[:-1]),
        classes=answers,
        prediction=answers[walk.prediction],
        kind=kind,
        cell=walk.cell,
        value=_value(walk, scale),
        view=look(walk),
        output=cells("cell", output[walk.cell[0]], walk.cell, scale, seeing.seers.get(walk.layer)),
        map=_map(walk),
        near=near(output[walk.cell[0]], walk.cell, scale),
        steps=steps(walk),
        lines=lines,
        formula=formula,
        sizes=size,
        facts=_facts(walk),
        stages=tuple(
            FitStage(stage.name, data_uri(stage.picture), *stage.picture.size, stage.box) for stage in fitted.stages
        )
        if walk.layer == INPUT
        else (),
        picture_size=walk.sent.size,
        own="" if scene.image.kind == "sample" else data_uri(thumbnail(fitted.stages[0].picture)),
        ink=fitted.ink,
        ink_found=fitted.ink_found,
        passed_through=fitted.passed_through,
        networks=tuple(
            Choice(name, "", scene.network == name, _elsewhere(walk, name, network))
            for name, network in networks.items()
        ),
        samples=tuple(
            Choice(
                sample.name, sample.kind, str(scene.image) == f"sample.{sample.name}", _with_picture(scene, sample.name)
            )
            for sample in sample_names()
        ),
        precisions=tuple(
            Choice(name, "", scene.precision == name, scene.but(precision=name, play=scene.play)) for name in PRECISIONS
        ),
        inks=tuple(Choice(ink, "", scene.ink == ink, scene.but(ink=ink, cell=None)) for ink in INKS),
        crops=tuple(
            Choice(crop, "", scene.crop == crop, scene.but(crop=crop, cell=None)) for crop in ("auto", "whole")
        ),
        scales=_scales(walk, scale),
        scopes=tuple(Choice(scope, "", scene.scope == scope, scene.but(scope=scope)) for scope in SCOPES),
        sight=seeing,
        tour=guide(walk),
        tour_start=stop_scene(scene, 1),
    )


def _value(walk: Walk, scale: float) -> Figure:
    """The picked number; a probability that would be written as zeros is written by its power of ten."""
    value, precision = float(walk.outputs[walk.layer][walk.cell]), walk.scene.precision
    found = figure(value, scale, precision)
    return replace(found, text=small(value, precision)) if walk.layer == SOFTMAX else found


def _map(walk: Walk) -> Plate | None:
    """The picked map as a picture, the picked cell marked on it; None for scores."""
    c, i, j = walk.cell
    if walk.layer not in walk.sent.pictures[walk.scene.scope]:
        return None
    uri = walk.sent.pictures[walk.scene.scope][walk.layer][c]
    return plate(walk.outputs[walk.layer][c], uri, walk.scene.precision, (j, i, 1, 1))


def _with_picture(scene: Scene, sample: str) -> Scene:
    """Another picture: the layer stays, the cell and what was said of the old picture do not."""
    place = scene if scene.tour is None else stop_scene(scene, scene.tour)
    return place.but(image=ImageRef("sample", sample), cell=None, crop="auto", ink="auto")


def _elsewhere(walk: Walk, name: str, network: Network) -> Scene:
    """The same layer and cell in another network, where it has such a layer of the same shape; else its beginning."""
    shapes = (
        dict(zip(network.names, network.shapes(network.input_shape)[1:], strict=True)) if network.input_shape else {}
    )
    known = walk.layer in (INPUT, SOFTMAX) or shapes.get(walk.layer) == walk.outputs[walk.layer].shape
    if walk.scene.tour is not None:
        return replace(stop_scene(walk.scene, walk.scene.tour), network=name)
    return walk.scene.but(network=name) if known else walk.scene.but(network=name, layer=None, cell=None)


def _scales(walk: Walk, scale: float) -> Scales:
    """The ranges of the colours on show: of this layer's values, and of its weights where it has any."""
    precision = walk.scene.precision if walk.scene.precision != "exact" else "6"
    layer = None if walk.layer in (INPUT, SOFTMAX) else walk.network.layers[walk.network.names.index(walk.layer)]
    weights = number(limit(layer.weight), precision) if isinstance(layer, Conv | Dense) else ""
    return Scales(number(scale, precision), weights)


def _code(walk: Walk) -> tuple[str, tuple[Line, ...], str, tuple[str, ...]]:
    """The kind of the picked layer, its loop, its formula, and how its height and width come about."""
    kind = kind_of(walk, walk.layer)
    if walk.layer == INPUT:
        return kind, (), "", ()
    if walk.layer == SOFTMAX:
        return kind, softmax_loop(len(walk.outputs[SOFTMAX]), walk.cell[0]), mathml(SOFTMAX_FORMULA), ()
    layer = walk.network.layers[walk.network.names.index(walk.layer)]
    before, after = _shape(walk, -1), _shape(walk, 0)
    size = tuple(mathml(latex) for latex in sizes(layer, before, after) or ())
    return kind, loop(layer, before, after, walk.cell), mathml(operation(layer)), size


def _shape(walk: Walk, offset: int) -> Shape:
    channels, height, width = walk.outputs[walk.names[max(0, walk.names.index(walk.layer) + offset)]].shape
    return channels, height, width


def _facts(walk: Walk) -> Facts:
    before, after = _shape(walk, -1), _shape(walk, 0)
    name = walk.names[max(0, walk.names.index(walk.layer) - 1)]
    layer = None if walk.layer in (INPUT, SOFTMAX) else walk.network.layers[walk.network.names.index(walk.layer)]
    positions = after[1] * after[2]
    inputs = before[0] * before[1] * before[2]
    taps = layer.weight[0].size if isinstance(layer, Conv | Dense) else 0
    # A layer without a window looks at one cell at a time, everywhere.
    windows = layer.windows if isinstance(layer, Conv | MaxPool | AveragePool) else Windows((1, 1))
    corner = windows.place(after[1] - 1, after[2] - 1, (windows.size[0] - 1, windows.size[1] - 1))
    unread = [before[1 + axis] - 1 - corner[axis] for axis in (0, 1)]
    return Facts(
        before=before,
        after=after,
        before_name=name,
        values_before=count(inputs),
        values_after=count(after[0] * positions),
        kernel=sides(windows.size),
        taps=taps,
        positions=count(positions),
        parameters=count(taps + 1),
        dense_parameters=count((inputs + 1) * positions),
        overlap=any(windows.stride[axis] < windows.size[axis] for axis in (0, 1)),
        unread=(max(0, unread[0]), max(0, unread[1])),
    )
