"""The view of the walk page: the strip of all layers, the selected cell, the panels, and where the next step leads.

It knows no layer by name and no sentence by heart, and nothing of the web.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.explain.class_list import ClassView, classes
from app.explain.explainer import View
from app.explain.loop_lines import Line
from app.passes.network_facts import first_samples, sees_colours
from app.passes.network_pass import INPUT, LOSS, SOFTMAX
from app.passes.state import Question, WalkState
from app.pictures.samples import sample_names
from app.render.colours import data_uri, thumbnail
from app.render.figures import Figure
from app.render.map_images import SCOPES
from app.render.numbers import small
from app.scenes.choice import Choice
from app.scenes.values import INKS, OFS, PRECISIONS, WAYS, Way
from app.scenes.walk_scene import Scene
from app.walk.cell_grid import GridView
from app.walk.layer_facts import Facts, Scales
from app.walk.links import in_network, with_sample
from app.walk.panels.accuracy import Record, Verdict, record, verdicts
from app.walk.panels.gradient_check import CheckView, check_view
from app.walk.panels.heatmap import HeatPanel, heat_panel
from app.walk.panels.learning_step import LearnView, learning
from app.walk.panels.patch import PatchView, patch_view
from app.walk.panels.tour import TourView, stop_scene, tour_view
from app.walk.receptive_field import ReceptiveFields, receptive_fields
from app.walk.selected_cell import selected_cell
from app.walk.step_bar import Steps, steps
from app.walk.strip import Station, station
from cnn_core import Cell, Network


@dataclass(frozen=True, kw_only=True)
class FitStage:
    """One step of the fitting as a picture of so many pixels."""

    name: str
    uri: str
    width: int
    height: int
    box: tuple[int, int, int, int] | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything on the walk page."""

    scene: Scene
    stations: tuple[Station, ...]
    classes: tuple[ClassView, ...]
    prediction: ClassView
    kind: str
    cell: Cell
    question: Question
    value: Figure
    view: View
    explained: str
    grid: GridView | None
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
    colours: bool
    record: Record | None
    verdicts: tuple[Verdict, ...]
    networks: tuple[Choice[Scene], ...]
    samples: tuple[Choice[Scene], ...]
    precisions: tuple[Choice[Scene], ...]
    scopes: tuple[Choice[Scene], ...]
    inks: tuple[Choice[Scene], ...]
    crops: tuple[Choice[Scene], ...]
    ways: tuple[Choice[Scene], ...]
    questions: tuple[Choice[Scene], ...]
    target: ClassView
    loss: Scene
    loss_value: str
    loop: Scene
    scales: Scales
    receptive_fields: ReceptiveFields
    heat: HeatPanel
    tour: TourView | None
    tour_start: Scene
    check: CheckView | None
    learn: LearnView | None
    patch: PatchView | None


def walk_page(state: WalkState, networks: Mapping[str, Network]) -> Page:
    """Return the view of the page; networks: those that the reader may choose from."""
    scene, fitted = state.scene, state.forward.fitted
    answers, seeing = classes(state), receptive_fields(state)
    on, own = selected_cell(state, seeing), first_samples(state.network)
    return Page(
        scene=scene,
        stations=tuple(station(state, name, seeing) for name in (INPUT, *state.network.names)),
        classes=answers,
        prediction=answers[state.prediction],
        kind=on.kind,
        cell=state.cell,
        question=state.question,
        value=on.value,
        view=on.view,
        explained=on.explained,
        grid=on.grid,
        steps=steps(state),
        lines=on.lines,
        formula=on.formula,
        sizes=on.sizes,
        facts=on.facts,
        stages=tuple(
            FitStage(
                name=stage.name,
                uri=data_uri(stage.picture),
                width=stage.picture.width,
                height=stage.picture.height,
                box=stage.box,
            )
            for stage in fitted.stages
        )
        if state.layer == INPUT
        else (),
        picture_size=state.forward.size,
        own="" if scene.image.kind == "sample" else data_uri(thumbnail(fitted.stages[0].picture)),
        ink=fitted.ink,
        ink_found=fitted.ink_found,
        passed_through=fitted.passed_through,
        colours=sees_colours(state.network),
        # How good a network is was counted with its own kernels.
        record=None if scene.patch else record(scene.network),
        verdicts=() if scene.patch else verdicts(state),
        networks=tuple(
            Choice(name, scene.network == name, in_network(state, name, network))
            for name, network in networks.items()
        ),
        samples=tuple(
            Choice(
                sample.name,
                str(scene.image) == f"sample.{sample.name}",
                with_sample(scene, sample.name),
                kind=sample.kind,
                first=sample.name in own,
            )
            for sample in sample_names()
        ),
        precisions=tuple(
            Choice(name, scene.precision == name, scene.but(precision=name, play=scene.play)) for name in PRECISIONS
        ),
        inks=tuple(Choice(ink, scene.ink == ink, scene.but(ink=ink, cell=None)) for ink in INKS),
        crops=tuple(
            Choice(crop, scene.crop == crop, scene.but(crop=crop, cell=None)) for crop in ("auto", "whole")
        ),
        ways=_ways(state),
        questions=_questions(state),
        target=answers[state.target],
        loss=scene.but(layer=LOSS, of="output", at=None, cell=None),
        loss_value=small(state.loss, scene.precision),
        loop=scene.but(cell=_first_window(state)),
        scales=on.scales,
        scopes=tuple(Choice(scope, scene.scope == scope, scene.but(scope=scope)) for scope in SCOPES),
        receptive_fields=seeing,
        heat=heat_panel(state),
        tour=tour_view(state),
        tour_start=stop_scene(scene, 1),
        check=check_view(state),
        learn=learning(state),
        patch=patch_view(state),
    )


def _ways(state: WalkState) -> tuple[Choice[Scene], ...]:
    """Forward and back, at the same place; what was asked there is asked of the number itself."""
    scene = state.scene
    last = {"forward": SOFTMAX, "backward": LOSS}

    def turned(way: Way) -> Scene:
        if state.layer_of(state.layer) is None and state.layer != INPUT:
            return scene.but(way=way, layer=last[way], cell=None, tour=None)
        return scene.but(way=way, of="output", at=None, layer=state.layer, tour=None)

    return tuple(Choice(way, scene.way == way, scene if scene.way == way else turned(way)) for way in WAYS)


def _first_window(state: WalkState) -> Cell:
    """Where the loops first come to the picked gradient: at the first window that can change it, if there is one."""
    question, layer = state.question, state.layer_of(state.question.layer)
    first = question.at[0]
    windows = None if layer is None else layer.connectivity.windows
    if question.of != "input" or layer is None or windows is None:
        return (first if question.of in ("weight", "bias") else 0), 0, 0
    reads, out = layer.connectivity, state.outputs[question.layer].shape
    if reads.groups is not None:  # the first output channel of those that read this one
        group = state.before(question.layer).shape[0] // reads.groups
        first = first // group * (out[0] // reads.groups)
    i, j, _ = next(windows.readers(question.at[1], question.at[2], (out[1], out[2])), (0, 0, (0, 0)))
    return first, i, j


def _questions(state: WalkState) -> tuple[Choice[Scene], ...]:
    """Whose gradient can be asked for at the picked layer, on the way back."""
    layer, scene = state.layer_of(state.layer), state.scene
    if scene.way == "forward" or layer is None:
        return ()
    return tuple(
        Choice(of, scene.of == of, scene.but(of=of)) for of in OFS if of in ("output", "input", *layer.params)
    )
