"""The way in without a language, and what machines ask: is it alive, is it ready, may it be crawled."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from app.refusal import Refusal
from app.store.protocol import Store
from app.web.languages import preferred_language
from app.web.services import service

blueprint = Blueprint("entrance", __name__)


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
