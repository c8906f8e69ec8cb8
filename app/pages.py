"""The pages: each is one scene, written out as a whole document."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.languages import PREFIX
from app.showing import asked_scene, is_canonical, scene_links, show, walk_url

blueprint = Blueprint("pages", __name__, url_prefix=PREFIX)
blueprint.add_app_template_global(scene_links, "to")


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Send the reader into the first room."""
    return redirect(url_for("pages.walk"))


@blueprint.get("/walk")
def walk() -> ResponseReturnValue:
    """The walk through a network."""
    scene = asked_scene()
    # A form writes its fields in its own order, defaults and all; one scene has one address.
    return show("pages/walk.html", scene) if is_canonical(scene) else redirect(walk_url(scene))
