"""Error pages: what was expected, what came and what to do next, in the reader's language.

The sentences stand in problem_texts.py, here and in the rooms, under the code that a Refusal carries.
A page answers with a page, a fragment with a fragment, the API with application/problem+json (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, SecurityError

from app.refusal import Refusal
from app.web.problem_texts import GENERIC, TITLES, all_texts
from app.web.rooms import asked_for_a_fragment

LONGEST_VALUE = 80
"""Characters of a value that a sentence repeats; an address may hold 2,000."""


def register(app: Flask) -> None:
    """Register the error handlers: a page, a fragment or JSON, as the address promises."""
    app.register_error_handler(Refusal, _refused)
    # Flask logs an unexpected exception and wraps it in an InternalServerError.
    app.register_error_handler(HTTPException, _http_problem)


def _refused(refusal: Refusal) -> ResponseReturnValue:
    return _problem(refusal.status, refusal.code, refusal.values)


def _http_problem(problem: HTTPException) -> ResponseReturnValue:
    if problem.response is not None:
        return make_response(problem.response)
    if isinstance(problem, SecurityError):
        return _to_a_stranger()
    status = problem.code or 500
    response = _problem(status, _generic(status), {})
    for name, value in problem.get_headers():
        if name != "Content-Type":  # Allow, Retry-After and the like
            response.headers[name] = value
    return response


def _to_a_stranger() -> Response:
    """Answer an untrusted host in plain text: no URL can be built under its name."""
    return _finished(Response(sentence(400, "host-not-trusted", {}), mimetype="text/plain"), 400, {})


def _problem(status: int, code: str, values: Mapping[str, object]) -> Response:
    words = {
        "title": title(status),
        "detail": sentence(status, code, values),
        "status": status,
        "code": code,
        "nearest": values.get("nearest"),
    }
    if request.path.startswith("/api/"):
        return _finished(_as_json(words), status, values)
    form = "problem_fragment.html" if asked_for_a_fragment() else "problem.html"
    page = render_template(form, problem=words, place=values.get("place"))
    return _finished(make_response(page), status, values)


def _as_json(words: Mapping[str, object]) -> Response:
    members = {name: value for name, value in words.items() if value is not None}
    response = jsonify(type=f"urn:convscope:{words['code']}", **members)
    response.mimetype = "application/problem+json"
    # The API has no language in its path.
    response.vary.add("Accept-Language")
    return response


def _finished(response: Response, status: int, values: Mapping[str, object]) -> Response:
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    if "retry_after" in values:
        response.headers["Retry-After"] = str(values["retry_after"])
    return response


def title(status: int) -> str:
    """Return the title of a problem of this status."""
    return str(TITLES.get(status) or TITLES[400 if status < 500 else 500])


def sentence(status: int, code: str, values: Mapping[str, object]) -> str:
    """Return the sentence of this code with its values; where that fails, the general one of the status."""
    shown = {name: _shortened(value) for name, value in {**_circumstances(), **values}.items()}
    texts = all_texts(current_app)
    if code in texts:
        try:
            return str(texts[code]) % shown
        except KeyError as missing:
            current_app.logger.error("problem %r lacks the value %s that its sentence names", code, missing)
    else:
        current_app.logger.error("problem %r has no sentence in any problem_texts.py", code)
    return str(texts[_generic(status)]) % shown


def _circumstances() -> dict[str, object]:
    return {"path": request.path, "method": request.method}


def _generic(status: int) -> str:
    return GENERIC.get(status) or GENERIC[400 if status < 500 else 500]


def _shortened(value: object) -> str:
    if isinstance(value, (tuple, list)):  # a list of choices is not cut off
        return ", ".join(map(str, value))
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
