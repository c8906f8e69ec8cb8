"""What can be carried off from the filter explorer: the result as a picture and as numbers, and the kernel itself."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from PIL import Image

from app.filters.download.program_templates import LIBRARIES, PROGRAMS
from app.filters.download.programs import program
from app.filters.download.scan_gif import scan
from app.filters.engine.result import Filtered
from app.filters.engine.result_image import result_picture, source_picture
from app.render.files import File, npy
from cnn_core.filters.filter import Filter

Make = Callable[[Filtered], File]


def flat(image: Image.Image) -> Image.Image:
    """A picture whose zero has no colour, on white, as it would lie on a page."""
    if image.mode != "P":
        return image
    colours = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(colours, mask=colours)
    return ground


def _png(image: Image.Image) -> File:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)
    return File(file.getvalue(), "image/png")


def _result(filtered: Filtered) -> File:
    """As the page shows it; with signs, the channel that is looked at."""
    return _png(flat(result_picture(filtered, filtered.cell[0])))


def _picture(filtered: Filtered) -> File:
    """What goes in, for the programs to read."""
    return _png(source_picture(filtered))


def _numbers(filtered: Filtered) -> File:
    """Every number of the result, (C, H', W') in float32."""
    return File(npy(filtered.after), "application/octet-stream")


def _table(filtered: Filtered) -> File:
    """The channel that is looked at, a line for each row of it."""
    file = io.BytesIO()
    np.savetxt(file, filtered.after[filtered.cell[0]], fmt="%.7g", delimiter=",")
    return File(file.getvalue(), "text/csv")


def _kernel(filtered: Filtered) -> File:
    """The kernel of the stage that is looked at, or of the first, and how it is laid on; rows of numbers inside."""
    scene = filtered.scene
    stage = filtered.stage if isinstance(filtered.stage, Filter) else filtered.chain[0]
    if not isinstance(stage, Filter):
        raise TypeError("a chain begins with a filter")
    windows = stage.windows
    described = {
        "kernel": str(scene.edited),
        "shape": list(filtered.kernel.shape),
        "numbers": filtered.kernel.tolist(),
        "operation": "convolution" if stage.flip else "cross-correlation",
        "border": stage.border,
        "padding": [list(sides) for sides in windows.padding],
        "stride": list(windows.stride),
        "dilation": list(windows.dilation),
        "then": [str(each) for each in scene.then],
    }
    return File(json.dumps(described, indent=1).encode(), "application/json")


def _scan(filtered: Filtered) -> File:
    return File(scan(filtered), "image/gif")


def _program(name: str) -> Make:
    return lambda filtered: File(program(filtered, name).encode(), "text/plain")


FILES: Mapping[str, Make] = MappingProxyType(
    {
        "result.png": _result,
        "scan.gif": _scan,
        "kernel.json": _kernel,
        "result.npy": _numbers,
        "result.csv": _table,
        "picture.png": _picture,
        **{file: _program(name) for (file, _), name in zip(PROGRAMS, LIBRARIES, strict=True)},
    }
)
"""By the name that each is kept under."""
