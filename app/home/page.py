"""The home page: the miniature, and a preview of each room with the scene that its link opens."""

from __future__ import annotations

from dataclasses import dataclass

from app.home.miniature import Miniature, map_plate, miniature
from app.passes.state import WalkState
from app.pictures.samples import PHOTOS
from app.render.figures import Plate, plate
from app.scenes.filter_scene import FilterScene
from app.scenes.kernel_text import named
from app.scenes.values import first_image
from app.scenes.walk_scene import Scene

PHOTO_CROP = (40, 60, 96, 96)
"""x, y, width, height of the part of the first photograph that the filters' preview shows."""
PREVIEW_KERNELS = ("identity", "gaussian", "sharpen", "emboss", "sobel-x", "sobel-y", "laplacian")


@dataclass(frozen=True, kw_only=True)
class Home:
    """The home page: the miniature, and for each room a preview and the scene that its link opens.

    maps: all maps of the selected layer, for the walk. way, tour, stops: one map of each layer, the first stop of the
    tour and their number. errors, back: the gradients by all maps of that layer, and the start of the backward walk.
    photos, colours: the sample photographs, and the walk of one. filters: a photograph under several kernels.
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


def home(state: WalkState) -> Home:
    """The home page of a walk's state."""
    first = state.forward.outputs[state.layer]
    mapped = (name for name in state.outputs if state.forward.maps.shows(name))
    return Home(
        miniature=miniature(state),
        maps=tuple(map_plate(state, state.layer, channel) for channel in range(len(first))),
        way=tuple(map_plate(state, name, _shown_channel(state, name)) for name in mapped),
        tour=Scene(tour=1),
        stops=len(state.forward.stops()),
        errors=tuple(_gradient_plate(state, channel) for channel in range(len(first))),
        back=Scene(way="backward"),
        photos=tuple(PHOTOS),
        colours=Scene(network="photos", image=first_image("photos")),
        filters=tuple(FilterScene(crop=PHOTO_CROP, kernel=named(name), channels="grey") for name in PREVIEW_KERNELS),
    )


def _gradient_plate(state: WalkState, channel: int) -> Plate:
    """The gradient by one map of the selected layer, towards the second likeliest class, as in the backward walk."""
    back, scope = state.forward.backward(state.forward.ranking[1]), state.scene.scope
    uri = back.maps.picture(state.layer, channel, scope)
    return plate(back.outputs[state.layer][channel], uri, state.scene.precision)


def _shown_channel(state: WalkState, name: str) -> int:
    """The map to show of a layer: the selected one while layers have as many maps; after that the most active one."""
    same = len(state.outputs[name]) == len(state.outputs[state.layer])
    return state.cell[0] if same else state.most_active(name)[0]
