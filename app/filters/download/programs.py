"""The same computation as a program that can be run elsewhere, in the words of one library.

It reads the picture that is offered beside it, goes through the chain as far as the stage that is looked at, and keeps
its numbers as result.npy.
"""

from __future__ import annotations

from app.filters.download.program_templates import LIBRARIES, Library
from app.filters.engine.result import Filtered
from cnn_core import Array, AveragePool, MaxPool, ReLU
from cnn_core.filters.filter import Filter, Stage

WIDEST = 100
"""Characters of a line of numbers."""


def program(filtered: Filtered, name: str) -> str:
    """Write the program for one of LIBRARIES."""
    library, chain = LIBRARIES[name], filtered.chain[: filtered.at]
    functions = [library.filter]
    if library.pool and any(isinstance(stage, MaxPool | AveragePool) for stage in chain):
        functions.append(library.pool)
    head = (
        f'"""What a kernel does to a picture, with {library.title}.\n\n'
        "Save picture.png beside this file, and run it: the result is kept as result.npy.\n"
        '"""\n\n'
    )
    stages = [_stage(stage, library, at + 1) for at, stage in enumerate(chain)]
    parts = [head + library.imports, *functions, library.read + "\n" + "\n".join(stages) + "\n" + _end(library)]
    return "\n\n".join(parts)


def _end(library: Library) -> str:
    return f"print(tuple(x.shape), float(x.min()), float(x.max()))\n{library.save}\n"


def _stage(stage: Stage, library: Library, at: int) -> str:
    if isinstance(stage, ReLU):
        return f"# Stage {at}: negative numbers become 0.\nx = {library.relu}\n"
    if isinstance(stage, Filter):
        return _filter(stage, library, at)
    largest = isinstance(stage, MaxPool)
    size, stride = stage.windows.size[0], stage.windows.stride[0]
    made = (library.max_pool if largest else library.average_pool).format(size=size, stride=stride)
    what = "the largest number" if largest else "the mean"
    return f"# Stage {at}: {what} of each window.\nx = {made}\n"


def _filter(stage: Filter, library: Library, at: int) -> str:
    windows = stage.windows
    mode = library.modes[1 if stage.border == "reflect" else 2 if stage.border == "edge" else 0]
    further = ""
    if windows.stride[0] != 1:
        further += f", stride={windows.stride[0]}"
    if windows.dilation[0] != 1:
        further += f", dilation={windows.dilation[0]}"
    turned = (
        "kernels = np.ascontiguousarray(kernels[:, ::-1, ::-1])  # convolution: turned by 180 degrees\n"
        if stage.flip
        else ""
    )
    padding = tuple(tuple(sides) for sides in windows.padding)
    return (
        f"# Stage {at}: a kernel is laid on every place.\n"
        f"kernels = {_numbers(stage.kernels)}\n{turned}"
        f"x = correlate(x, kernels, {padding}, {mode}{further})\n"
    )


def _numbers(kernels: Array) -> str:
    """(1 or C, kh, kw) as a NumPy array is written, in float64."""
    planes = ["        [\n" + "".join(_row(row) for row in plane.tolist()) + "        ],\n" for plane in kernels]
    return "np.array(\n    [\n" + "".join(planes) + "    ],\n    float,\n)"


def _row(row: list[float]) -> str:
    """One row of a kernel, on as many lines as it takes."""
    lines, line = [], ""
    for text in (f"{number:.9g}" for number in row):
        if len(line) + len(text) > WIDEST:
            lines.append(line.rstrip())
            line = ""
        line += f"{text}, "
    lines.append(line.rstrip(", "))
    return "            [" + "\n             ".join(lines) + "],\n"
