"""Giving the site a picture and taking it back: by a form of a page, or as JSON."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Response, current_app, jsonify, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from PIL import Image
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.passes.resolve import check_place, walk
from app.pictures.decode import (
    MAX_BODY_BYTES,
    MAX_FORM_PARTS,
    PICTURE_SECONDS,
    check_bytes,
    decode_png,
    decode_upload,
    encode_png,
    picture_key,
)
from app.pictures.reference import ImageRef
from app.refusal import Refusal
from app.scenes.filter_scene import FilterScene, read_filter_scene
from app.scenes.long_values import looking_up
from app.scenes.walk_scene import Scene
from app.uploads.ownership import PICTURE_ID, new_token, owns, picture_id, read_token
from app.uploads.rate_limit import UploadRate
from app.web.languages import PREFIX
from app.web.services import services

OWNER_COOKIE = "convscope_owner"
TOKEN_HEADER = "X-Delete-Token"
RATE = "convscope.uploads"
FILTERS = "filters"
"""What a form of the filter explorer says of the room that it comes from; the walk's say nothing."""

Place = Scene | FilterScene

blueprint = Blueprint("uploads", __name__)


@blueprint.record_once
def count_uploads(state: BlueprintSetupState) -> None:
    """Give the application a counter of its own."""
    state.app.extensions[RATE] = UploadRate()


@blueprint.post(f"{PREFIX}/images")
def upload() -> ResponseReturnValue:
    """Keep the picture of a form, and show it at the place that it came from."""
    known = read_token(request.cookies.get(OWNER_COOKIE))
    token = known or new_token()
    try:
        data = _posted_bytes(known)
        place = _posted_scene()  # before anything is stored: a picture that no page leads to could not be deleted
        image = _keep(decode_upload(data), token)
    except Refusal as refusal:
        refusal.values["place"] = _came_from()
        raise
    response = _to(place.with_picture(image))
    if known is None:
        # No date: on a computer that a class shares, the right to delete ends with the browser's session.
        response.set_cookie(
            OWNER_COOKIE,
            token,
            httponly=True,
            samesite="Strict",
            secure=request.is_secure,
            path=request.script_root or "/",
        )
    return response


@blueprint.post(f"{PREFIX}/images/delete")
def take_back() -> ResponseReturnValue:
    """Forget a picture that this browser uploaded, and show its place with the first sample."""
    kind, _, name = request.form.get("image", "").partition(".")
    _forget(name if kind == "upload" else "", read_token(request.cookies.get(OWNER_COOKIE)))
    return _to((_came_from() or Scene()).with_picture())


@blueprint.post("/api/v1/images")
def upload_json() -> ResponseReturnValue:
    """Keep a picture, and say what it is called, how large it is, and what deletes it."""
    # Never the token of the cookie: the answer says the token, and no script is to read what the cookie holds.
    known = read_token(request.headers.get(TOKEN_HEADER))
    token = known or new_token()
    picture = decode_upload(_posted_bytes(known))
    image = _keep(picture, token)
    response = jsonify(image=str(image), width=picture.width, height=picture.height, delete_token=token)
    response.status_code = 201
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/api/v1/images/upload.<name>")
def take_back_json(name: str) -> ResponseReturnValue:
    """Forget a picture at once; 404 says the same of one that is not there and of one that is another's."""
    _forget(name, read_token(request.headers.get(TOKEN_HEADER)))
    return "", 204


def _keep(picture: Image.Image, token: str) -> ImageRef:
    name = picture_id(services().settings.secret, token, picture)
    services().store.put(picture_key(name), encode_png(picture), PICTURE_SECONDS)
    return ImageRef("upload", name)


def _posted_bytes(known: str | None) -> bytes:
    """Read the file field `image`; where a page has several of that name, the first one that was filled in."""
    if services().settings.rate:
        rate: UploadRate = current_app.extensions[RATE]
        rate.admit(request.remote_addr, known)
    request.max_content_length = MAX_BODY_BYTES
    request.max_form_parts = MAX_FORM_PARTS
    check_bytes(request.content_length or 0, MAX_BODY_BYTES)
    try:
        files = request.files.getlist("image")
    except RequestEntityTooLarge as fault:
        raise Refusal(413, "form-too-large", limit=MAX_FORM_PARTS) from fault
    for file in files:
        if file.filename:
            data: bytes = file.read()
            return data
    raise Refusal(400, "picture-missing")


def _forget(name: str, token: str | None) -> None:
    settings, store = services().settings, services().store
    data = store.get(picture_key(name)) if token is not None and PICTURE_ID.fullmatch(name) else None
    if token is None or data is None or not owns(settings.secret, token, name, decode_png(data)):
        raise Refusal(404, "picture-not-yours")
    store.delete(picture_key(name))
    services().filters.forget(ImageRef("upload", name))
    services().walker.forget(ImageRef("upload", name))  # in this order: one that is being sent is looked up again


def _posted_scene() -> Place:
    """Read the scene in the form's hidden fields; Refusal 400 or 404 where there is no such place."""
    if request.form.get("room") == FILTERS:
        return read_filter_scene(request.form, looking_up(services().store))
    scene = Scene.read(request.form)
    check_place(scene, services().walker.networks)
    return scene


def _came_from() -> Place | None:
    """The scene from which the form was sent, or None where nobody can tell."""
    try:
        return _posted_scene()
    except Refusal:
        return None
    except HTTPException:  # the form is too large to be read; the browser says which page it was on
        return _page_before()


def _page_before() -> Place | None:
    try:
        page = urlsplit(request.referrer or "")
        if page.path == url_for("pages.filters"):
            return read_filter_scene(dict(parse_qsl(page.query)), looking_up(services().store))
        scene = Scene.read(dict(parse_qsl(page.query)))
        check_place(scene, services().walker.networks)
    except (Refusal, ValueError):
        return None
    return scene if page.path == url_for("pages.walk") else None


def _to(place: Place) -> Response:
    """Lead to the scene; where a tour has fewer stops on this picture, to the nearest that there is."""
    if isinstance(place, FilterScene):
        return _there(url_for("pages.filters") + services().filters.settled(place).query())
    return _to_walk(place)


def _to_walk(scene: Scene) -> Response:
    query = scene.query()
    try:
        walk(scene, services().walker)  # the page that follows finds it remembered
    except Refusal as refusal:
        query = str(refusal.values.get("nearest", query))
    return _there(url_for("pages.walk") + query)


def _there(address: str) -> Response:
    response = current_app.make_response(redirect(address, 303))
    response.headers["Cache-Control"] = "no-store"
    return response
