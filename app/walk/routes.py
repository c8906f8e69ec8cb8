"""The walk as a room of the site: its page, its fragments, and what uploads and problems need to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask

from app.explain.dispatch import kind_name
from app.passes.pass_cache import PassCache
from app.passes.resolve import check_place, resolve
from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.render.cell_table import fields, rows
from app.scenes.walk_scene import Scene
from app.walk.cell_grid import picked_button
from app.walk.fragments import VIEW
from app.walk.page import WalkPage
from app.walk.problem_texts import TEXTS
from app.walk.strip import map_links, marks
from app.walk.turn import turn
from app.web import respond, rooms
from app.web.languages import lazy_gettext as _l
from app.web.rooms import Room
from app.web.services import service


def view(scene: Scene) -> Mapping[str, object]:
    """What the templates of a fragment show of a scene. Raises Refusal where it cannot be shown."""
    cache = service(PassCache)
    return {"page": WalkPage(resolve(scene, cache), cache.networks)}


def place(scene: Scene) -> Scene:
    """The scene with its layer and its place filled in. Raises Refusal where it cannot be shown."""
    return resolve(scene, service(PassCache)).scene


def change(scene: Scene, changes: Mapping[str, Any]) -> Scene:
    """The scene with what a control changes. Raises Refusal where the scene before cannot be shown."""
    cache = service(PassCache)
    return turn(resolve(scene, cache), changes, cache.networks)


def picked(scene: Scene) -> str:
    """What the button of the selected cell sends."""
    return picked_button(resolve(scene, service(PassCache)))


def check(scene: Scene) -> None:
    """Raise Refusal 404 where the scene names a network or a layer that there is not."""
    check_place(scene, service(PassCache).networks)


def settle(scene: Scene) -> Scene:
    """Return the scene; where a tour has fewer stops on its picture, the nearest that there is."""
    try:
        resolve(scene, service(PassCache))  # the page that follows finds it cached
    except Refusal as refusal:
        nearest = refusal.values.get("nearest")
        return nearest if isinstance(nearest, Scene) else scene
    return scene


def forget(image: ImageRef) -> None:
    """Drop the passes of a picture."""
    service(PassCache).forget(image)


def marked(scene: Scene) -> tuple[str, ...]:
    """What is marked on the strip."""
    return marks(resolve(scene, service(PassCache)))


ROOM = Room(
    scene=Scene,
    title=_l("Walk"),
    view=view,
    fragments=VIEW,
    place=place,
    turn=change,
    picked=picked,
    marks=marked,
    check=check,
    settle=settle,
    forget=forget,
    texts=TEXTS,
)


def register(app: Flask) -> None:
    """Put the walk into the site."""
    blueprint = respond.blueprint(ROOM)
    for template_filter in (rows, fields):
        blueprint.add_app_template_filter(template_filter)
    for template_global in (kind_name, map_links):
        blueprint.add_app_template_global(template_global)
    rooms.register(app, ROOM, blueprint)
