"""Giving the site a picture and taking it back: by a form of the walk page, or as JSON."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, redirect, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app.guard import UploadRate, check_origin
from app.images import ImageRef
from app.intake import MAX_BODY_BYTES, MAX_FORM_PARTS, PICTURE_SECONDS, check_bytes, decode, encode, picture_key, take
from app.languages import PREFIX
from app.owner import PICTURE_ID, new_token, owns, picture_id, read_token
from app.refusal import Refusal
from app.scene import Scene, read_scene
from app.services import services
from app.showing import walk_url

OWNER_COOKIE = "convscope_owner"
TOKEN_HEADER = "X-Delete-Token"
RATE = "convscope.uploads"
KEPT = ("network", "layer", "precision")
"""What of the scene outlives a change of picture: crop, cell and the like belonged to the other one."""

blueprint = Blueprint("uploads", __name__)


@blueprint.record_once
def count_uploads(state: BlueprintSetupState) -> None:
    """Give the application a counter of its own."""
    state.app.extensions[RATE] = UploadRate()


@blueprint.before_app_request
def refuse_foreign_pages() -> None:
    """Guard every room of the site, not only this one: whatever changes something is asked where it comes from."""
    check_origin(
        request.method,
        site=request.headers.get("Sec-Fetch-Site"),
        origin=request.headers.get("Origin"),
        host=request.host,
        cookies=bool(request.cookies),
    )


@blueprint.post(f"{PREFIX}/images")
def upload() -> ResponseReturnValue:
    """Keep the picture of a form, and show it: the walk, with the same network and layer."""
    known = read_token(request.cookies.get(OWNER_COOKIE))
    token = known or new_token()
    image, _ = _keep_picture(token, known)
    response = _to_walk(_kept_scene().but(image=image))
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
    """Forget a picture that this browser uploaded, and show the walk with its first sample."""
    kind, _, name = request.form.get("image", "").partition(".")
    _forget(name if kind == "upload" else "", read_token(request.cookies.get(OWNER_COOKIE)))
    return _to_walk(_kept_scene())


@blueprint.post("/api/v1/images")
def upload_json() -> ResponseReturnValue:
    """Keep a picture, and say what it is called, how large it is, and what deletes it."""
    known = read_token(request.headers.get(TOKEN_HEADER)) or read_token(request.cookies.get(OWNER_COOKIE))
    token = known or new_token()
    image, (width, height) = _keep_picture(token, known)
    response = jsonify(image=str(image), width=width, height=height, delete_token=token)
    response.status_code = 201
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.delete("/api/v1/images/upload.<name>")
def take_back_json(name: str) -> ResponseReturnValue:
    """Forget a picture at once; 404 says the same of one that is not there and of one that is another's."""
    _forget(name, read_token(request.headers.get(TOKEN_HEADER)))
    return "", 204


def _keep_picture(token: str, known: str | None) -> tuple[ImageRef, tuple[int, int]]:
    """Take the picture in the request's form and store it."""
    settings, store = services().settings, services().store
    if settings.rate:
        rate: UploadRate = current_app.extensions[RATE]
        rate.admit(request.remote_addr, known)
    picture = take(_posted_bytes())
    name = picture_id(settings.secret, token, picture)
    store.put(picture_key(name), encode(picture), PICTURE_SECONDS)
    return ImageRef("upload", name), picture.size


def _posted_bytes() -> bytes:
    """Read the file field `image`; where a page has several of that name, the first one that was filled in."""
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
    if token is None or data is None or not owns(settings.secret, token, name, decode(data)):
        raise Refusal(404, "picture-not-yours")
    store.delete(picture_key(name))


def _kept_scene() -> Scene:
    return read_scene({name: value for name in KEPT if (value := request.form.get(name)) is not None})


def _to_walk(scene: Scene) -> Response:
    response = current_app.make_response(redirect(walk_url(scene), 303))
    response.headers["Cache-Control"] = "no-store"
    return response
