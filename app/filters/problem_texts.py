"""The sentences of the filter room's problems, by code; those that every room shares: app.web.problem_texts."""

from __future__ import annotations

from app.web.languages import LazyString
from app.web.languages import lazy_gettext as _l

# Sorted by code.
TEXTS: dict[str, LazyString] = {
    "filter-border-unreadable": _l(
        "Expected same, zero, none, reflect or edge for the border, and “%(got)s” came. Use one of these five."
    ),
    "filter-cell-out-of-range": _l(
        "The cells of this result go from 0.0.0 to %(last)s, and %(got)s is not among them. Choose one of them."
    ),
    "filter-cell-unreadable": _l(
        "Expected a cell as channel.row.column, like 0.9.11, and “%(got)s” came. Write three whole numbers with dots "
        "between."
    ),
    "filter-chain-full": _l("A chain has at most %(most)s steps, and this one has them. Remove one first."),
    "filter-channels-unreadable": _l(
        "Expected all, grey, red, green or blue for the channels, and “%(got)s” came. Use one of these five."
    ),
    "filter-crop-unreadable": _l(
        "Expected auto, or a cut as x.y.width.height, like 10.20.100.80, and “%(got)s” came. Use one of these forms."
    ),
    "filter-dilation-out-of-range": _l(
        "Expected a dilation from %(least)s to %(most)s, and %(got)s came. Choose one between."
    ),
    "filter-dilation-unreadable": _l(
        "Expected a dilation as a whole number from 1 to 8, and “%(got)s” came. Choose one of them."
    ),
    "filter-does-not-fit": _l(
        "At step %(stage)s the window is too large for what comes to it: expected %(expected)s, and %(got)s came. "
        "Take a smaller kernel, less dilation, or more padding."
    ),
    "filter-edit-unreadable": _l("“%(got)s” is not a change that can be made here. Use the buttons of the page."),
    "filter-flip-unreadable": _l("Expected on or off for flip, and “%(got)s” came. Use one of the two."),
    "filter-forgotten": _l(
        "The kernel or chain that this address names by %(got)s is no longer kept: nobody has looked at it for three "
        "months. Begin anew with a kernel of the gallery."
    ),
    "filter-format-unreadable": _l("Expected npy, png or webp as the format, and “%(got)s” came. Use one of these."),
    "filter-image-unreadable": _l(
        "Expected a picture as sample.name, upload.name or drawn.strokes, and “%(got)s” came. Choose or upload a "
        "picture on the page."
    ),
    "filter-image2-unreadable": _l(
        "Expected the other picture as sample.name or upload.name, and “%(got)s” came. Choose one on the filter page."
    ),
    "filter-k-unreadable": _l(
        "Expected a number in every field of the kernel, and “%(got)s” came. Fill in numbers like 1, −0.5 or 0.125."
    ),
    "filter-kernel-unreadable": _l(
        "Expected a kernel as a preset’s name, like gaussian.9.1_5, as rows of numbers, like 1,0,-1;2,0,-2;1,0,-1, or "
        "as learned.photos.3, and “%(got)s” came. A number has at most three digits before its "
        "point and nine behind it."
    ),
    "filter-kernel2-unreadable": _l(
        "Expected a kernel as a preset’s name, like gaussian.9.1_5, as rows of numbers, like 1,0,-1;2,0,-2;1,0,-1, or "
        "as learned.photos.3, and “%(got)s” came. A number has at most three digits before its "
        "point and nine behind it."
    ),
    "filter-padding-needs-zero": _l(
        "Padding counts rows of zeros, and %(got)s of them came with the border %(border)s. Take zero as the border, "
        "or leave the padding out."
    ),
    "filter-padding-out-of-range": _l(
        "Expected a padding from %(least)s to %(most)s, one less than the kernel’s shorter side, and %(got)s came. "
        "Choose one between."
    ),
    "filter-padding-unreadable": _l(
        "Expected a padding as a whole number, and “%(got)s” came. Choose one that is smaller than the kernel."
    ),
    "filter-pixel-out-of-range": _l(
        "The pixels that go in here go from 0.0.0 to %(last)s, and %(got)s is not among them. Choose one of them."
    ),
    "filter-pixel-unreadable": _l(
        "Expected a pixel as channel.row.column, like 0.9.11, and “%(got)s” came. Write three whole numbers with dots "
        "between."
    ),
    "filter-play-unreadable": _l("Expected “on” for play, and “%(got)s” came. Write play=on, or leave it out."),
    "filter-precision-unreadable": _l(
        "Expected 2, 3, 4, 5, 6 or exact for the precision, and “%(got)s” came. Use one of these."
    ),
    "filter-show-unreadable": _l(
        "Expected auto, signed, absolute or clipped for show, and “%(got)s” came. Use one of these four."
    ),
    "filter-step-out-of-range": _l(
        "This chain has the steps 1 to %(last)s, and %(got)s is not among them. Choose one of them."
    ),
    "filter-step-unreadable": _l("Expected the number of a step, like 2, and “%(got)s” came. Choose one of the chain."),
    "filter-stride-out-of-range": _l(
        "Expected a stride from %(least)s to %(most)s, and %(got)s came. Choose one between."
    ),
    "filter-stride-unreadable": _l(
        "Expected a stride as a whole number from 1 to 8, and “%(got)s” came. Choose one of them."
    ),
    "filter-then-unreadable": _l(
        "Expected up to five steps with ~ between, like relu~max.2.2~filter.sobel-x, and “%(got)s” came. Pooling takes "
        "sizes and strides from 1 to 8."
    ),
    "filter-too-much": _l(
        "Up to step %(stage)s this would take about %(seconds)s seconds and %(mib)s MiB, and one view may take "
        "%(most_seconds)s seconds and %(most_mib)s MiB. Take fewer steps, smaller kernels, or a part of the picture."
    ),
    "kernel-number": _l(
        "The kernel %(name)s expected %(expected)s, and %(got)s came. Change the number, or leave it out."
    ),
    "kernel-number-too-large": _l(
        "The numbers of a kernel go from −%(limit)s to %(limit)s, and %(got)s came. Take smaller ones: what counts is "
        "how they compare."
    ),
    "kernel-too-large": _l(
        "A kernel has at least one row and column and at most %(limit)s of each, and this one would be %(got)s. Take a "
        "size between."
    ),
    "kernels-differ": _l(
        "The kernels for red, green and blue must have one size, and these have %(got)s. Give them as many rows and "
        "columns each."
    ),
    "no-such-learned": _l(
        "The kernels of %(network)s go from 0 to %(last)s, and %(got)s is not among them. Choose one of them."
    ),
    "unknown-kernel": _l("The kernels with a name are %(known)s, and %(got)s is none of them. Choose one of these."),
}
