"""Routes of the API: the traces and arrays that the pages show, for notebooks and other programs."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from app.api.json_views import describe_forward, describe_gradient, describe_trace
from app.api.lists import describe_networks, describe_samples
from app.api.openapi import Route, document
from app.api.operations import NPY_TYPE, OF_FILTER, OPERATIONS, PREFIX, of_room
from app.filters.engine.result_image import result_picture
from app.filters.engine.runner import FilterRoom
from app.filters.request import read
from app.filters.routes import ROOM as FILTER_ROOM
from app.passes.heatmap_cache import whole
from app.passes.pass_cache import PassCache
from app.passes.resolve import check_has_gradients, resolve
from app.passes.state import WalkState
from app.refusal import Refusal
from app.render.files import encoded, npy
from app.scenes.filter_params import FORMATS
from app.scenes.filter_scene import FilterScene
from app.scenes.walk_scene import Scene
from app.walk.panels.heatmap import asked
from app.walk.routes import ROOM as WALK_ROOM
from app.web.build_id import ROOT
from app.web.http_cache import unless_fresh
from app.web.respond import answer, way_out
from app.web.rooms import rooms
from app.web.services import service
from cnn_core import Array

blueprint = Blueprint("api", __name__, url_prefix=PREFIX)


@blueprint.get("/samples")
def samples() -> ResponseReturnValue:
    """The samples of the site."""
    return unless_fresh(lambda: jsonify(describe_samples()))


@blueprint.get("/networks")
def networks() -> ResponseReturnValue:
    """The trained networks."""
    return unless_fresh(lambda: jsonify(describe_networks(service(PassCache).networks)))


@blueprint.get("/forward")
def forward() -> ResponseReturnValue:
    """A forward pass: prediction, probabilities, logits, and the range of every output."""
    return _about(lambda found: jsonify(describe_forward(found)))


@blueprint.get("/activations")
def activations() -> ResponseReturnValue:
    """The output of one layer as a NumPy file, (C, H, W)."""

    def make(found: WalkState) -> Response:
        return _file(found.outputs[found.layer], f"{found.scene.network}-{found.layer}.npy")

    return _about(make)


@blueprint.get("/heat")
def heat() -> ResponseReturnValue:
    """A heatmap of a class as a NumPy file, (C, H, W), or (1, H, W) where the method has no channels."""

    def make(found: WalkState) -> Response:
        name = found.scene.heat or "gradient"
        return _file(whole(found.forward.heats.find(name, asked(found))), f"{found.scene.network}-{name}.npy")

    return _about(make)


@blueprint.get("/gradients")
def gradients() -> ResponseReturnValue:
    """The gradient of the loss by a layer's output, input, weights or biases, as a NumPy file."""

    def make(found: WalkState) -> Response:
        return _file(found.asked(), f"{found.scene.network}-{found.layer}-{found.scene.of}-gradient.npy")

    return _about(make, backward=True)


@blueprint.get("/filter")
def filter_result() -> ResponseReturnValue:
    """A filtered picture as a NumPy file, unclipped, or as an image, as `format` says."""
    form = request.args.get("format", FORMATS[0])
    if form not in FORMATS:
        raise Refusal(400, "filter-format-unreadable", got=form)
    channel = request.args.get("channel", type=int, default=0)
    with way_out(FILTER_ROOM, lambda nearest: url_for("api.filter_result") + nearest.query()):
        wanted = {name: request.args[name] for name in OF_FILTER if name in request.args}
        scene = read(wanted)
        return answer(lambda: _filtered(scene, form, channel), scene, form, channel)


def _filtered(scene: FilterScene, form: str, channel: int) -> Response:
    filtered = service(FilterRoom).run(scene)
    if form == "npy":
        return _file(filtered.after, "filtered.npy")
    file = encoded(result_picture(filtered, channel), "png" if form == "png" else "webp")
    return Response(file.data, mimetype=file.mimetype)


@blueprint.get("/trace")
def trace() -> ResponseReturnValue:
    """The trace of one number of a layer's output, or of one gradient by its input, weights or biases."""
    backward = _asked_scene().of != "output"
    describe = describe_gradient if backward else describe_trace
    return _about(lambda found: jsonify(describe(found)), backward)


@blueprint.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """The OpenAPI document of this API."""
    server, version = url_for("api.openapi").removesuffix("/openapi.json"), _version()
    of_rooms = {f"{room.name}.api": of_room(room) for room in rooms() if room.describe}
    return unless_fresh(lambda: jsonify(document(_routes(), server, version, of_rooms)), server, version)


def _file(array: Array, name: str) -> Response:
    response = Response(npy(array), mimetype=NPY_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _about(make: Callable[[WalkState], ResponseReturnValue], backward: bool = False) -> Response:
    """Answer for the scene of this request; 304 where the client has the answer already."""
    scene = _asked_scene()
    if backward:
        scene = replace(scene, way="backward")
        check_has_gradients(scene, service(PassCache).networks)
    return answer(lambda: make(_walk(scene)), scene)


def _asked_scene() -> Scene:
    """Read only the parameters that this operation depends on, so that one answer has one ETag."""
    wanted = OPERATIONS[request.endpoint or ""].parameters
    return Scene.read({name: request.args[name] for name in wanted if name in request.args})


def _walk(scene: Scene) -> WalkState:
    """Resolve the scene and run its passes; the nearest address of a refusal is one of this operation."""
    with way_out(WALK_ROOM, lambda nearest: url_for(request.endpoint or "") + (nearest.query() or "?")):
        return resolve(scene, service(PassCache))


def _routes() -> dict[str, Route]:
    return {
        rule.endpoint: Route(rule.rule.removeprefix(PREFIX), method.lower())
        for rule in current_app.url_map.iter_rules()
        if rule.rule.startswith(f"{PREFIX}/")
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }


def _version() -> str:
    """The project's version, read from pyproject.toml: the site runs from its checkout."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    return version
