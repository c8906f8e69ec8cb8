"""The backward loops of a textbook, with the indices of the picked place or window filled in."""

from __future__ import annotations

from app.explain.textbook import Line, cut, cuts, heads, pads
from cnn_core import AveragePool, Cell, Conv, Dense, Layer, MaxPool, ReLU, Shape


def loss_loop(count: int, target: int, label: int | None) -> tuple[Line, ...]:
    """Softmax and cross-entropy in one: the loss (label None), or its gradient by one score."""
    now = "" if label is None else f"k = {label}"
    answer = "" if label is None else f"dz[{label}] = p[{label}] - {1 if label == target else 0}"
    return (
        Line(0, "p = softmax(z)"),
        Line(0, "L = -log(p[t])", filled=f"L = -log(p[{target}])", current=label is None),
        Line(0, f"for k in range({count}):", now),
        Line(1, "dz[k] = p[k] - (k == t)", filled=answer, current=label is not None),
    )


def loop_back(layer: Layer, before: Shape, after: Shape, of: str, window: Cell | None) -> tuple[Line, ...]:
    """The backward loop of a layer that made (C', H', W') of (C, H, W); window: where it stands, if it does."""
    if isinstance(layer, Conv):
        return _conv(layer, after, of, window)
    if isinstance(layer, MaxPool | AveragePool):
        return _pool(layer, after, window)
    if isinstance(layer, ReLU):
        here = "" if window is None else f"dX[{_dotted(window)}] += dZ[{_dotted(window)}]"
        return (
            Line(0, "dX = 0 * X"),
            *heads("c", after, window),
            Line(3, "if X[c, i, j] > 0:"),
            Line(4, "dX[c, i, j] += dZ[c, i, j]", filled=here, current=True),
        )
    if isinstance(layer, Dense):
        return _dense(layer, before, after, of, window)
    raise TypeError(f"no backward loop for {type(layer).__name__}")


def _conv(layer: Conv, after: Shape, of: str, window: Cell | None) -> tuple[Line, ...]:
    group, width = len(layer.weight) // layer.groups, layer.weight.shape[1]
    channels = ":" if layer.groups == 1 else f"g*{width}:g*{width}+{width}"
    rows, columns = cut(layer.windows, "i", 0), cut(layer.windows, "j", 1)
    padded = any(map(any, layer.windows.padding))
    filled, g = {"input": "", "weight": "", "bias": ""}, ""
    if window is not None:
        f, i, j = window
        g, first = f"g = {f // group}", f // group * width
        maps = ":" if layer.groups == 1 else f"{first}:{first + width}"
        inside, error = ", ".join((maps, *cuts(layer.windows, i, j))), f"dZ[{_dotted(window)}]"
        filled = {
            "input": f"dX[{inside}] += W[{f}] * {error}",
            "weight": f"dW[{f}] += X[{inside}] * {error}",
            "bias": f"db[{f}] += {error}",
        }
    part = f"{channels}, {rows}, {columns}"
    codes = {
        "input": f"dX[{part}] += W[f] * dZ[f, i, j]",
        "weight": f"dW[f] += X[{part}] * dZ[f, i, j]",
        "bias": "db[f] += dZ[f, i, j]",
    }
    return (
        *((Line(0, f"X = pad(X, {pads(layer.windows)})"),) if padded else ()),
        Line(0, "dX, dW, db = 0 * X, 0 * W, 0 * b"),
        *heads("f", after, window),
        *((Line(3, f"g = f // {group}", g),) if layer.groups > 1 else ()),
        *(Line(3, code, filled=filled[name], current=name == of) for name, code in codes.items()),
        *((Line(0, "dX = cut the padding off dX"),) if padded else ()),
    )


def _pool(layer: MaxPool | AveragePool, after: Shape, window: Cell | None) -> tuple[Line, ...]:
    part = f"c, {cut(layer.windows, 'i', 0)}, {cut(layer.windows, 'j', 1)}"
    filled = "" if window is None else ", ".join((str(window[0]), *cuts(layer.windows, window[1], window[2])))
    error = "" if window is None else f"dZ[{_dotted(window)}]"
    if isinstance(layer, MaxPool):
        return (
            Line(0, "dX = 0 * X"),
            *heads("c", after, window),
            Line(3, f"window = X[{part}]", filled=filled and f"X[{filled}]"),
            Line(3, "m = first place of window.max()"),
            Line(3, f"dX[{part}][m] += dZ[c, i, j]", filled=filled and f"dX[{filled}][m] += {error}", current=True),
        )
    return (
        Line(0, "dX = 0 * X"),
        *heads("c", after, window),
        Line(3, "n = number of cells in the window"),
        Line(3, f"dX[{part}] += dZ[c, i, j] / n", filled=filled and f"dX[{filled}] += {error} / n", current=True),
    )


def _dense(layer: Dense, before: Shape, after: Shape, of: str, window: Cell | None) -> tuple[Line, ...]:
    o = "" if window is None else str(window[0])
    codes = {
        "input": ("dx += W[o] * dZ[o]", f"dx += W[{o}] * dZ[{o}]"),
        "weight": ("dW[o] += x * dZ[o]", f"dW[{o}] += x * dZ[{o}]"),
        "bias": ("db[o] += dZ[o]", f"db[{o}] += dZ[{o}]"),
    }
    return (
        Line(0, "x = X.reshape(-1)", filled=f"{' × '.join(map(str, before))} = {layer.weight.shape[1]}"),
        Line(0, "dx, dW, db = 0 * x, 0 * W, 0 * b"),
        Line(0, f"for o in range({after[0]}):", o and f"o = {o}"),
        *(Line(1, code, filled=filled if o else "", current=name == of) for name, (code, filled) in codes.items()),
        Line(0, "dX = dx.reshape(X.shape)"),
    )


def _dotted(cell: Cell) -> str:
    return ", ".join(map(str, cell))
