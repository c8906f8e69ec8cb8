"""Routes of the home page and its miniature, the redirect to a language, health checks and robots.txt."""

from __future__ import annotations

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.home.miniature import miniature_scene, walk_scene
from app.home.page import home as home_page
from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.refusal import Refusal
from app.scenes.walk_scene import Scene
from app.store.protocol import Store
from app.web import respond
from app.web.languages import PREFIX, preferred_language
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


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Redirect to the language that the browser prefers."""
    # A path without a host, so that it is right behind any proxy and under any prefix.
    response = redirect(f"{request.script_root}/{preferred_language()}/")
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Liveness: the process answers."""
    return _state("ok")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Readiness: the store answers too; 503 where it does not."""
    try:
        service(Store).ping()
    except Refusal as refusal:
        current_app.logger.warning("readyz: the store does not answer: %s", refusal)
        return _state("unavailable"), 503
    return _state("ok")


@blueprint.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """Keep crawlers away from the scenes, of which there is no end."""
    return current_app.send_static_file("robots.txt")


def _state(status: str) -> Response:
    response = jsonify(status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def register(app: Flask) -> None:
    """Add the home page to the site."""
    app.register_blueprint(blueprint)
    fragments(app).add("home.miniature")
