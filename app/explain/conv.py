"""Convolution: its formula, its loops, the arithmetic of one cell, and that of one gradient of its input."""

from __future__ import annotations

from dataclasses import dataclass

from app.explain.explainer import Asked, Explainer, Picked, View
from app.explain.loop_lines import Line, cut, cuts, heads, indices, pads
from app.explain.shown_maps import box_around
from app.explain.weighted_sum import MOST_OPEN, Block, WeightedSum, bias_of, blocks_of, largest_first, products
from app.render.colours import limit
from app.render.figures import figure, gradient_figure, table
from app.render.mathml import place
from app.web.languages import lazy_gettext as _l
from cnn_core import Cell, Conv, Shape, Step


class ConvView(WeightedSum):
    """One cell of a convolution."""

    template = "conv"


@dataclass(frozen=True, kw_only=True)
class ConvGradient(View):
    """A gradient of a convolution's input: for each kernel, the windows that read the cell, times their gradients.

    In each block, `read` are the gradients of these windows and `weights` the kernel's values with which they read the
    cell, in the same order. silent: the kernels that are not shown, as all their windows have a gradient of 0.
    size: rows and columns of windows. turned: whether each block has all the weights of its kernel, in reverse order.
    """

    template = "conv"
    part = "backward"
    marks = True

    blocks: tuple[Block, ...]
    silent: tuple[int, ...]
    terms: int
    zeros: int
    size: tuple[int, int]
    turned: bool


def formula(layer: Conv) -> str:
    """y = b + the sum of x w under the kernel."""
    return (
        r"y_{f,i,j} = b_f + \sum_{c} \sum_{a} \sum_{b} x_{c,\;"
        + f"{place('i', 'a', layer.windows, 0)},\\;{place('j', 'b', layer.windows, 1)}"
        + r"} \cdot w_{f,c,a,b}"
    )


def gradient(layer: Conv, of: str) -> str:
    """The gradient of the input, the weights or the bias, where dz is the gradient of the output."""
    row, column = place("i", "a", layer.windows, 0), place("j", "b", layer.windows, 1)
    if of == "bias":
        return r"\frac{\partial L}{\partial b_f} = \sum_{i} \sum_{j} dz_{f,i,j}"
    if of == "weight":
        return (
            r"\frac{\partial L}{\partial w_{f,c,a,b}} = \sum_{i} \sum_{j} "
            rf"x_{{c,\;{row},\;{column}}} \cdot dz_{{f,i,j}}"
        )
    return (
        r"\frac{\partial L}{\partial x_{c,r,s}} = \sum_{f} \sum_{i,j} dz_{f,i,j} \cdot w_{f,c,a,b}"
        rf",\qquad r = {row},\; s = {column}"
    )


def loop(layer: Conv, before: Shape, after: Shape, cell: Cell) -> tuple[Line, ...]:
    """The loop over the output, at one cell."""
    f, i, j = cell
    rows, columns = cuts(layer.windows, i, j)
    channels, filled = _channels(layer), _channels(layer, f)
    group = len(layer.weight) // layer.groups
    window = f"window = x[{channels}, {cut(layer.windows, 'i', 0)}, {cut(layer.windows, 'j', 1)}]"
    return (
        *((Line(0, f"x = pad(x, {pads(layer.windows)})"),) if _padded(layer) else ()),
        *heads("f", after, cell),
        *((Line(3, f"g = f // {group}", now=f"g = {f // group}"),) if layer.groups > 1 else ()),
        Line(3, window, filled=f"x[{filled}, {rows}, {columns}]"),
        Line(
            3,
            "out[f, i, j] = (window * w[f]).sum() + b[f]",
            filled=f"out[{f}, {i}, {j}] = (window * w[{f}]).sum() + b[{f}]",
            current=True,
        ),
    )


def loop_back(layer: Conv, before: Shape, after: Shape, of: str, window: Cell | None) -> tuple[Line, ...]:
    """The backward loop; window: the one at which it has stopped, if it has."""
    group = len(layer.weight) // layer.groups
    filled, g = {"input": "", "weight": "", "bias": ""}, ""
    if window is not None:
        f, i, j = window
        g = f"g = {f // group}"
        inside, error = ", ".join((_channels(layer, f), *cuts(layer.windows, i, j))), f"dZ[{indices(window)}]"
        filled = {
            "input": f"dX[{inside}] += W[{f}] * {error}",
            "weight": f"dW[{f}] += X[{inside}] * {error}",
            "bias": f"db[{f}] += {error}",
        }
    part = f"{_channels(layer)}, {cut(layer.windows, 'i', 0)}, {cut(layer.windows, 'j', 1)}"
    codes = {
        "input": f"dX[{part}] += W[f] * dZ[f, i, j]",
        "weight": f"dW[f] += X[{part}] * dZ[f, i, j]",
        "bias": "db[f] += dZ[f, i, j]",
    }
    return (
        *((Line(0, f"X = pad(X, {pads(layer.windows)})"),) if _padded(layer) else ()),
        Line(0, "dX, dW, db = 0 * X, 0 * W, 0 * b"),
        *heads("f", after, window),
        *((Line(3, f"g = f // {group}", now=g),) if layer.groups > 1 else ()),
        *(Line(3, code, filled=filled[name], current=name == of) for name, code in codes.items()),
        *((Line(0, "dX = cut the padding off dX"),) if _padded(layer) else ()),
    )


def _padded(layer: Conv) -> bool:
    return any(map(any, layer.windows.padding))


def _channels(layer: Conv, kernel: int | None = None) -> str:
    """The slice of channels that a kernel reads, in letters or for one kernel."""
    width = layer.weight.shape[1]
    if layer.groups == 1:
        return ":"
    if kernel is None:
        return f"g*{width}:g*{width}+{width}"
    first = kernel // (len(layer.weight) // layer.groups) * width
    return f"{first}:{first + width}"


def forward(picked: Picked[Conv]) -> ConvView:
    """The products under the kernel, channel by channel."""
    windows = picked.layer.windows
    blocks = blocks_of(picked, windows.size[1], windows.box(picked.cell[1], picked.cell[2]))
    many, terms = len(blocks) > MOST_OPEN, products(picked)
    return ConvView(
        blocks=largest_first(picked, blocks) if many else blocks,
        bias=bias_of(picked),
        terms=len(terms),
        zeros=sum(step.value == 0 for step in terms),
        many=many,
    )


def backward(asked: Asked[Conv]) -> ConvGradient:
    """Kernel by kernel: the windows that read the cell, times the weights with which they read it."""
    trace, precision = asked.trace, asked.precision
    weights, widest = limit(asked.layer.weight), max((abs(step.value) for step in trace.steps), default=0.0)
    by_kernel: dict[int, list[Step]] = {}
    for step in trace.steps:
        by_kernel.setdefault(step.reads[1].at[0], []).append(step)
    totals = trace.sums(1)
    most = max([abs(total) for total in totals.values()] + [abs(trace.value)], default=0.0)
    blocks = []
    for kernel, steps in by_kernel.items():
        places, scale = [step.reads[1].at for step in steps], asked.dy.scale(kernel)
        columns = len({j for _, _, j in places})
        blocks.append(
            Block(
                channel=kernel,
                plate=asked.dy.plate(kernel, box_around(places)),
                read=table((gradient_figure(step.reads[1].value, scale, precision) for step in steps), columns),
                weights=table((figure(step.reads[0].value, weights, precision) for step in steps), columns),
                products=table((gradient_figure(step.value, widest, precision) for step in steps), columns),
                total=gradient_figure(totals[kernel], most, precision),
                first=0,
                last=len(steps),
                nonzero=sum(step.value != 0 for step in steps),
            )
        )
    silent: tuple[int, ...] = ()
    if len(blocks) > MOST_OPEN:  # too many to look at all: the largest come first, those without a gradient stay out
        silent = tuple(block.channel for block in blocks if not block.nonzero)
        blocks = [block for block in blocks if block.nonzero]
        blocks.sort(key=lambda block: -abs(totals[block.channel]))
    first = next(iter(by_kernel.values()), [])
    rows = len({step.reads[1].at[1] for step in first})
    size = rows, len(first) // max(1, rows)
    return ConvGradient(
        blocks=tuple(blocks),
        silent=silent,
        terms=len(trace.steps),
        zeros=sum(step.value == 0 for step in trace.steps),
        size=size,
        turned=size == asked.layer.windows.size and len(first) > 1,
    )


EXPLAINER = Explainer(
    name=_l("convolution"),
    template="conv",
    formula=formula,
    gradient=gradient,
    loop=loop,
    loop_back=loop_back,
    forward=forward,
    backward=backward,
)
