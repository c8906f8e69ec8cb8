"""The sentences of problems: what was expected, what came, what to do next; one or two sentences a code.

A Refusal names a code and brings the values. Here stand the sentences that every room shares: HTTP itself, pictures,
uploads, the store. A room has its own in its problem_texts.py, and registers them.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask

from app.web.languages import LazyString
from app.web.languages import lazy_gettext as _l

PROBLEM_TEXTS = "convscope.problem-texts"

TITLES: dict[int, LazyString] = {
    400: _l("This request cannot be read"),
    403: _l("This is not allowed"),
    404: _l("There is nothing here"),
    405: _l("This address is for something else"),
    409: _l("This does not fit with what is there"),
    410: _l("This is gone"),
    413: _l("This is too large"),
    415: _l("This is not a picture the site can take"),
    422: _l("This cannot be shown"),
    429: _l("Too many requests"),
    500: _l("Something went wrong on our side"),
    503: _l("Not possible just now"),
}

# Sorted by code. %(path)s and %(method)s are always there; the values of the Refusal are the rest.
TEXTS: dict[str, LazyString] = {
    "bad-request": _l("The request does not have the form that this address expects. Check it, or start anew."),
    "conflict": _l("What you ask for does not fit with what is there now. Reload the page and try again."),
    "crop-outside": _l(
        "The picture is %(width)s × %(height)s pixels, and a cut of %(w)s × %(h)s at column %(x)s, row %(y)s does not "
        "lie inside it. Choose a smaller part, or auto or whole."
    ),
    "decoding-busy": _l(
        "Other pictures are being read just now, and two at once is what this site does. Send yours again in "
        "%(retry_after)s seconds."
    ),
    "drawing-unreadable": _l(
        "Expected a drawing of at most %(limit)s characters, two for each point and a dot between strokes, and "
        "“%(got)s” came, which has %(length)s. Draw it anew on the walk page."
    ),
    "failed": _l(
        "The server made a mistake while it worked on this; you did nothing wrong. Reload the page. If it happens "
        "again, tell whoever runs this site what you pressed."
    ),
    "forbidden": _l("This is not yours to change. Go to the page, and do it from there."),
    "foreign-origin": _l(
        "Expected a request from a page of %(host)s itself, and this one came from another site, or does not say from "
        "where. Open the page on this site and use its own buttons."
    ),
    "form-too-large": _l(
        "Expected one picture and at most %(limit)s fields, and more or longer ones came. Send the picture alone."
    ),
    "gone": _l("What was at %(path)s was kept for a while and has been forgotten. Go on with something else."),
    "host-not-trusted": _l(
        "This site does not answer to the name that the request used. Open it by the address that it printed when it "
        "started, or have its name added to CONVSCOPE_TRUSTED_HOSTS."
    ),
    "method-not-allowed": _l("%(path)s does not take the method %(method)s. Go to the page, and use what is on it."),
    "not-a-picture": _l(
        "Expected a picture as PNG, JPEG, WebP, GIF or BMP, and something else came. Save the picture as PNG or JPEG "
        "and try again."
    ),
    "not-found": _l("There is no page at %(path)s. Check the address, or start from the walk."),
    "picture-broken": _l(
        "The file begins like a %(format)s picture but cannot be read to its end: it is damaged or cut short. Open it "
        "in another program, save it anew, and send that."
    ),
    "picture-empty": _l("Expected a picture, and the file is empty. Choose the file again, or take another."),
    "picture-forgotten": _l(
        "The picture that was uploaded for this page is no longer kept: it was deleted, or its two hours since it was "
        "last looked at are over. Upload it again, or another one, and the rest of the page will be as it was."
    ),
    "picture-missing": _l(
        "Expected a picture file in the field named image, and none came. Choose a file first, then send the form."
    ),
    "picture-not-yours": _l(
        "There is no such picture that was uploaded from here. It may be forgotten already; otherwise only the "
        "browser that uploaded it, or the token that came with it, can delete it."
    ),
    "picture-side-too-long": _l(
        "Expected sides of at most %(limit)s pixels, and this picture is %(width)s × %(height)s. Make it smaller, or "
        "cut out the part you want to see."
    ),
    "picture-too-many-bytes": _l(
        "Expected a file of at most %(limit)s MiB, and this one has %(got)s MiB. Make the picture smaller, or save it "
        "as JPEG."
    ),
    "picture-too-many-pixels": _l(
        "A %(format)s picture may have at most %(limit)s megapixels, and this one has %(got)s (%(width)s × "
        "%(height)s). Make it smaller and send it again."
    ),
    "picture-too-many-pixels-in-passes": _l(
        "A progressive %(format)s picture may have at most %(limit)s megapixels, and this one has %(got)s (%(width)s × "
        "%(height)s). Make it smaller, or save it without the progressive option."
    ),
    "picture-too-many-scans": _l(
        "A JPEG picture of this size may be drawn in at most %(limit)s passes, and this one needs %(got)s. Save it "
        "anew without the progressive option."
    ),
    "picture-too-thin": _l(
        "Expected a picture at most %(limit)s times as long as it is wide, and this one is %(width)s × %(height)s. Cut "
        "out a part that is less thin."
    ),
    "picture-without-pixels": _l(
        "Expected a picture of at least 1 × 1 pixel, and this file says it is %(width)s × %(height)s. Save it anew, or "
        "take another."
    ),
    "store-away": _l("The place where pictures are kept does not answer. Try again in %(retry_after)s seconds."),
    "too-large": _l(
        "At most 10 MiB can be sent, and this is more. Choose a smaller picture, or save this one as JPEG first."
    ),
    "too-often": _l("That was more often than this site allows. Wait a minute, then try again."),
    "unavailable": _l("The server cannot do this just now. Wait a moment, then try again."),
    "unknown-sample": _l(
        "None of the pictures that come with the site (%(known)s) is called %(got)s. Choose one of these on the walk "
        "page, or read the whole list at /api/v1/samples."
    ),
    "unprocessable": _l("The request can be read, but what it asks for is out of range. Choose another value."),
    "uploads-too-often": _l(
        "More than %(limit)s pictures came within a minute. Wait %(retry_after)s seconds, then send yours again."
    ),
}


# What is said where a status comes without a code of its own.
GENERIC: Mapping[int, str] = {
    400: "bad-request",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    410: "gone",
    413: "too-large",
    415: "not-a-picture",
    422: "unprocessable",
    429: "too-often",
    500: "failed",
    503: "unavailable",
}


def add_texts(app: Flask, texts: Mapping[str, LazyString]) -> None:
    """Add the sentences of a room. Raises ValueError where a code has a sentence already."""
    known = all_texts(app)
    if twice := sorted(set(known) & set(texts)):
        raise ValueError(f"these problems have a sentence already: {', '.join(twice)}")
    known.update(texts)


def all_texts(app: Flask) -> dict[str, LazyString]:
    """The sentences of all rooms of the site, by code."""
    found: dict[str, LazyString] = app.extensions.setdefault(PROBLEM_TEXTS, dict(TEXTS))
    return found
