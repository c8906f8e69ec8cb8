"""From a request to a filtered picture: the scene is read off the address, edited where it says so, and computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Response, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from app.filters.compare import compare_view
from app.filters.download.program_templates import PROGRAMS
from app.filters.engine.edits import edited, tuned, typed
from app.filters.engine.result import Filtered
from app.filters.page import filter_page
from app.refusal import Refusal
from app.scenes.filter_params import FILTER_PARAMS
from app.scenes.filter_scene import FilterScene, read_filter_scene
from app.scenes.long_values import keep, looking_up
from app.scenes.walk_scene import Scene
from app.walk.showing import walk_url
from app.web.http_cache import unkept, unless_fresh
from app.web.services import services

EDITS = ("do", "k", "n")
"""do: an edit by name. k: the numbers of the kernel's fields. n: the numbers of a preset's fields."""


def filter_url(scene: FilterScene) -> str:
    """The address of a scene's page."""
    return url_for("pages.filters") + scene.query()


def filter_links(scene: FilterScene, do: str = "") -> Markup:
    """The attributes of a control that leads to a scene, or to an edit of it: the page, and what is exchanged of it."""
    if "filter_links" not in g:
        g.filter_links = url_for("pages.filters"), url_for("panels.filter_view")
    page, view = g.filter_links
    query = _with(scene.query(), "do", do)
    return Markup(f'href="{escape(page + query)}" hx-get="{escape(view + query)}"')


def place_url(place: Scene | FilterScene) -> str:
    """The address of a place in any room."""
    return filter_url(place) if isinstance(place, FilterScene) else walk_url(place)


def place_room(place: Scene | FilterScene) -> str:
    """What a form says of the room that it comes from."""
    return "filters" if isinstance(place, FilterScene) else ""


def picture_url(part: str, scene: FilterScene, channel: int) -> str:
    """The address of a picture of a scene: what goes in ("source"), or what comes out ("result")."""
    query = _with(scene.query(), "channel", str(channel) if channel else "")
    return url_for("filter_pictures.picture", part=part) + query


def apart_url(scene: FilterScene, channel: int) -> str:
    """The address of the picture of what a scene's result is less the one that it is compared with."""
    plain = scene.but(cell=None, pixel=None, precision="3")
    return url_for("filter_pictures.apart") + _with(plain.query(), "channel", str(channel) if channel else "")


def _with(query: str, name: str, value: str) -> str:
    if not value:
        return query
    return f"{query}&{name}={value}" if query else f"?{name}={value}"


def asked_filter() -> FilterScene:
    """The scene of this request, with the edit that it asks for; what is long in it is kept.

    A refusal's way out leads to a page, wherever it was asked.
    """
    with way_out(filter_url):
        scene = read_filter_scene(request.args, looking_up(services().store))
        scene = _edited(scene)
        room = services().filters
        room.kernel(scene)  # before anything is kept: what is too large is not
        keep(scene, services().store)
    return scene


def _edited(scene: FilterScene) -> FilterScene:
    if not any(name in request.args for name in EDITS):
        return scene
    room = services().filters
    kernel = room.kernel(scene)
    changed = scene
    if "k" in request.args:
        columns, plane = (request.args.get(name, type=int, default=0) for name in ("columns", "plane"))
        changed = typed(scene, request.args.getlist("k"), columns, kernel, plane)
    elif "n" in request.args:
        changed = tuned(scene, request.args.getlist("n"))
    if "do" in request.args:
        changed = edited(changed, request.args["do"], room.kernel(changed))
    return room.settled(changed)


def is_canonical_filter(scene: FilterScene) -> bool:
    """Whether the request named the scene as its links do: in the table's order, defaults left out, nothing to edit."""
    names = {param.name for param in FILTER_PARAMS} | {*EDITS, "plane", "columns"}
    asked = [(name, value) for name, value in request.args.items(multi=True) if name in names]
    return asked == list(scene.to_args().items())


def filtered_scene(scene: FilterScene) -> Filtered:
    """Compute the scene; a refusal's way out leads to a page."""
    with way_out(filter_url, scene):
        return services().filters.run(scene)


def other_scene(scene: FilterScene) -> Filtered | None:
    """Compute what the scene is compared with; None where there is nothing, or where it does not fit these settings."""
    if not scene.compares:
        return None
    try:
        return services().filters.run(scene.other())
    except Refusal as refusal:
        if refusal.status == 422:
            return None
        refusal.values["nearest"] = filter_url(scene.but(kernel2=None, image2=None))
        if refusal.code == "picture-forgotten":
            refusal.values["place"] = scene.but(image2=None)
        raise


@contextmanager
def way_out(address: Callable[[FilterScene], str], scene: FilterScene | None = None) -> Iterator[None]:
    """Turn the nearest scene that a refusal carries into an address, and keep what is long in it."""
    try:
        yield
    except Refusal as refusal:
        if refusal.code == "picture-forgotten" and scene is not None:
            refusal.values["place"] = scene.with_picture()
        nearest = refusal.values.get("nearest")
        if isinstance(nearest, FilterScene):
            nearest = services().filters.nearest(nearest)
            keep(nearest, services().store)
            refusal.values["nearest"] = address(nearest)
        raise


def answer_filter(make: Callable[[], ResponseReturnValue], scene: FilterScene, *parts: object) -> Response:
    """Make the answer about a scene, unless the reader has it already; what shows an upload is made every time."""
    if "upload" in (scene.image.kind, scene.image2.kind if scene.image2 else ""):
        return unkept(make_response(make()))
    return unless_fresh(make, scene.query(), *parts)


def show_filter(template: str, scene: FilterScene) -> Response:
    """Write the scene out in a template, unless the reader has that answer already."""

    def make() -> str:
        filtered = filtered_scene(scene)
        page = filter_page(filtered, services().walker.networks)
        return render_template(
            template, page=page, compare=compare_view(filtered, other_scene(scene)), programs=PROGRAMS
        )

    return answer_filter(make, scene)
