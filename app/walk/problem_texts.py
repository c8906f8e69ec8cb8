"""The sentences of the walk's problems, by code. What codes every room shares stands in app.web.problem_texts."""

from __future__ import annotations

from app.web.languages import LazyString
from app.web.languages import lazy_gettext as _l

# Sorted by code.
TEXTS: dict[str, LazyString] = {
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
    "cell-out-of-range": _l(
        "The cells of %(layer)s go from 0.0.0 to %(last)s, and %(got)s is not among them. Choose one of them."
    ),
    "cell-unreadable": _l(
        "Expected a cell as map.row.column, like 3.9.11, and “%(got)s” came. Write three whole numbers with dots "
        "between."
    ),
    "cells-unreadable": _l("Expected “on” for cells, and “%(got)s” came. Write cells=on, or leave it out."),
    "check-out-of-range": _l(
        "Expected %(least)s to %(most)s as the change h of a check, and %(got)s came. Choose one between."
    ),
    "check-unreadable": _l(
        "Expected the h of a check as a decimal number, like 0.001, and “%(got)s” came. Write it without an exponent."
    ),
    "crop-unreadable": _l(
        "Expected auto, whole, or a cut as x.y.width.height, like 10.20.100.80, and “%(got)s” came. Use one of these "
        "forms."
    ),
    "formula-unreadable": _l("Expected “on” for formula, and “%(got)s” came. Write formula=on, or leave it out."),
    "heat-unreadable": _l(
        "Expected gradient, gradient-input, cam, occlusion or integrated for the heatmap, and “%(got)s” came. Use "
        "one of "
        "these five."
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
    "loop-unreadable": _l("Expected “on” for loop, and “%(got)s” came. Write loop=on, or leave it out."),
    "network-unreadable": _l(
        "Expected the name of a network in small letters, digits and hyphens, like digits, and “%(got)s” came. Choose "
        "a network on the walk page."
    ),
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
    "record-unreadable": _l("Expected “on” for record, and “%(got)s” came. Write record=on, or leave it out."),
    "scope-unreadable": _l(
        "Expected map, layer or network as the scope of the colours, and “%(got)s” came. Choose one of the three."
    ),
    "steps-out-of-range": _l("Expected 0 to %(last)s learning steps, and %(got)s came. Take fewer."),
    "steps-unreadable": _l(
        "Expected a whole number of learning steps from 0 to 50, and “%(got)s” came. Choose one of them."
    ),
    "target-out-of-range": _l(
        "The classes of this network go from 0 to %(last)s, and the target %(got)s is not among them. Choose one of "
        "them."
    ),
    "target-unreadable": _l(
        "Expected the target class as a whole number counted from 0, like 3, and “%(got)s” came. Choose a class on the "
        "walk page."
    ),
    "tour-out-of-range": _l(
        "The tour on this picture has %(last)s stops, and %(got)s is not among them. Start at the first one."
    ),
    "tour-unreadable": _l("Expected the number of a stop, 1 or more, and “%(got)s” came. Start with tour=1."),
    "unknown-layer": _l("The network has the layers %(known)s, and %(got)s is none of them. Choose one of these."),
    "unknown-network": _l("This site knows the networks %(known)s, and %(got)s is none of them. Choose one of these."),
    "way-unreadable": _l("Expected forward or backward for the way, and “%(got)s” came. Use one of these two."),
}
