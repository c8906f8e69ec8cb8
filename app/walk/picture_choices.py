"""The part of the walk page about picture and network: what there is to choose, and how the picture was fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from app.passes.network_facts import first_samples, sees_colours
from app.passes.network_pass import INPUT
from app.passes.state import WalkState
from app.pictures.samples import sample_names
from app.render.colours import data_uri, thumbnail
from app.scenes.choice import Choice
from app.scenes.values import INKS
from app.scenes.walk_scene import Scene
from app.walk.links import with_sample
from app.walk.panels.patch import PatchView, patch_view
from cnn_core import Network


@dataclass(frozen=True, kw_only=True)
class FitStage:
    """One step of the fitting as a picture of so many pixels."""

    name: str
    uri: str
    width: int
    height: int
    box: tuple[int, int, int, int] | None


class PictureChoices:
    """The picture and the network of a state; networks: those that the reader may choose from."""

    def __init__(self, state: WalkState, networks: Mapping[str, Network]) -> None:
        self.state = state
        self.scene = state.scene
        self._networks = networks

    @cached_property
    def colours(self) -> bool:
        """Whether the network sees red, green and blue."""
        return sees_colours(self.state.network)

    @cached_property
    def networks(self) -> tuple[Choice[Scene], ...]:
        """The networks; what of the place goes along is decided when one is chosen."""
        now = self.scene.network
        return tuple(Choice(name, name == now, self.scene.but(network=name)) for name in self._networks)

    @cached_property
    def samples(self) -> tuple[Choice[Scene], ...]:
        """The pictures to choose from; `first`: of the kind that the network knows."""
        scene, own = self.scene, first_samples(self.state.network)
        return tuple(
            Choice(
                sample.name,
                str(scene.image) == f"sample.{sample.name}",
                with_sample(scene, sample.name),
                kind=sample.kind,
                first=sample.name in own,
            )
            for sample in sample_names()
        )

    @cached_property
    def own(self) -> str:
        """The reader's own picture, small, as a data: URI; empty where a sample is looked at."""
        fitted = self.state.forward.fitted
        return "" if self.scene.image.kind == "sample" else data_uri(thumbnail(fitted.stages[0].picture))

    @cached_property
    def patch(self) -> PatchView | None:
        """What a kernel of one's own has changed."""
        return patch_view(self.state)

    @cached_property
    def stages(self) -> tuple[FitStage, ...]:
        """How the picture was fitted, step by step; at the input only."""
        return tuple(
            FitStage(
                name=stage.name,
                uri=data_uri(stage.picture),
                width=stage.picture.width,
                height=stage.picture.height,
                box=stage.box,
            )
            for stage in self.state.forward.fitted.stages
            if self.state.layer == INPUT
        )

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height of the picture before it was fitted, in pixels."""
        return self.state.forward.size

    @property
    def ink(self) -> str:
        """Whether the ink was taken for dark or for light."""
        return self.state.forward.fitted.ink

    @property
    def ink_found(self) -> bool:
        """Whether there is any ink."""
        return self.state.forward.fitted.ink_found

    @property
    def passed_through(self) -> bool:
        """Whether the picture was taken as it is."""
        return self.state.forward.fitted.passed_through

    @cached_property
    def inks(self) -> tuple[Choice[Scene], ...]:
        """Which ink to take the picture's for."""
        return tuple(Choice(ink, self.scene.ink == ink, self.scene.but(ink=ink, cell=None)) for ink in INKS)

    @cached_property
    def crops(self) -> tuple[Choice[Scene], ...]:
        """Which part of the picture to take."""
        return tuple(
            Choice(crop, self.scene.crop == crop, self.scene.but(crop=crop, cell=None)) for crop in ("auto", "whole")
        )
