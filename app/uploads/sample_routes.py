"""Thumbnails of the pictures that come with the site."""

from __future__ import annotations

from flask import Blueprint, Response, g, url_for
from flask.typing import ResponseReturnValue

from app.pictures.decode import encode_png
from app.pictures.reference import ImageRef, open_picture
from app.render.colours import thumbnail
from app.store.protocol import Store
from app.web.http_cache import unless_fresh
from app.web.services import service

blueprint = Blueprint("pictures", __name__)


@blueprint.get("/samples/<name>.png")
def sample(name: str) -> ResponseReturnValue:
    """The thumbnail of a sample, as PNG."""

    def make() -> Response:
        picture = open_picture(ImageRef("sample", name), service(Store))
        return Response(encode_png(thumbnail(picture.convert("RGB"))), mimetype="image/png")

    response = unless_fresh(make, name)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@blueprint.app_template_global()
def sample_url(name: str) -> str:
    """The address of a sample's thumbnail."""
    if "samples" not in g:  # pages show dozens of thumbnails, and url_for is slow
        g.samples = url_for("pictures.sample", name="0").removesuffix("0.png")
    return f"{g.samples}{name}.png"
