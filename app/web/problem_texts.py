"""The words of every problem: what was expected, what came, what to do next, one or two sentences per code.

A Refusal names a code and brings the values; the sentence is found here, and nowhere in the logic.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.filters.problem_texts import FILTER_WORDS
from app.web.languages import LazyString
from app.web.languages import lazy_gettext as _l

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
_WORDS: dict[str, LazyString] = {
    "against-unreadable": _l(
        "Expected the other class as a whole number counted from 0, like 3, and “%(got)s” came. Choose a class on the "
        "walk page."
    ),
    "at-out-of-range": _l(
        "The places in the %(of)s of %(layer)s go from %(first)s to %(last)s, and %(got)s is not among them. Choose "
        "one of "
        "them."
    ),
    "at-unreadable": _l(
        "Expected a place as one to four whole numbers with dots between, like 3.0.1.2, and “%(got)s” came. Write it "
        "so, "
        "or leave it out."
    ),
    "bad-request": _l("The request does not have the form that this address expects. Check it, or start anew."),
    "cell-out-of-range": _l(
        "The cells of %(layer)s go from 0.0.0 to %(last)s, and %(got)s is not among them. Choose one of them."
    ),
    "cell-unreadable": _l(
        "Expected a cell as map.row.column, like 3.9.11, and “%(got)s” came. Write three whole numbers with dots "
        "between."
    ),
    "check-out-of-range": _l(
        "Expected %(least)s to %(most)s as the change h of a check, and %(got)s came. Choose one between."
    ),
    "check-unreadable": _l(
        "Expected the h of a check as a decimal number, like 0.001, and “%(got)s” came. Write it without an exponent."
    ),
    "conflict": _l("What you ask for does not fit with what is there now. Reload the page and try again."),
    "crop-outside": _l(
        "The picture is %(width)s × %(height)s pixels, and a cut of %(w)s × %(h)s at column %(x)s, row %(y)s does not "
        "lie inside it. Choose a smaller part, or auto or whole."
    ),
    "crop-unreadable": _l(
        "Expected auto, whole, or a cut as x.y.width.height, like 10.20.100.80, and “%(got)s” came. Use one of these "
        "forms."
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
    "heat-unreadable": _l(
        "Expected gradient, gradient-input, cam, occlusion or integrated for the heatmap, and “%(got)s” came. Use "
        "one of "
        "these five."
    ),
    "host-not-trusted": _l(
        "This site does not answer to the name that the request used. Open it by the address that it printed when it "
        "started, or have its name added to CONVSCOPE_TRUSTED_HOSTS."
    ),
    "image-unreadable": _l(
        "Expected a picture as sample.name, upload.name or drawn.strokes, and “%(got)s” came. Choose or upload a "
        "picture on the walk page."
    ),
    "ink-unreadable": _l("Expected auto, dark or light for the ink, and “%(got)s” came. Use one of these three."),
    "layer-unreadable": _l(
        "Expected the name of a layer in small letters, digits and hyphens, like conv1, and “%(got)s” came. Choose a "
        "layer on the walk page."
    ),
    "learning-ran-away": _l(
        "After %(held)s of these %(got)s steps the weights grow without end, which is no learning any more. Take fewer "
        "steps, or choose a smaller rate."
    ),
    "method-not-allowed": _l("%(path)s does not take the method %(method)s. Go to the page, and use what is on it."),
    "network-unreadable": _l(
        "Expected the name of a network in small letters, digits and hyphens, like digits, and “%(got)s” came. Choose "
        "a network on the walk page."
    ),
    "not-a-picture": _l(
        "Expected a picture as PNG, JPEG, WebP, GIF or BMP, and something else came. Save the picture as PNG or JPEG "
        "and try again."
    ),
    "not-found": _l("There is no page at %(path)s. Check the address, or start from the walk."),
    "of-nothing": _l(
        "%(layer)s has no %(of)s whose gradient could be asked for: weights and biases are in convolutions and fully "
        "connected layers alone, and the picture and the loss have no input. Ask for something else there, or choose "
        "another layer."
    ),
    "of-unreadable": _l(
        "Expected output, input, weight or bias after of=, and “%(got)s” came. Use one of these four."
    ),
    "optimizer-unreadable": _l(
        "Expected sgd, momentum or adam for the optimizer, and “%(got)s” came. Use one of these three."
    ),
    "page-out-of-range": _l("This list has the pages 1 to %(last)s, and page %(got)s is not among them. Choose one."),
    "page-unreadable": _l("Expected the number of a page, like 2, and “%(got)s” came. Choose one of the list's pages."),
    "patch-no-such-kernel": _l(
        "The first layer of this network has the kernels 0 to %(last)s, and %(got)s is not among them. Choose one of "
        "them."
    ),
    "patch-planes": _l(
        "A kernel here has %(expected)s planes, one for each channel of the picture, or one plane for all of them; "
        "this one has %(got)s. Choose one of its planes."
    ),
    "patch-size": _l(
        "The kernels of this network's first layer are %(expected)s, and this one is %(got)s. Give it that size in the "
        "filter explorer, or look at the network as it is."
    ),
    "patch-unreadable": _l(
        "Expected the number of a kernel and what comes in its place, like 3.sobel-x or 0.1,0,-1;2,0,-2;1,0,-1, and "
        "“%(got)s” came. Put a kernel into the network from the filter explorer."
    ),
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
    "pixel-out-of-range": _l(
        "The pixels of the input go from 0.0.0 to %(last)s, and %(got)s is not among them. Choose one of them."
    ),
    "pixel-unreadable": _l(
        "Expected a pixel as channel.row.column, like 0.9.11, and “%(got)s” came. Write three whole numbers with dots "
        "between."
    ),
    "play-unreadable": _l("Expected “on” for play, and “%(got)s” came. Write play=on, or leave it out."),
    "precision-unreadable": _l(
        "Expected 2, 3, 4, 5, 6 or exact for the precision, and “%(got)s” came. Use one of these."
    ),
    "rate-out-of-range": _l("Expected a learning rate above 0 and at most 1, and %(got)s came. Choose one between."),
    "rate-unreadable": _l(
        "Expected a learning rate as a decimal number, like 0.01, and “%(got)s” came. Write it without an exponent."
    ),
    "scope-unreadable": _l(
        "Expected map, layer or network as the scope of the colours, and “%(got)s” came. Choose one of the three."
    ),
    "steps-out-of-range": _l("Expected 0 to %(last)s learning steps, and %(got)s came. Take fewer."),
    "steps-unreadable": _l(
        "Expected a whole number of learning steps from 0 to 50, and “%(got)s” came. Choose one of them."
    ),
    "store-away": _l("The place where pictures are kept does not answer. Try again in %(retry_after)s seconds."),
    "target-out-of-range": _l(
        "The classes of this network go from 0 to %(last)s, and the target %(got)s is not among them. Choose one of "
        "them."
    ),
    "target-unreadable": _l(
        "Expected the target class as a whole number counted from 0, like 3, and “%(got)s” came. Choose a class on the "
        "walk page."
    ),
    "too-large": _l(
        "At most 10 MiB can be sent, and this is more. Choose a smaller picture, or save this one as JPEG first."
    ),
    "too-often": _l("That was more often than this site allows. Wait a minute, then try again."),
    "tour-out-of-range": _l(
        "The tour on this picture has %(last)s stops, and %(got)s is not among them. Start at the first one."
    ),
    "tour-unreadable": _l("Expected the number of a stop, 1 or more, and “%(got)s” came. Start with tour=1."),
    "unavailable": _l("The server cannot do this just now. Wait a moment, then try again."),
    "unknown-layer": _l("The network has the layers %(known)s, and %(got)s is none of them. Choose one of these."),
    "unknown-network": _l("This site knows the networks %(known)s, and %(got)s is none of them. Choose one of these."),
    "unknown-sample": _l(
        "None of the pictures that come with the site (%(known)s) is called %(got)s. Choose one of these on the walk "
        "page, or read the whole list at /api/v1/samples."
    ),
    "unprocessable": _l("The request can be read, but what it asks for is out of range. Choose another value."),
    "uploads-too-often": _l(
        "More than %(limit)s pictures came within a minute. Wait %(retry_after)s seconds, then send yours again."
    ),
    "way-unreadable": _l("Expected forward or backward for the way, and “%(got)s” came. Use one of these two."),
}

WORDS: Mapping[str, LazyString] = dict(sorted({**_WORDS, **FILTER_WORDS}.items()))

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
