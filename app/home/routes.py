"""Routes of the home page and its miniature, the redirect to a language, health checks and robots.txt."""

from __future__ import annotations

from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.home import entrance
from app.home.miniature import miniature_scene, walk_scene
from app.home.page import home as home_page
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.scenes.walk_scene import Scene
from app.web import respond
from app.web.languages import PREFIX
from app.web.rooms import fragments, room_of
from app.web.services import service

blueprint = Blueprint("home", __name__)


@blueprint.get(f"{PREFIX}/", endpoint="page")
def home() -> ResponseReturnValue:
    """The home page."""
    scene = miniature_scene(Scene.read(request.args))
    if not scene.is_canonical(request.args.items(multi=True)):
        return redirect(home_url(scene))
    return _show("home/home.html", scene)


@blueprint.get(f"{PREFIX}/home/miniature")
def miniature() -> ResponseReturnValue:
    """The miniature alone; HX-Replace-Url names the page that it belongs to."""
    scene = miniature_scene(Scene.read(request.args))
    response = make_response(_show("home/miniature.html", scene))
    response.headers["HX-Replace-Url"] = home_url(scene)
    return response


@blueprint.app_template_global()
def home_url(scene: Scene) -> str:
    """The address of the home page with a scene of its miniature."""
    return url_for("home.page") + scene.query()


@blueprint.app_template_global()
def miniature_url(scene: Scene) -> str:
    """The address of the miniature as a fragment."""
    return url_for("home.miniature") + scene.query()


def _show(template: str, scene: Scene) -> Response:
    def make() -> str:
        with respond.way_out(room_of(scene), home_url):
            page = home_page(resolve(walk_scene(scene), service(PassCache)))
        return render_template(template, page=page)

    return respond.answer(make, scene)


def register(app: Flask) -> None:
    """Add the home page to the site."""
    app.register_blueprint(blueprint)
    app.register_blueprint(entrance.blueprint)
    fragments(app).add("home.miniature")
