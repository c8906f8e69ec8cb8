"""The pages: each is one scene, written out as a whole document."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from app.filters.request import (
    apart_url,
    asked_filter,
    filter_links,
    filter_url,
    is_canonical_filter,
    picture_url,
    place_room,
    place_url,
    show_filter,
)
from app.home.miniature import on_the_round
from app.render.cell_table import fields, rows
from app.walk.showing import (
    asked_scene,
    fill,
    home_url,
    is_canonical,
    miniature_url,
    scene_links,
    show,
    show_home,
    walk_url,
)
from app.web.languages import PREFIX

blueprint = Blueprint("pages", __name__, url_prefix=PREFIX)
blueprint.add_app_template_filter(fill)
blueprint.add_app_template_filter(rows)
blueprint.add_app_template_filter(fields)
for address in (home_url, miniature_url, walk_url, filter_url, picture_url, apart_url, place_url, place_room):
    blueprint.add_app_template_global(address)
blueprint.add_app_template_global(filter_links, "on")
blueprint.add_app_template_global(scene_links, "to")


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """What this is, a miniature of the walk, and the doors."""
    scene = on_the_round(asked_scene())
    return show_home("home/home.html", scene) if is_canonical(scene) else redirect(home_url(scene))


@blueprint.get("/walk")
def walk() -> ResponseReturnValue:
    """The walk through a network."""
    scene = asked_scene()
    # A form writes its fields in its own order, defaults and all; one scene has one address.
    return show("walk/page.html", scene) if is_canonical(scene) else redirect(walk_url(scene))


@blueprint.get("/filters")
def filters() -> ResponseReturnValue:
    """The filter explorer: what a kernel does to a picture."""
    scene = asked_filter()
    return show_filter("filters/page.html", scene) if is_canonical_filter(scene) else redirect(filter_url(scene))
