"""The loops that learners read are programs: run as they stand, they give what the layer gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.explain.dispatch import explainer_of
from app.explain.loop_lines import Line
from cnn_core import AveragePool, Conv, Dense, Layer, MaxPool, ReLU
from cnn_core.layer import Array

RNG = np.random.default_rng(7)
X = RNG.normal(size=(4, 7, 8))
LAYERS: dict[str, Layer] = {
    "conv": Conv(RNG.normal(size=(3, 4, 3, 2)), RNG.normal(size=3)),
    "conv, padded": Conv(RNG.normal(size=(3, 4, 3, 2)), RNG.normal(size=3), stride=(2, 1), padding=((1, 0), (2, 1))),
    "conv, in groups": Conv(RNG.normal(size=(6, 2, 2, 2)), RNG.normal(size=6), padding=1, dilation=2, groups=2),
    "max-pool": MaxPool((2, 3), (1, 2)),
    "average-pool": AveragePool(2, (2, 1)),
    "relu": ReLU(),
    "dense": Dense(RNG.normal(size=(5, X.size)), RNG.normal(size=5)),
}
# The lines that are said in words, as code.
SAID = {
    "m = first place of window.max()": "m = np.unravel_index(window.argmax(), window.shape)",
    "n = number of cells in the window": "n = size",
    "dX = cut the padding off dX": "dX = cut(dX)",
    "p = softmax(z)": "p = softmax(z)",
}
layers = pytest.mark.parametrize("name", LAYERS)


def pad(x: Array, by: Any) -> Array:
    around = ((by, by), (by, by)) if isinstance(by, int) else by
    return np.pad(x, ((0, 0), *around))


def run(lines: tuple[Line, ...], names: dict[str, Any]) -> dict[str, Any]:
    """Run the lines as a program, and answer its variables."""
    code = "\n".join("    " * line.depth + SAID.get(line.code, line.code) for line in lines)
    exec(code, {"np": np, "pad": pad}, names)  # noqa: S102
    return names


def cell_of(layer: Layer) -> tuple[int, int, int]:
    channels, height, width = layer.output_shape(X.shape)
    return channels - 1, height - 1, width // 2


@layers
def test_the_loop_computes_the_output(name: str) -> None:
    layer = LAYERS[name]
    expected, cell = layer.forward(X[None])[0], cell_of(layer)
    lines = explainer_of(layer).loop(layer, X.shape, expected.shape, cell)
    out = np.zeros(len(expected)) if name == "dense" else np.zeros(expected.shape)
    params = {short: layer.params[long] for long, short in (("weight", "w"), ("bias", "b")) if long in layer.params}
    ran = run(lines, {"x": X, "out": out, **params})
    np.testing.assert_allclose(ran["out"].reshape(expected.shape), expected)
    # The line with the numbers of one cell put in makes that very cell.
    (current,) = (line for line in lines if line.current)
    ran["out"][...] = 0
    window = next((line.filled for line in lines if line.code.startswith("window")), "None")
    exec(f"window = {window}\n{current.filled}", {"np": np, "max": max}, ran)  # noqa: S102
    assert float(ran["out"].reshape(expected.shape)[cell]) == pytest.approx(float(expected[cell]))


@layers
def test_the_backward_loop_computes_every_gradient(name: str) -> None:
    layer = LAYERS[name]
    shape = layer.output_shape(X.shape)
    dy = RNG.normal(size=shape)
    expected = layer.backward(X[None], dy[None])
    windows = layer.connectivity.windows

    def cut(dx: Array) -> Array:
        assert windows is not None
        inside: Array = windows.inside(dx[None], *X.shape[1:])[0]
        return inside

    names: dict[str, Any] = {"X": X, "dZ": dy[:, 0, 0] if name == "dense" else dy, "cut": cut}
    names["size"] = 0 if windows is None else int(np.prod(windows.size))
    names |= {short: layer.params[long] for long, short in (("weight", "W"), ("bias", "b")) if long in layer.params}
    of = "weight" if layer.params else "input"
    ran = run(explainer_of(layer).loop_back(layer, X.shape, shape, of, None), names)
    np.testing.assert_allclose(ran["dX"], expected.x[0])
    for long, short in (("weight", "dW"), ("bias", "db")):
        if long in layer.params:
            np.testing.assert_allclose(ran[short], expected.params[long])


@layers
def test_the_window_with_its_numbers_adds_what_the_loop_adds_there(name: str) -> None:
    layer, cell = LAYERS[name], cell_of(LAYERS[name])
    shape = layer.output_shape(X.shape)
    dy = np.zeros(shape)
    dy[cell] = 2.5
    x = pad(X, layer.windows.padding) if isinstance(layer, Conv) else X
    padded = (
        Conv(layer.weight, layer.bias, layer.stride, 0, layer.dilation, layer.groups)
        if isinstance(layer, Conv)
        else layer
    )
    expected = padded.backward(x[None], dy[None])
    if name == "relu":
        x = np.abs(x)  # an open gate
        expected = layer.backward(x[None], dy[None])
    for of in ("input", *layer.params):
        lines = explainer_of(layer).loop_back(layer, X.shape, shape, of, cell)
        (current,) = (line for line in lines if line.current)
        windows = layer.connectivity.windows
        names: dict[str, Any] = {"X": x, "x": x.ravel(), "dX": 0 * x, "dx": np.zeros(x.size)}
        names |= {
            "dZ": dy[:, 0, 0] if name == "dense" else dy,
            "n": 0 if windows is None else int(np.prod(windows.size)),
        }
        for long, short in (("weight", "W"), ("bias", "b")):
            if long in layer.params:
                names |= {short: layer.params[long], f"d{short}": 0 * layer.params[long]}
        code = current.filled
        if name == "max-pool":
            window = next(line.filled for line in lines if line.code.startswith("window"))
            code = f"window = {window}\n{SAID['m = first place of window.max()']}\n{code}"
        exec(code, {"np": np}, names)  # noqa: S102
        wanted = expected.x[0] if of == "input" else expected.params[of]
        found = {"input": names["dx" if name == "dense" else "dX"], "weight": names.get("dW"), "bias": names.get("db")}[
            of
        ]
        np.testing.assert_allclose(np.asarray(found).reshape(wanted.shape), wanted)
