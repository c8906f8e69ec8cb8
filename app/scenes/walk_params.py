"""The parameters of the walk's scene. Whether there is such a layer or cell is decided in app.passes.resolve."""

from __future__ import annotations

from typing import Any

from app.pictures.reference import ImageRef
from app.render.map_images import SCOPES
from app.scenes.parameter_table import Param, Table
from app.scenes.patch_text import read_patch
from app.scenes.shared_params import CELL, COUNT, play, precision, switch, word
from app.scenes.values import (
    DECIMAL,
    FIRST_IMAGE,
    FIRST_PHOTO,
    HEATS,
    INKS,
    NAME,
    OFS,
    RULES,
    WAYS,
    dotted,
    literal,
    read_cell,
    read_count,
    read_crop,
    read_decimal,
    read_index,
    read_name,
    read_stop,
    write_decimal,
)

_NAMED: dict[str, Any] = {"type": "string", "pattern": f"^{NAME.pattern}$"}
_DECIMAL: dict[str, Any] = {"type": "string", "pattern": f"^{DECIMAL.pattern}$"}

PARAMS: tuple[Param, ...] = (
    Param(
        "network", "digits", read_name, str, "A network's name, see /api/v1/networks.", _NAMED | {"default": "digits"}
    ),
    Param(
        "image",
        FIRST_IMAGE,
        ImageRef.parse,
        str,
        f"The picture: sample.<name>, upload.<id> or drawn.<strokes>. By default {FIRST_IMAGE}, or {FIRST_PHOTO} for a "
        "network that sees colours.",
        {"type": "string", "maxLength": 1600},
    ),
    Param(
        "crop",
        "auto",
        read_crop,
        dotted,
        "What part of the picture is used: the ink's box, the whole of it, or x.y.width.height in its pixels.",
        {"type": "string", "default": "auto", "pattern": r"^(auto|whole|\d{1,5}(\.\d{1,5}){3})$"},
    ),
    word(
        "ink",
        INKS,
        "Whether the ink is darker or lighter than its ground; auto finds out.",
    ),
    Param(
        "patch",
        None,
        read_patch,
        str,
        "f.<kernel>: a kernel of one's own in place of kernel f of the first convolution, counted from 0. It is "
        "written as in /filter, has the size of those there, and is one for all channels or three with | between.",
        {"type": "string", "maxLength": 1600},
        quoted=True,
    ),
    word(
        "way",
        WAYS,
        "Forward, how a number came to be; backward, how the loss changes with it.",
    ),
    Param(
        "layer",
        None,
        read_name,
        str,
        "input, a layer's name, softmax or loss; the first convolution by default.",
        _NAMED,
    ),
    Param(
        "cell",
        None,
        read_cell,
        dotted,
        "channel.row.column, counted from 0; the layer's most active cell by default.",
        CELL,
    ),
    Param(
        "pixel",
        None,
        read_cell,
        dotted,
        "A pixel of the input as channel.row.column: which cells see it.",
        CELL,
    ),
    word(
        "of",
        OFS,
        "Whose gradient at this layer: its output's, its input's, a weight's or a bias's.",
    ),
    Param(
        "at",
        None,
        read_index,
        dotted,
        "The place in that array, dotted and counted from 0; where the gradient is largest by default.",
        {"type": "string", "pattern": r"^\d{1,5}(\.\d{1,5}){0,3}$"},
    ),
    Param(
        "target",
        None,
        read_count,
        str,
        "The class that the loss asks for: the likeliest one forward, the next likeliest backward, by default.",
        COUNT,
    ),
    Param(
        "against",
        None,
        read_count,
        str,
        "For heatmaps: the class whose score is subtracted from the target's; none by default.",
        COUNT,
    ),
    Param(
        "heat",
        None,
        literal(HEATS),
        str,
        "Which map of what mattered is laid over the picture; none by default.",
        {"type": "string", "enum": list(HEATS)},
    ),
    Param(
        "steps",
        0,
        read_count,
        str,
        "How many steps of learning on this picture towards the target: 0 to 50.",
        COUNT | {"default": "0"},
    ),
    Param(
        "rate",
        0.01,
        read_decimal,
        write_decimal,
        "The learning rate, above 0 and at most 1.",
        _DECIMAL | {"default": "0.01"},
    ),
    word(
        "optimizer",
        RULES,
        "The update rule of these steps.",
    ),
    Param(
        "check",
        None,
        read_decimal,
        write_decimal,
        "The h of the finite difference that checks a gradient: 0.0000001 to 1; no check by default.",
        _DECIMAL,
    ),
    Param(
        "page",
        1,
        read_count,
        str,
        "Which page of a long list of terms, from 1.",
        COUNT | {"default": "1"},
    ),
    word(
        "scope",
        SCOPES,
        "What shares one scale of colours: each map, each layer, or the whole network.",
        default="layer",
    ),
    Param(
        "tour",
        None,
        read_stop,
        str,
        "The stop of the guided tour, counted from 1; it chooses layer and cell unless they are named.",
        {"type": "string", "pattern": r"^[1-9]\d?$"},
    ),
    switch("cells", "Whether every cell of a map is shown that is too large to show their numbers."),
    switch("loop", "Whether the loop that computes the number is shown."),
    switch("formula", "Whether the formula is shown, and how height and width come about."),
    switch("record", "Whether the counts of how good the network is are shown."),
    play(),
    precision(),
)

WALK = Table("walk", PARAMS, codes="")
