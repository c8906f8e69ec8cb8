"""A kernel put into the network: which one it replaces, and the answer without it."""

from __future__ import annotations

from dataclasses import dataclass

from app.passes.network_facts import class_labels, first_convolution
from app.passes.network_pass import SOFTMAX, ForwardPass
from app.passes.state import WalkState
from app.render.numbers import percent
from app.scenes.filter_scene import FilterScene
from app.scenes.kernel_text import kernel_name
from app.scenes.walk_scene import Scene


@dataclass(frozen=True)
class Said:
    """The likeliest class, and its probability."""

    name: str
    percent: str


@dataclass(frozen=True, kw_only=True)
class PatchView:
    """kernel: what it is called. before: the answer of the network's own kernel; now: that with the patch in its place.

    own: the scene without it. there: the first convolution's map that it makes. filters: the kernel in the explorer.
    """

    kernel: str
    index: int
    layer: str
    before: Said
    now: Said
    own: Scene
    there: Scene
    filters: FilterScene


def patch_view(state: WalkState) -> PatchView | None:
    """None where the network is its own."""
    scene, patch = state.scene, state.scene.patch
    if patch is None or state.plain is None:
        return None
    layer = first_convolution(state.network)
    return PatchView(
        kernel=kernel_name(patch.kernel),
        index=patch.index,
        layer=layer,
        before=_said(state.plain),
        now=_said(state.base),
        own=scene.but(patch=None),
        there=scene.but(layer=layer, cell=state.most_active(layer, patch.index), of="output", at=None, way="forward"),
        filters=FilterScene(image=scene.image, kernel=patch.kernel, precision=scene.precision),
    )


def _said(forward: ForwardPass) -> Said:
    at = forward.ranking[0]
    return Said(class_labels(forward.network)[at], percent(float(forward.outputs[SOFTMAX].ravel()[at])))
