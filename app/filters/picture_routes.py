"""The pictures of the filter explorer, each under an address of its own: what goes in, what comes out."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from app.filters.compare import difference_picture
from app.filters.engine.result_image import result_picture, source_picture
from app.filters.request import answer_filter, filtered_scene, other_scene
from app.render.files import encoded
from app.scenes.filter_scene import read_filter_scene
from app.scenes.long_values import looking_up
from app.web.services import services

blueprint = Blueprint("filter_pictures", __name__)


@blueprint.get("/filters/difference")
def apart() -> ResponseReturnValue:
    """One result less the other; 404 where they are not of one size."""
    scene = read_filter_scene(request.args, looking_up(services().store))
    channel = request.args.get("channel", type=int, default=0)

    def make() -> Response:
        other = other_scene(scene)
        image = None if other is None else difference_picture(filtered_scene(scene), other, channel)
        if image is None:
            abort(404)
        file = encoded(image)
        return Response(file.data, mimetype=file.mimetype)

    return answer_filter(make, scene, channel)


@blueprint.get("/filters/<any(source, result):part>")
def picture(part: str) -> ResponseReturnValue:
    """A photograph as lossless WebP, signed numbers as PNG."""
    scene = read_filter_scene(request.args, looking_up(services().store))
    channel = request.args.get("channel", type=int, default=0)

    def make() -> Response:
        filtered = filtered_scene(scene)
        image = source_picture(filtered) if part == "source" else result_picture(filtered, channel)
        file = encoded(image)
        return Response(file.data, mimetype=file.mimetype)

    return answer_filter(make, scene, channel)
