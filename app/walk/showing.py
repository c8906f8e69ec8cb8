"""From a request to a walk: the scene is read off the address, and its picture goes through its network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Response, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from app.home.miniature import home, in_the_walk
from app.passes.resolve import walk
from app.refusal import Refusal
from app.scenes.walk_params import PARAMS
from app.scenes.walk_scene import Scene
from app.walk.page import explain
from app.web.http_cache import unkept, unless_fresh
from app.web.services import services


def walk_url(scene: Scene) -> str:
    """The address of a scene's page."""
    return url_for("pages.walk") + scene.query()


def home_url(scene: Scene) -> str:
    """The address of the home page with a scene of its miniature."""
    return url_for("pages.home") + scene.query()


def miniature_url(scene: Scene) -> str:
    """The address of the miniature alone."""
    return url_for("panels.miniature") + scene.query()


def scene_links(scene: Scene) -> Markup:
    """The attributes of a control that leads to a scene: the page, and the part of it that htmx exchanges."""
    if "links" not in g:  # a page has hundreds of controls, and url_for is slow
        g.links = escape(url_for("pages.walk")), escape(url_for("panels.view"))
    page, view = g.links
    # A scene's query is made of letters, digits and ". - _ = & , ; %" alone: see Scene.query.
    query = scene.query().replace("&", "&amp;")
    return Markup(f'href="{page}{query}" hx-get="{view}{query}"')


def fill(words: str, **values: object) -> str:
    """Put values into {places} of a sentence that was looked up once and is said for dozens of maps."""
    return str(words).format(**values)


def asked_scene() -> Scene:
    """The scene of this request."""
    return Scene.read(request.args)


def is_canonical(scene: Scene) -> bool:
    """Whether the request named the scene as its links do: in the table's order, defaults left out."""
    names = {param.name for param in PARAMS}
    asked = [(name, value) for name, value in request.args.items(multi=True) if name in names]
    return asked == list(scene.to_args().items())


@contextmanager
def leading_on() -> Iterator[None]:
    """A refusal's way out leads to a page, wherever it was asked."""
    try:
        yield
    except Refusal as refusal:
        if "nearest" in refusal.values and request.blueprint == "panels":
            refusal.values["nearest"] = url_for("pages.walk") + str(refusal.values["nearest"])
        raise


def answer(make: Callable[[], ResponseReturnValue], scene: Scene) -> Response:
    """Make the answer about a scene, unless the reader has it already; what shows an upload is made every time."""
    if scene.image.kind == "upload":
        return unkept(make_response(make()))
    return unless_fresh(make, scene.query())


def show(template: str, scene: Scene) -> Response:
    """Write the scene out in a template, unless the reader has that answer already."""

    def make() -> str:
        with leading_on():
            page = explain(walk(scene, services().walker), services().walker.networks)
        return render_template(template, page=page)

    return answer(make, scene)


def show_home(template: str, scene: Scene) -> Response:
    """Write the home page's scene out in a template, unless the reader has that answer already."""

    def make() -> str:
        with leading_on():
            page = home(walk(in_the_walk(scene), services().walker))
        return render_template(template, page=page)

    return answer(make, scene)
