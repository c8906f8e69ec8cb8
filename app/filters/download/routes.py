"""Taking it along: every file that the filter explorer offers has an address of its own, made from the scene."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from app.filters.download.files import FILES
from app.filters.request import answer_filter, filter_url, filtered_scene, way_out
from app.scenes.filter_scene import FilterScene, read_filter_scene
from app.scenes.long_values import looking_up
from app.web.languages import PREFIX
from app.web.services import services

blueprint = Blueprint("takeaway", __name__, url_prefix=PREFIX)


@blueprint.app_template_global()
def take_url(name: str, scene: FilterScene) -> str:
    """The address of one file of a scene."""
    return url_for("takeaway.take", name=name) + scene.but(pixel=None, kernel2=None, image2=None, precision="3").query()


@blueprint.app_template_global()
def filter_address(scene: FilterScene) -> str:
    """The whole address of a scene's page, to be kept elsewhere; the reader's precision is left out."""
    return url_for("pages.filters", _external=True) + scene.but(precision="3").query()


@blueprint.get("/filters/take/<name>")
def take(name: str) -> ResponseReturnValue:
    """One file, under the name that it is kept by."""
    if name not in FILES:
        abort(404)
    with way_out(filter_url):
        scene = read_filter_scene(request.args, looking_up(services().store))

    def make() -> Response:
        file = FILES[name](filtered_scene(scene))
        response = Response(file.data, mimetype=file.mimetype)
        response.headers.set("Content-Disposition", "attachment", filename=name)
        return response

    return answer_filter(make, scene)
