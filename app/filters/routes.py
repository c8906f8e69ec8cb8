"""The filter explorer as a room of the site: its page, its view, and the addresses of its pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, Flask, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from app.filters.compare import compare_view, difference_picture
from app.filters.download import routes as download
from app.filters.download.program_templates import PROGRAMS
from app.filters.engine.result_image import result_picture, source_picture
from app.filters.engine.runner import FilterRoom
from app.filters.page import filter_page
from app.filters.problem_texts import TEXTS
from app.filters.request import EDITS, edit, nearest, other_scene, read
from app.passes.pass_cache import PassCache
from app.pictures.reference import ImageRef
from app.render.files import encoded
from app.scenes.filter_scene import FilterScene
from app.scenes.links import with_parameter
from app.store.protocol import Store
from app.web import respond, rooms
from app.web.languages import lazy_gettext as _l
from app.web.rooms import Room
from app.web.services import provide, service


def view(scene: FilterScene) -> Mapping[str, object]:
    """Compute everything on the page of a scene. Raises Refusal where it cannot be shown."""
    filtered = service(FilterRoom).run(scene)
    page = filter_page(filtered, service(PassCache).networks)
    return {"page": page, "compare": compare_view(filtered, other_scene(scene)), "programs": PROGRAMS}


def settle(scene: FilterScene) -> FilterScene:
    """Return the scene with what does not go with its picture changed."""
    return service(FilterRoom).settled(scene)


def forget(image: ImageRef) -> None:
    """Drop what was computed from a picture."""
    service(FilterRoom).forget(image)


ROOM = Room(
    scene=FilterScene,
    title=_l("Filters"),
    view=view,
    read=read,
    edit=edit,
    edits=EDITS,
    settle=settle,
    nearest=nearest,
    forget=forget,
    texts=TEXTS,
    camera=True,
)

pictures = Blueprint("filter_pictures", __name__, url_prefix="/filters")
"""Pictures have no words in them, and so no language in their addresses."""


@pictures.get("/difference")
def difference() -> ResponseReturnValue:
    """One result less the other; 404 where they are not of one size."""
    scene, channel = _asked()

    def make() -> Response:
        other = other_scene(scene)
        image = None if other is None else difference_picture(service(FilterRoom).run(scene), other, channel)
        if image is None:
            abort(404)
        file = encoded(image)
        return Response(file.data, mimetype=file.mimetype)

    return _answer(make, scene, channel)


@pictures.get("/<any(source, result):part>")
def picture(part: str) -> ResponseReturnValue:
    """What goes in, or what comes out: a photograph as lossless WebP, signed numbers as PNG."""
    scene, channel = _asked()

    def make() -> Response:
        filtered = service(FilterRoom).run(scene)
        image = source_picture(filtered) if part == "source" else result_picture(filtered, channel)
        file = encoded(image)
        return Response(file.data, mimetype=file.mimetype)

    return _answer(make, scene, channel)


def _asked() -> tuple[FilterScene, int]:
    with respond.way_out(ROOM):
        return read(request.args), request.args.get("channel", type=int, default=0)


def _answer(make: Callable[[], ResponseReturnValue], scene: FilterScene, channel: int) -> Response:
    with respond.way_out(ROOM, scene=scene):
        return respond.answer(make, scene, channel)


@pictures.app_template_global()
def picture_url(part: str, scene: FilterScene, channel: int) -> str:
    """The address of a picture of a scene: what goes in ("source"), or what comes out ("result")."""
    return url_for("filter_pictures.picture", part=part) + _with_channel(scene, channel)


@pictures.app_template_global()
def difference_url(scene: FilterScene, channel: int) -> str:
    """The address of the picture of a scene's result less the one that it is compared with."""
    plain = scene.but(cell=None, pixel=None, precision="3")
    return url_for("filter_pictures.difference") + _with_channel(plain, channel)


def _with_channel(scene: FilterScene, channel: int) -> str:
    return with_parameter(scene.query(), "channel", str(channel) if channel else "")


def register(app: Flask) -> None:
    """Put the filter explorer into the site."""
    provide(app, FilterRoom, FilterRoom(service(PassCache, app).networks, service(Store, app)))
    blueprint = respond.blueprint(ROOM)
    download.add_routes(blueprint, ROOM)
    rooms.register(app, ROOM, blueprint)
    app.register_blueprint(pictures)
