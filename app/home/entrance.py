"""The front door: the way in for a browser that names no language, and the two questions that machines ask."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from app.refusal import Refusal
from app.web.languages import preferred_language
from app.web.services import services

blueprint = Blueprint("entrance", __name__)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Send the reader to the language that the browser prefers."""
    # A path alone, so that it holds behind any proxy and under any prefix.
    response = redirect(f"{request.script_root}/{preferred_language()}/")
    response.vary.add("Accept-Language")
    return response


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return _state("ok")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """The process can serve readers: its store answers too."""
    try:
        services().store.ping()
    except Refusal as refusal:
        current_app.logger.warning("readyz: the store does not answer: %s", refusal)
        return _state("unavailable"), 503
    return _state("ok")


@blueprint.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """Keep crawlers out of the endless room of scenes."""
    return current_app.send_static_file("robots.txt")


def _state(status: str) -> Response:
    response = jsonify(status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
