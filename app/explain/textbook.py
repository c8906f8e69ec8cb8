"""The same computation as a textbook loop, with the indices of the picked cell filled in."""

from __future__ import annotations

from dataclasses import dataclass

from app.render.numbers import sides
from cnn_core import AveragePool, Cell, Conv, Dense, Layer, MaxPool, ReLU, Shape
from cnn_core.windows import Windows


@dataclass(frozen=True)
class Line:
    """One line of code: how deep it is indented, what its index is now, and the line with numbers put in.

    current: whether it is the line that makes the picked number.
    """

    depth: int
    code: str
    now: str = ""
    filled: str = ""
    current: bool = False


def softmax_loop(count: int, label: int) -> tuple[Line, ...]:
    """The loop of softmax over so many scores, at one class."""
    return (
        Line(0, "top = max(z)"),
        Line(0, f"for k in range({count}):"),
        Line(1, "e[k] = exp(z[k] - top)"),
        Line(0, f"for k in range({count}):", f"k = {label}"),
        Line(1, "p[k] = e[k] / sum(e)", filled=f"p[{label}] = e[{label}] / sum(e)", current=True),
    )


def loop(layer: Layer, before: Shape, after: Shape, cell: Cell) -> tuple[Line, ...]:
    """The loop of a layer that makes (C', H', W') from (C, H, W), at one cell."""
    if isinstance(layer, Conv):
        return _conv(layer, before, after, cell)
    if isinstance(layer, MaxPool | AveragePool):
        take = "max" if isinstance(layer, MaxPool) else "mean"
        c, i, j = cell
        rows, columns = cuts(layer.windows, i, j)
        return (
            *heads("c", after, cell),
            Line(
                3,
                f"window = x[c, {cut(layer.windows, 'i', 0)}, {cut(layer.windows, 'j', 1)}]",
                filled=f"x[{c}, {rows}, {columns}]",
            ),
            Line(3, f"out[c, i, j] = window.{take}()", filled=f"out[{c}, {i}, {j}] = window.{take}()", current=True),
        )
    if isinstance(layer, ReLU):
        c, i, j = cell
        return (
            *heads("c", after, cell),
            Line(
                3,
                "out[c, i, j] = max(0, x[c, i, j])",
                filled=f"out[{c}, {i}, {j}] = max(0, x[{c}, {i}, {j}])",
                current=True,
            ),
        )
    if isinstance(layer, Dense):
        return (
            Line(
                0,
                "flat = x.reshape(-1)",
                filled=f"{sides(before)} = {layer.weight.shape[1]}",
            ),
            Line(0, f"for o in range({after[0]}):", f"o = {cell[0]}"),
            Line(
                1,
                "out[o] = (flat * w[o]).sum() + b[o]",
                filled=f"out[{cell[0]}] = (flat * w[{cell[0]}]).sum() + b[{cell[0]}]",
                current=True,
            ),
        )
    raise TypeError(f"no loop for {type(layer).__name__}")


def _conv(layer: Conv, before: Shape, after: Shape, cell: Cell) -> tuple[Line, ...]:
    f, i, j = cell
    rows, columns = cuts(layer.windows, i, j)
    if layer.groups == 1:
        channels, filled = ":", ":"
    else:
        width, kernels = layer.weight.shape[1], after[0] // layer.groups
        first = f // kernels * width
        channels, filled = f"g*{width}:g*{width}+{width}", f"{first}:{first + width}"
    padded = any(map(any, layer.windows.padding))
    return (
        *((Line(0, f"x = pad(x, {pads(layer.windows)})"),) if padded else ()),
        *heads("f", after, cell),
        *(
            (Line(3, f"g = f // {after[0] // layer.groups}", f"g = {f // (after[0] // layer.groups)}"),)
            if layer.groups > 1
            else ()
        ),
        Line(
            3,
            f"window = x[{channels}, {cut(layer.windows, 'i', 0)}, {cut(layer.windows, 'j', 1)}]",
            filled=f"x[{filled}, {rows}, {columns}]",
        ),
        Line(
            3,
            "out[f, i, j] = (window * w[f]).sum() + b[f]",
            filled=f"out[{f}, {i}, {j}] = (window * w[{f}]).sum() + b[{f}]",
            current=True,
        ),
    )


def heads(channel: str, after: Shape, cell: Cell | None) -> tuple[Line, ...]:
    """The three loops over the cells of an output, with the indices of one of them."""
    return tuple(
        Line(depth, f"for {name} in range({size}):", "" if cell is None else f"{name} = {cell[depth]}")
        for depth, (name, size) in enumerate(zip((channel, "i", "j"), after, strict=True))
    )


def pads(windows: Windows) -> str:
    """The padding as one number, or as two pairs."""
    (top, bottom), (left, right) = windows.padding
    return str(top) if top == bottom == left == right else f"(({top}, {bottom}), ({left}, {right}))"


def cut(windows: Windows, index: str, axis: int) -> str:
    """The slice of one window in letters, as in `i*2 : i*2+2`."""
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
