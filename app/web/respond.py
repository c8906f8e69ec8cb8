"""From a request to an answer, for every room: scene -> canonical address? -> does the browser have it? -> template."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.local import LocalProxy

from app.refusal import Refusal
from app.scenes.links import FROM, change_url, in_fragment, links, page_url
from app.scenes.parameter_table import TableScene
from app.web.fragments import writer as fragment_writer
from app.web.fragments.fragment import Fragment
from app.web.fragments.whole_page import whole_page
from app.web.fragments.writer import FragmentCache, Writer
from app.web.http_cache import unkept, unless_fresh
from app.web.languages import PREFIX
from app.web.rooms import Room, rooms
from app.web.services import provide, service

API = "/api/v1"


def register(app: Flask) -> None:
    """Give the templates the addresses of scenes, and the rooms for the navigation."""
    fragment_writer.register(app)
    provide(app, FragmentCache, FragmentCache())
    app.jinja_env.globals.update(
        to=links,
        page_url=page_url,
        change_url=change_url,
        in_fragment=in_fragment,
        rooms=LocalProxy(lambda: tuple(rooms())),
    )


def blueprint(room: Room[Any]) -> Blueprint:
    """Make the routes that every room has: its page, its view, its fragments, and its answer in the API."""
    name = room.name
    made = Blueprint(name, __name__)
    made.add_url_rule(f"{PREFIX}/{name}", "page", partial(show_page, room))
    made.add_url_rule(f"{PREFIX}/{name}/view", "view", partial(show_view, room))
    if room.fragments:
        made.add_url_rule(f"{PREFIX}/{name}/change", "change", partial(show_change, room))
    for part in room.parts:
        made.add_url_rule(f"{PREFIX}/{name}/{part}", part, partial(show_part, room, part))
    if room.describe:
        made.add_url_rule(f"{API}/{name}", "api", partial(show_json, room, room.describe))
    return made


def show_page(room: Room[Any]) -> ResponseReturnValue:
    """The scene of this request as a whole document, or the way to its one address."""
    scene = asked(room)
    # A form writes its fields in its own order, defaults and all; one scene has one address.
    if FROM in request.args or not scene.is_canonical(request.args.items(multi=True), room.edits):
        return redirect(page_url(scene))
    return answer(lambda: document(room, scene), scene)


def document(room: Room[Any], scene: TableScene) -> str:
    """Write the whole document of a scene."""
    with way_out(room, scene=scene):
        if room.fragments is None:
            return render_template(f"{room.name}/page.html", **room.view(scene))
        placed = room.placed(scene)
        view = Markup(in_full(room, writer(room).whole(room.fragments, placed), placed))
        return render_template(f"{room.name}/page.html", view=view, scene=placed)


def show_view(room: Room[Any]) -> ResponseReturnValue:
    """All of the page that depends on the scene; it tells htmx which address to show."""
    scene = asked(room)
    if room.fragments is None:
        response = make_response(show(room, f"{room.name}/view.html", scene))
    else:
        response = show_fragment(room, room.fragments, scene)
    response.headers["HX-Push-Url"] = page_url(scene)
    return response


def show_part(room: Room[Any], part: str) -> ResponseReturnValue:
    """One fragment of the page."""
    scene = asked(room)
    return show_fragment(room, room.parts[part], scene)


def show_fragment(room: Room[Any], fragment: Fragment[Any], scene: TableScene) -> Response:
    """Write a fragment as it stands in the page of a scene."""

    def make() -> str:
        with way_out(room, scene=scene):
            placed = room.placed(scene)
            return in_full(room, writer(room).whole(fragment, placed), placed)

    return answer(make, scene)


def show_change(room: Room[Any]) -> ResponseReturnValue:
    """What a control changes: the fragments that differ between the page in which it was pressed and the new one."""
    if room.fragments is None:
        raise TypeError(f"the room {room.name} has no fragments")
    view = room.fragments
    with way_out(room):
        old = came_from(room, request.args)
    scene = asked(room)

    def make() -> str:
        with way_out(room, scene=scene):
            placed = room.placed(scene)
            changed = writer(room).changed(view, room.placed(old), placed)
            return render_template("change.html", fragments=changed, scene=stated(room, placed))

    response = answer(make, scene, old.query()) if not old.shows_upload else unkept(make_response(make()))
    response.headers["HX-Push-Url"] = page_url(scene)
    return response


def stated(room: Room[Any], placed: TableScene) -> Markup:
    """The scene of the page, where scripts find it: its query, and what is selected."""
    query, picked, marks = placed.query()[1:], room.picked(placed), room.marks(placed)
    return Markup(render_template("scene.html", query=query, picked=picked, marks=marks))


def in_full(room: Room[Any], text: str, placed: TableScene) -> str:
    """Put the scene into the links and forms of a text made of fragments."""

    def address(args: MultiDict[str, str]) -> str:
        query = page_url(changed(room, placed, args))
        kept = {name: args[name] for name in room.edits if name in args}
        return with_edits(query, kept)

    text = text.replace("<!--scene-->", stated(room, placed))
    return whole_page(text, placed.query(), address, room.picked(placed), room.marks(placed))


def with_edits(address: str, edits: dict[str, str]) -> str:
    """Add edits to the address of a page."""
    for name, value in edits.items():
        address = f"{address}{'&' if '?' in address else '?'}{name}={value}"
    return address


def show_json(room: Room[Any], describe: Callable[[Any], object]) -> ResponseReturnValue:
    """What the API says of a scene."""
    with way_out(room, lambda nearest: f"{request.path}{nearest.query()}"):
        scene = room.scene_of(request.args)
        return answer(lambda: jsonify(describe(scene)), scene)


def asked(room: Room[Any]) -> Any:
    """Read the scene of this request: all of it, or what a control has changed; with the edit that it asks for."""
    with way_out(room):
        if FROM not in request.args:
            return room.asked(request.args)
        scene = changed(room, room.placed(came_from(room, request.args)), request.args)
        return room.edit(scene, request.args) if room.edit else scene


def came_from(room: Room[Any], args: MultiDict[str, str]) -> Any:
    """Read the scene of the page in which a control was pressed. Raises Refusal."""
    return room.scene_of({FROM: args.get(FROM, "")})


def changed(room: Room[Any], placed: Any, args: MultiDict[str, str]) -> Any:
    """Return a scene with what the parameters of a request change in it. Raises Refusal."""
    names = [name for name in room.scene.table.names if name in args]
    texts = {**placed.to_args(), **{name: args[name] for name in names}}
    wanted = (room.read or room.scene.read)({name: text for name, text in texts.items() if text})
    return room.turn(placed, {name: getattr(wanted, name) for name in names})


def writer(room: Room[Any]) -> Writer:
    """Who writes the fragments of a room."""
    return Writer(room.name, room.view, service(FragmentCache))


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
