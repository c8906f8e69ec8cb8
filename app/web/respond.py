"""From a request to an answer, for every room: scene -> canonical address? -> does the browser have it? -> template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.local import LocalProxy

from app.refusal import Refusal
from app.scenes.links import links, page_url
from app.scenes.parameter_table import TableScene
from app.web.http_cache import unkept, unless_fresh
from app.web.languages import PREFIX
from app.web.rooms import Room, rooms

API = "/api/v1"


def register(app: Flask) -> None:
    """Give the templates the addresses of scenes, and the rooms for the navigation."""
    app.jinja_env.globals.update(to=links, page_url=page_url, rooms=LocalProxy(lambda: tuple(rooms())))


def blueprint(room: Room[Any]) -> Blueprint:
    """Make the routes that every room has: its page, its view, its other fragments, and its answer in the API."""
    name = room.name
    made = Blueprint(name, __name__)
    made.add_url_rule(f"{PREFIX}/{name}", "page", partial(show_page, room))
    made.add_url_rule(f"{PREFIX}/{name}/view", "view", partial(show_view, room))
    for part, template in room.parts.items():
        made.add_url_rule(f"{PREFIX}/{name}/{part}", part, partial(show_part, room, template))
    if room.describe:
        made.add_url_rule(f"{API}/{name}", "api", partial(show_json, room, room.describe))
    return made


def show_page(room: Room[Any]) -> ResponseReturnValue:
    """The scene of this request as a whole document, or the way to its one address."""
    scene = asked(room)
    # A form writes its fields in its own order, defaults and all; one scene has one address.
    if not scene.is_canonical(request.args.items(multi=True), room.edits):
        return redirect(page_url(scene))
    return show(room, f"{room.name}/page.html", scene)


def show_view(room: Room[Any]) -> ResponseReturnValue:
    """All of the page that depends on the scene; it tells htmx which address to show."""
    scene = asked(room)
    response = make_response(show(room, f"{room.name}/view.html", scene))
    response.headers["HX-Push-Url"] = page_url(scene)
    return response


def show_part(room: Room[Any], template: str) -> ResponseReturnValue:
    """One part of the page."""
    return show(room, template, asked(room))


def show_json(room: Room[Any], describe: Callable[[Any], object]) -> ResponseReturnValue:
    """What the API says of a scene."""
    with way_out(room, lambda nearest: f"{request.path}{nearest.query()}"):
        scene = room.scene_of(request.args)
        return answer(lambda: jsonify(describe(scene)), scene)


def asked(room: Room[Any]) -> Any:
    """Read the scene of this request, with the edit that it asks for."""
    with way_out(room):
        return room.asked(request.args)


def show(room: Room[Any], template: str, scene: TableScene) -> Response:
    """Write the scene out in a template, unless the reader has that answer already."""

    def make() -> str:
        with way_out(room, scene=scene):
            values = room.view(scene)
        return render_template(template, **values)

    return answer(make, scene)


def answer(make: Callable[[], ResponseReturnValue], scene: TableScene, *parts: object) -> Response:
    """Make the answer about a scene, unless the reader has it already; what shows an upload is made every time.

    parts: what the answer depends on besides the scene.
    """
    if scene.shows_upload:
        return unkept(make_response(make()))
    return unless_fresh(make, scene.query(), *parts)


@contextmanager
def way_out(
    room: Room[Any], address: Callable[[Any], str] = page_url, scene: TableScene | None = None
) -> Iterator[None]:
    """Complete a refusal: the nearest scene that it carries becomes an address, a forgotten picture is exchanged.

    scene: the one that is being shown, where it is known.
    """
    try:
        yield
    except Refusal as refusal:
        if refusal.code == "picture-forgotten" and scene is not None:
            refusal.values.setdefault("place", scene.with_picture())
        nearest = refusal.values.get("nearest")
        if isinstance(nearest, room.scene):
            refusal.values["nearest"] = address(room.nearest(nearest) if room.nearest else nearest)
        raise
