"""Files to take along: each has an address of its own, made from the scene."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from app.filters.download.files import FILES
from app.filters.engine.runner import FilterRoom
from app.filters.request import read
from app.scenes.filter_scene import FilterScene
from app.scenes.links import page_url
from app.web import respond
from app.web.languages import PREFIX
from app.web.rooms import Room
from app.web.services import service


def add_routes(blueprint: Blueprint, room: Room[FilterScene]) -> None:
    """Add the address of the files, and what templates need for links to them."""
    blueprint.add_url_rule(f"{PREFIX}/filters/take/<name>", "take", partial(take, room))
    blueprint.add_app_template_global(take_url)
    blueprint.add_app_template_global(whole_address)


def take_url(name: str, scene: FilterScene) -> str:
    """The address of one file of a scene."""
    return url_for("filters.take", name=name) + scene.but(pixel=None, kernel2=None, image2=None, precision="3").query()


def whole_address(scene: FilterScene) -> str:
    """The address of a scene's page with its host, to be kept elsewhere; the reader's precision is left out."""
    return page_url(scene.but(precision="3"), external=True)


def take(room: Room[FilterScene], name: str) -> ResponseReturnValue:
    """One file, under the name that it is saved by."""
    if name not in FILES:
        abort(404)
    with respond.way_out(room):
        scene = read(request.args)

    def make() -> Response:
        file = FILES[name](service(FilterRoom).run(scene))
        response = Response(file.data, mimetype=file.mimetype)
        response.headers.set("Content-Disposition", "attachment", filename=name)
        return response

    with respond.way_out(room, scene=scene):
        return respond.answer(make, scene)
