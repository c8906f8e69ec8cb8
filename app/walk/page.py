"""The view of the walk page: every part of it is computed when a template first asks for it.

It knows no layer by name and no sentence by heart, and nothing of the web.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from app.explain.class_list import ClassView, classes
from app.explain.explainer import View
from app.passes.network_pass import INPUT, LOSS
from app.passes.state import Question, WalkState
from app.render.colours import Sheet
from app.render.figures import Figure
from app.render.map_images import SCOPES
from app.render.numbers import small
from app.scenes.choice import Choice
from app.scenes.values import OFS, PRECISIONS, WAYS
from app.scenes.walk_scene import Scene
from app.walk.cell_grid import GridView
from app.walk.frames import Frame, frames
from app.walk.layer_facts import Facts, Scales
from app.walk.panels.accuracy import Record, Verdict, record, verdicts
from app.walk.panels.gradient_check import CheckView, check_view
from app.walk.panels.heatmap import HeatPanel, heat_panel
from app.walk.panels.learning_step import LearnView, learning
from app.walk.panels.tour import TourView, stop_scene, tour_view
from app.walk.picture_choices import PictureChoices
from app.walk.receptive_field import ReceptiveFields, receptive_fields
from app.walk.selected_cell import SelectedCell, selected_cell
from app.walk.step_bar import Steps, steps
from app.walk.strip import Station, sheets, station
from cnn_core import Cell, Network


class WalkPage(PictureChoices):
    """What the templates of the walk show of a state; networks: those that the reader may choose from."""

    def __init__(self, state: WalkState, networks: Mapping[str, Network]) -> None:
        super().__init__(state, networks)
        self.cell: Cell = state.cell
        self.question: Question = state.question
        self.last = state.network.names[-1]

    # The strip ----------------------------------------------------------------------------------------------------

    @property
    def station_names(self) -> tuple[str, ...]:
        """The layers of the strip, from the input on."""
        return (INPUT, *self.state.network.names)

    def station(self, name: str) -> Station:
        """One layer with all its maps."""
        return station(self.state, name)

    @property
    def sheets(self) -> tuple[tuple[str, Sheet], ...]:
        """The maps of every layer as one image."""
        return sheets(self.state)

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """What the picked cell has seen on the maps before it, and the cells that see the picked pixel."""
        return frames(self.state, self.receptive_fields)

    @cached_property
    def classes(self) -> tuple[ClassView, ...]:
        """Every class with its score and its probability."""
        return classes(self.state)

    @property
    def prediction(self) -> ClassView:
        """The likeliest class."""
        return self.classes[self.state.prediction]

    @property
    def target(self) -> ClassView:
        """The class that the loss asks for."""
        return self.classes[self.state.target]

    @property
    def loss(self) -> Scene:
        """Where the loss is looked at."""
        return self.scene.but(layer=LOSS, of="output", at=None, cell=None)

    @cached_property
    def loss_value(self) -> str:
        """The loss towards the target."""
        return small(self.state.loss, self.scene.precision)

    @cached_property
    def ways(self) -> tuple[Choice[Scene], ...]:
        """Forward and back; where that leads is decided when one is chosen."""
        return tuple(Choice(way, self.scene.way == way, self.scene.but(way=way)) for way in WAYS)

    # The selected number ------------------------------------------------------------------------------------------

    @cached_property
    def receptive_fields(self) -> ReceptiveFields:
        """What the picked cell sees, and who sees the picked pixel."""
        return receptive_fields(self.state)

    @cached_property
    def on(self) -> SelectedCell:
        """The selected number with its arithmetic, its map, its loop and its formula."""
        return selected_cell(self.state, self.receptive_fields)

    @cached_property
    def steps(self) -> Steps:
        """Where the next press leads."""
        return steps(self.state)

    @cached_property
    def questions(self) -> tuple[Choice[Scene], ...]:
        """Whose gradient can be asked for at the picked layer, on the way back."""
        layer, scene = self.state.layer_of(self.state.layer), self.scene
        if scene.way == "forward" or layer is None:
            return ()
        return tuple(
            Choice(of, scene.of == of, scene.but(of=of)) for of in OFS if of in ("output", "input", *layer.params)
        )

    @property
    def loop(self) -> Scene:
        """Where the loops first come to the picked gradient."""
        return self.scene.but(cell=self.state.first_window())

    @cached_property
    def precisions(self) -> tuple[Choice[Scene], ...]:
        """How many decimals."""
        scene = self.scene
        return tuple(
            Choice(name, scene.precision == name, scene.but(precision=name, play=scene.play)) for name in PRECISIONS
        )

    @cached_property
    def scopes(self) -> tuple[Choice[Scene], ...]:
        """What shares one scale of colours."""
        return tuple(Choice(scope, self.scene.scope == scope, self.scene.but(scope=scope)) for scope in SCOPES)

    @property
    def kind(self) -> str:
        """The kind of the layer that explains the number."""
        return self.on.kind

    @property
    def value(self) -> Figure:
        """The number."""
        return self.on.value

    @property
    def view(self) -> View:
        """Its arithmetic."""
        return self.on.view

    @property
    def grid(self) -> GridView | None:
        """The map that it stands on."""
        return self.on.grid

    @property
    def facts(self) -> Facts:
        """Counts of the layer that explains it."""
        return self.on.facts

    @property
    def scales(self) -> Scales:
        """The ranges of the colours on show."""
        return self.on.scales

    @property
    def told(self) -> bool:
        """Whether the tour explains what is looked at, so that nothing else needs to."""
        return self.tour is not None and self.tour.here is None

    @property
    def learning_first(self) -> bool:
        """Whether the tour is at its step of learning, which is then told before everything else."""
        return self.told and self.tour is not None and self.tour.name == "update"

    def other(self, name: str) -> Scene:
        """A part of the page that is shown on demand, opened or closed."""
        return self.scene.but(**{name: not getattr(self.scene, name)})

    # The panels ---------------------------------------------------------------------------------------------------

    @cached_property
    def tour(self) -> TourView | None:
        """Where on the tour the reader is."""
        return tour_view(self.state)

    @property
    def tour_start(self) -> Scene:
        """The first stop of the tour."""
        return stop_scene(self.scene, 1)

    @cached_property
    def check(self) -> CheckView | None:
        """The picked gradient, checked by moving its number a little."""
        return check_view(self.state)

    @cached_property
    def learn(self) -> LearnView | None:
        """What steps of learning have done."""
        return learning(self.state)

    @cached_property
    def heat(self) -> HeatPanel:
        """The map of what mattered, or the way to it."""
        return heat_panel(self.state)

    # How good a network is was counted with its own kernels.
    @cached_property
    def record(self) -> Record | None:
        """How good the network is; None where a kernel of its own was exchanged."""
        return None if self.scene.patch else record(self.scene.network)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What the network says of the samples of its kind."""
        return () if self.scene.patch else verdicts(self.state)
