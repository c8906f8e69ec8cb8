"""Upload and delete a picture, by a form of a page or through the API."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from flask import Blueprint, Flask, Response, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from PIL import Image
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

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
from app.scenes.links import page_url
from app.scenes.parameter_table import TableScene
from app.scenes.walk_scene import Scene
from app.store.protocol import Store
from app.uploads.ownership import PICTURE_ID, new_token, owns, picture_id, read_token
from app.uploads.rate_limit import UploadRate
from app.web.languages import PREFIX
from app.web.rooms import room_named, room_of, rooms
from app.web.services import provide, service
from app.web.settings import Settings

OWNER_COOKIE = "convscope_owner"
TOKEN_HEADER = "X-Delete-Token"
blueprint = Blueprint("uploads", __name__)


@blueprint.post(f"{PREFIX}/images")
def upload() -> ResponseReturnValue:
    """Store the picture of a form, and redirect to the scene that it was sent from, with this picture."""
    known = read_token(request.cookies.get(OWNER_COOKIE))
    token = known or new_token()
    try:
        data = _posted_bytes(known)
        place = _posted_scene()  # before anything is stored: a picture that no page shows could not be deleted
        image = _keep(decode_upload(data), token)
    except Refusal as refusal:
        refusal.values["place"] = _came_from()
        raise
    response = _to(place.with_picture(image))
    if known is None:
        # A session cookie: on a computer that a class shares, the right to delete ends with the session.
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
    """Delete a picture that this browser uploaded, and redirect to its scene with the default picture."""
    kind, _, name = request.form.get("image", "").partition(".")
    _forget(name if kind == "upload" else "", read_token(request.cookies.get(OWNER_COOKIE)))
    return _to((_came_from() or Scene()).with_picture())


@blueprint.post("/api/v1/images")
def upload_json() -> ResponseReturnValue:
    """Store a picture; the answer has its reference, its size, and the token that deletes it."""
    # Never the cookie's token: the answer contains the token, and no script may learn what the cookie holds.
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
    """Delete a picture; 404 both where there is none and where it belongs to someone else."""
    _forget(name, read_token(request.headers.get(TOKEN_HEADER)))
    return "", 204


def _keep(picture: Image.Image, token: str) -> ImageRef:
    name = picture_id(service(Settings).secret, token, picture)
    service(Store).put(picture_key(name), encode_png(picture), PICTURE_SECONDS)
    return ImageRef("upload", name)


def _posted_bytes(known: str | None) -> bytes:
    """Read the first file field `image` that was filled in; a page may have several. Raises Refusal 400, 413 or 429."""
    if service(Settings).rate:
        service(UploadRate).admit(request.remote_addr, known)
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
    settings, store = service(Settings), service(Store)
    data = store.get(picture_key(name)) if token is not None and PICTURE_ID.fullmatch(name) else None
    if token is None or data is None or not owns(settings.secret, token, name, decode_png(data)):
        raise Refusal(404, "picture-not-yours")
    store.delete(picture_key(name))
    # After the deletion: whatever is being computed from it now is checked against the store before it is cached.
    for room in rooms():
        if room.forget:
            room.forget(ImageRef("upload", name))


def _posted_scene() -> TableScene:
    """Read the scene in the form's hidden fields. Raises Refusal 400 or 404."""
    # The forms of the walk, the first room, do not name it.
    room = room_named(request.form.get("room", "")) or room_of(Scene())
    scene: TableScene = room.scene_of(request.form)
    return scene


@blueprint.app_template_global()
def room_field(scene: TableScene) -> str:
    """The hidden field by which a form with a picture names its room; empty in the walk."""
    room = scene.table.room
    return "" if room == Scene.table.room else room


def _came_from() -> TableScene | None:
    """The scene from which the form was sent, or None where it cannot be told."""
    try:
        return _posted_scene()
    except Refusal:
        return None
    except HTTPException:  # the form is too large to be parsed; the Referer names its page
        return _page_before()


def _page_before() -> TableScene | None:
    try:
        page = urlsplit(request.referrer or "")
        for room in rooms():
            if page.path == url_for(f"{room.name}.page"):
                scene: TableScene = room.scene_of(dict(parse_qsl(page.query)))
                return scene
    except (Refusal, ValueError):
        pass
    return None


def _to(place: TableScene) -> Response:
    """Redirect to the scene, or to the nearest one that can be shown with its picture."""
    settle = room_of(place).settle
    response = current_app.make_response(redirect(page_url(settle(place) if settle else place), 303))
    response.headers["Cache-Control"] = "no-store"
    return response


def register(app: Flask) -> None:
    """Add uploads to the site, with a rate limit of its own."""
    app.register_blueprint(blueprint)
    provide(app, UploadRate, UploadRate())
