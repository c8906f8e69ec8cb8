"""Lines of a textbook loop, and the parts of them that several kinds of layers share."""

from __future__ import annotations

from dataclasses import dataclass

from cnn_core import Cell, Shape
from cnn_core.windows import Windows


@dataclass(frozen=True)
class Line:
    """One line of code. depth: its indentation. now: the value of its index. filled: the line with numbers put in.

    current: whether it is the line that computes the selected number.
    """

    depth: int
    code: str
    now: str = ""
    filled: str = ""
    current: bool = False


def heads(channel: str, after: Shape, cell: Cell | None) -> tuple[Line, ...]:
    """The three loops over the cells of an output, with the indices of one of them."""
    return tuple(
        Line(depth, f"for {name} in range({size}):", now="" if cell is None else f"{name} = {cell[depth]}")
        for depth, (name, size) in enumerate(zip((channel, "i", "j"), after, strict=True))
    )


def pads(windows: Windows) -> str:
    """The padding as one number, or as two pairs."""
    (top, bottom), (left, right) = windows.padding
    return str(top) if top == bottom == left == right else f"(({top}, {bottom}), ({left}, {right}))"


def cut(windows: Windows, index: str, axis: int) -> str:
    """The slice of one window in letters, as in `i*2:i*2+2`."""
    stride, dilation = windows.stride[axis], windows.dilation[axis]
    start = index if stride == 1 else f"{index}*{stride}"
    reach = (windows.size[axis] - 1) * dilation + 1
    return f"{start}:{start}+{reach}" + (f":{dilation}" if dilation > 1 else "")


def cuts(windows: Windows, i: int, j: int) -> tuple[str, str]:
    """The same slices with the numbers of one window; they count in the padded picture, where there is padding."""
    texts = []
    for axis, at in enumerate((i, j)):
        start, dilation = at * windows.stride[axis], windows.dilation[axis]
        reach = (windows.size[axis] - 1) * dilation + 1
        texts.append(f"{start}:{start + reach}" + (f":{dilation}" if dilation > 1 else ""))
    return texts[0], texts[1]


def indices(cell: Cell) -> str:
    """The indices of a cell as they stand in brackets."""
    return ", ".join(map(str, cell))
