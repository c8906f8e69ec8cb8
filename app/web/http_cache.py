"""HTTP caching: ETags from the scene, 304 before anything is computed, compression, and static files kept for good.

A view asks `fresh(...)` before it computes: where the browser holds the current answer, a 304 goes out and nothing is
computed. Text travels compressed. Static files carry the hash of their content in their address and are kept for good.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import blake2b

from flask import Flask, Response, current_app, g, make_response, request, url_for
from flask.typing import ResponseReturnValue

from app.store.answer_cache import AnswerCache, Kept, squeezed
from app.web.build_id import Build
from app.web.services import provide, service

FOREVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
KEPT_NOWHERE = "private, no-store"

SMALLEST = 800
"""Bytes below which compressing costs more than it saves: the answer fits one packet anyway."""

_TEXT = {"application/json", "application/javascript", "application/xml", "image/svg+xml"}


def register(app: Flask, build: Build) -> None:
    """Register compression and the caching of static files, and give the templates static_url."""
    app.extensions["convscope.build"] = build
    provide(app, AnswerCache, AnswerCache())
    app.jinja_env.globals["static_url"] = static_url
    app.after_request(_keep_static)
    app.after_request(_compress)


def fresh(*parts: object) -> Response | None:
    """Return a 304 where the browser already has this answer, or None where it has to be computed.

    The parts are all that the answer depends on, besides the files of the site and the path (which says the language):
    as a rule the scene's canonical query. What must be looked up (is the picture still kept?) is looked up first.
    """
    asked = request.if_none_match
    # "*" matches any existing answer; whether this address has one is not known yet.
    if request.method not in ("GET", "HEAD") or asked.star_tag or not asked.contains_weak(_tag(parts)):
        return None
    return stamp(Response(status=304), *parts)


def stamp(response: Response, *parts: object) -> Response:
    """Set the ETag that `fresh` recognises; the parts are the same as there."""
    # Weak: the bytes differ with the compression, the answer does not.
    response.set_etag(_tag(parts), weak=True)
    response.headers["Cache-Control"] = ASK_FIRST
    return response


def unless_fresh(make: Callable[[], ResponseReturnValue], *parts: object) -> Response:
    """Answer 304, or give the answer that was given before, or make it; with its ETag."""
    known = fresh(*parts)
    if known is not None:
        return known
    # The address of the site may stand in an answer, and is no part of its ETag.
    cache, key = service(AnswerCache), (request.host_url, _tag(parts))
    kept = cache.get(key)
    if kept is None:
        response = make_response(make())
        if response.status_code != 200 or response.is_streamed:
            return stamp(response, *parts)
        kept = Kept(response.get_data(), tuple(response.headers.items()))
        cache.put(key, kept)
    response = Response(kept.data, headers=kept.headers)
    g.kept_answer = kept
    return stamp(response, *parts)


def unkept(response: Response) -> Response:
    """Forbid caching: what the answer shows may be deleted, and then Back must not show it again."""
    response.headers["Cache-Control"] = KEPT_NOWHERE
    return response


def static_url(name: str) -> str:
    """Return the address of a file under static/, with the hash of its content."""
    # A file that was not there at the start (the local htmx copy, say) has an address all the same.
    return url_for("static", filename=name, v=_build().static.get(name))


def _build() -> Build:
    found = current_app.extensions["convscope.build"]
    if not isinstance(found, Build):
        raise TypeError(f"caching.register puts a Build at app.extensions['convscope.build'], not {type(found)}.")
    return found


def _tag(parts: tuple[object, ...]) -> str:
    # JSON keeps the parts apart: ("ab", "c") and ("a", "bc") must not be the same answer.
    whole = json.dumps([_build().id, request.path, *map(str, parts)])
    return blake2b(whole.encode(), digest_size=16).hexdigest()


def _keep_static(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in (200, 206, 304):
        name = (request.view_args or {}).get("filename", "")
        current = _build().static.get(name)
        known = current is not None and request.args.get("v") == current
        # An old hash may be requested during a roll-out; the new bytes must not be cached under it.
        response.headers["Cache-Control"] = FOREVER if known else ASK_FIRST
        if response.status_code == 304:
            response.close()  # Flask has opened the file, and nothing will read it
    return response


def _compress(response: Response) -> Response:
    if response.status_code == 304:
        _weaken(response)
        response.vary.add("Accept-Encoding")
    elif _is_text(response):
        _weaken(response)
        response.vary.add("Accept-Encoding")
        _squeeze(response)
    return response


def _is_text(response: Response) -> bool:
    mimetype = response.mimetype or ""
    return (
        response.status_code not in (204, 206)
        and "Content-Encoding" not in response.headers
        # A file is read whole; a stream is left alone.
        and (response.direct_passthrough or not response.is_streamed)
        and (mimetype.startswith("text/") or mimetype in _TEXT or mimetype.endswith(("+json", "+xml")))
    )


def _weaken(response: Response) -> None:
    tag, weak = response.get_etag()
    if tag is not None and not weak:
        response.set_etag(tag, weak=True)


def _squeeze(response: Response) -> None:
    if request.accept_encodings.quality("gzip") <= 0:
        return
    response.direct_passthrough = False
    file = response.response
    body = response.get_data()
    if hasattr(file, "close"):
        file.close()  # it has been read; where the connection breaks off, the server may never close it
    if len(body) < SMALLEST:
        return
    kept = g.get("kept_answer")
    response.set_data(kept.compressed if kept is not None and kept.data == body else squeezed(body))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
