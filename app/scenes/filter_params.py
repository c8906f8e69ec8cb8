"""The parameters of the filter room's scene."""

from __future__ import annotations

from app.pictures.fit import Crop
from app.pictures.reference import ImageRef
from app.scenes.chain_text import read_stages, write_stages
from app.scenes.kernel_text import named, read_kernel
from app.scenes.parameter_table import Param, Table
from app.scenes.shared_params import CELL, COUNT, play, precision, word
from app.scenes.values import FIRST_PHOTO, dotted, literal, read_cell, read_count, read_crop

CHANNELS = ("all", "grey", "red", "green", "blue")
BORDERS = ("same", "zero", "none", "reflect", "edge")
SHOWS = ("auto", "signed", "absolute", "clipped")
FIRST_KERNEL = named("sobel-x")
FORMATS = ("npy", "png", "webp")


def _read_crop(text: str) -> Crop:
    if text == "whole":  # it is called auto here, and one scene has one address
        raise ValueError(text)
    return read_crop(text)


def _read_other(text: str) -> ImageRef:
    image = ImageRef.parse(text)
    if image.kind == "drawn":  # two drawings are too long for one address
        raise ValueError(text[:80])
    return image


def _read_on(text: str) -> bool:
    return literal(("on", "off"))(text) == "on"


def _write_on(value: bool) -> str:
    return "on" if value else "off"


FILTER_PARAMS: tuple[Param, ...] = (
    Param(
        "image",
        FIRST_PHOTO,
        ImageRef.parse,
        str,
        f"The picture: sample.<name>, upload.<id> or drawn.<strokes>; {FIRST_PHOTO} by default.",
        {"type": "string", "maxLength": 1600},
    ),
    Param(
        "crop",
        "auto",
        _read_crop,
        dotted,
        "The whole picture, or x.y.width.height in its pixels; what is longer than 512 pixels is made smaller.",
        {"type": "string", "default": "auto", "pattern": r"^(auto|\d{1,5}(\.\d{1,5}){3})$"},
    ),
    Param(
        "kernel",
        FIRST_KERNEL,
        read_kernel,
        str,
        "A preset's name, its numbers after dots with _ for their points (gaussian.9.1_5); or rows (1,0,-1;2,0,-2;"
        "1,0,-1); or learned.<network>.<index>; three for red, green and blue with | between; or kept.<digest>, a "
        "longer one that was named here before.",
        {"type": "string", "default": str(FIRST_KERNEL)},
        quoted=True,
    ),
    word(
        "channels",
        CHANNELS,
        "What the kernel is laid on: each of the picture's channels, the picture in grey, or one of its colours.",
    ),
    word(
        "border",
        BORDERS,
        "Around the picture: zeros, so that at stride 1 the size stays (same); zeros as far as padding says (zero); "
        "nothing (none); the picture mirrored (reflect), or its edge repeated (edge), as far as same.",
    ),
    Param(
        "padding",
        0,
        read_count,
        str,
        "Rows and columns of zeros on each side; border is zero where it is given.",
        COUNT | {"default": "0"},
    ),
    Param(
        "flip",
        False,
        _read_on,
        _write_on,
        "on: convolution, the kernel turned by 180 degrees; off: cross-correlation, the kernel laid on as it is.",
        {"type": "string", "default": "off", "enum": ["off", "on"]},
    ),
    Param("stride", 1, read_count, str, "How far the kernel moves each time, 1 to 8.", COUNT | {"default": "1"}),
    Param(
        "dilation",
        1,
        read_count,
        str,
        "How far apart the pixels are that the kernel reads, 1 to 8.",
        COUNT | {"default": "1"},
    ),
    word(
        "show",
        SHOWS,
        "How numbers become a picture: with their sign, their size alone, or cut off below 0 and above 1; auto cuts "
        "off what keeps the picture's brightness and shows signs otherwise. The numbers themselves are never cut.",
    ),
    Param(
        "then",
        (),
        read_stages,
        write_stages,
        "Up to five stages after the first, with ~ between: relu, max.2.2 or average.2.2 (size and stride), or "
        "filter.<kernel>.",
        {"type": "string"},
        quoted=True,
    ),
    Param(
        "step",
        None,
        read_count,
        str,
        "Which stage is looked at, counted from 1; the last one by default.",
        COUNT,
    ),
    Param(
        "cell",
        None,
        read_cell,
        dotted,
        "channel.row.column of that stage's output, counted from 0; its strongest number by default.",
        CELL,
    ),
    Param(
        "pixel",
        None,
        read_cell,
        dotted,
        "A pixel of what goes into that stage as channel.row.column: which outputs read it.",
        CELL,
    ),
    Param(
        "kernel2",
        None,
        read_kernel,
        str,
        "Another kernel for the first stage, whose result is compared with this one; none by default.",
        {"type": "string"},
        quoted=True,
    ),
    Param(
        "image2",
        None,
        _read_other,
        str,
        "Another picture, sample.<name> or upload.<id>, whose result is compared with this one; none by default.",
        {"type": "string"},
    ),
    play(),
    precision(),
)

FILTERS = Table("filters", FILTER_PARAMS, codes="filter-")
