"""The fragments: the parts of a page that change when the scene does, each under an address of its own."""

from __future__ import annotations

from flask import Blueprint, make_response
from flask.typing import ResponseReturnValue

from app.filters.request import asked_filter, filter_url, show_filter
from app.home.miniature import on_the_round
from app.walk.showing import asked_scene, home_url, show, show_home, walk_url
from app.web.languages import PREFIX

blueprint = Blueprint("panels", __name__, url_prefix=PREFIX)


@blueprint.get("/home/miniature")
def miniature() -> ResponseReturnValue:
    """The walk at a glance, on the home page; it tells htmx which address to show."""
    scene = on_the_round(asked_scene())
    response = make_response(show_home("home/miniature.html", scene))
    response.headers["HX-Replace-Url"] = home_url(scene)
    return response


@blueprint.get("/walk/view")
def view() -> ResponseReturnValue:
    """All of the walk that depends on the scene; it tells htmx which address to show."""
    scene = asked_scene()
    response = make_response(show("walk/view.html", scene))
    response.headers["HX-Push-Url"] = walk_url(scene)
    return response


@blueprint.get("/walk/pictures")
def pictures() -> ResponseReturnValue:
    """Which picture, and which network."""
    return show("walk/pictures.html", asked_scene())


@blueprint.get("/walk/strip")
def strip() -> ResponseReturnValue:
    """All layers with all their maps."""
    return show("walk/strip.html", asked_scene())


@blueprint.get("/walk/microscope")
def microscope() -> ResponseReturnValue:
    """How the picked cell came to be."""
    return show("walk/selected_cell.html", asked_scene())


@blueprint.get("/walk/check")
def check() -> ResponseReturnValue:
    """The picked number, moved a little both ways."""
    return show("walk/panels/check.html", asked_scene())


@blueprint.get("/walk/learn")
def learn() -> ResponseReturnValue:
    """What a few steps of learning have done."""
    return show("walk/panels/learn.html", asked_scene())


@blueprint.get("/walk/heat")
def heat() -> ResponseReturnValue:
    """Which pixels mattered to a class."""
    return show("walk/panels/heat.html", asked_scene())


@blueprint.get("/filters/view")
def filter_view() -> ResponseReturnValue:
    """All of the filter explorer that depends on the scene; it tells htmx which address to show."""
    scene = asked_filter()
    response = make_response(show_filter("filters/view.html", scene))
    response.headers["HX-Push-Url"] = filter_url(scene)
    return response
