"""Every formula that learners read is worked out with the numbers of the networks: it must give what the core gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from app.explain.dispatch import explainer_of
from app.explain.softmax_loss import LOSS_FORMULA, SCORE_GRADIENT, SOFTMAX_FORMULA
from cnn_core import Array, AveragePool, Conv, Dense, Layer, MaxPool, cross_entropy, load_network
from cnn_core.zoo import ZOO
from tests.app.explain.latex import both_sides, read
from tests.app.odd_networks import ODD

NETWORKS = {name: load_network(name) for name in ZOO} | ODD
LAYERS = [(network, name) for network, made in NETWORKS.items() for name in made.names]
GRADIENTS = [
    (network, name, of)
    for network, made in NETWORKS.items()
    for name, layer in zip(made.names, made.layers, strict=True)
    for of in ("input", *layer.params)
]
LETTERS = {"input": "x", "weight": "w", "bias": "b"}
Place = tuple[int, ...]


@dataclass(frozen=True)
class Pass:
    """One layer with what it read and gave, and the gradients of both: (C, H, W) each."""

    layer: Layer
    x: Array
    y: Array
    dy: Array
    gradients: dict[str, Array]


@cache
def passes(network: str) -> dict[str, Pass]:
    """Every layer of a network, for a picture of random numbers."""
    made = NETWORKS[network]
    assert made.input_shape is not None
    x = np.random.default_rng(4).random((1, *made.input_shape))
    outputs = made.activations(x)
    down = cross_entropy(outputs[-1].reshape(1, -1), np.array([1])).dscores.reshape(outputs[-1].shape)
    back = made.gradients(outputs, down)
    behind = [*(each.x for each in back[1:]), down]
    return {
        name: Pass(layer, before[0], after[0], dy[0], {"input": each.x[0], **each.params})
        for name, layer, before, after, dy, each in zip(
            made.names, made.layers, outputs[:-1], outputs[1:], behind, back, strict=True
        )
    }


def group_of(layer: Conv, kernel: int) -> int:
    return kernel // (len(layer.weight) // layer.groups)


def arrays(found: Pass, group: int, value: float) -> dict[str, Callable[..., Any]]:
    """What the letters of a layer's formulas stand for.

    x is padded with 0, or with what never wins. A convolution counts the channels of its group. x alone: the picked
    cell.
    """
    layer, (_, height, width) = found.layer, found.x.shape
    first = group * layer.weight.shape[1] if isinstance(layer, Conv) else 0

    def x(*at: int) -> float:
        if not at:
            return value
        if len(at) == 1:
            return float(found.x.ravel()[at[0]])
        channel, row, column = at
        inside = 0 <= row < height and 0 <= column < width
        outside = -np.inf if isinstance(layer, MaxPool) else 0.0
        return float(found.x[first + channel, row, column]) if inside else outside

    def counted(i: int, j: int) -> int:
        assert isinstance(layer, AveragePool)
        return len(layer.explain(found.x[None], (0, i, j)).steps[0].reads)

    params = layer.params
    return {
        "x": x,
        "z": lambda *at: float(found.y[at]),
        "dz": lambda *at: float(found.dy[at] if len(at) == 3 else found.dy.ravel()[at[0]]),
        "w": lambda *at: float(params["weight"][at]),
        "b": lambda *at: float(params["bias"][at]),
        "n": counted,
    }


def ranges(found: Pass, group: int) -> dict[str, Sequence[int]]:
    """Where the indices of a layer's sums run: kernels of the group, its channels, windows, places of a window."""
    layer, (outputs, rows, columns) = found.layer, found.y.shape
    runs: dict[str, Sequence[int]] = {"i": range(rows), "j": range(columns)}
    if isinstance(layer, Dense):
        return {"o": range(outputs), "k": range(found.x.size)}
    if isinstance(layer, Conv):
        each = outputs // layer.groups
        runs |= {"f": range(group * each, (group + 1) * each), "c": range(layer.weight.shape[1])}
    windows = layer.connectivity.windows
    assert windows is not None
    return runs | {"a": range(windows.size[0]), "b": range(windows.size[1])}


def places(array: Array, most: int = 3) -> Iterator[Place]:
    """The first, the last, that furthest from zero, and some at random."""
    rng = np.random.default_rng(7)
    flat = {0, array.size - 1, int(np.abs(array).argmax()), *rng.integers(0, array.size, most).tolist()}
    for at in sorted(flat):
        yield tuple(int(index) for index in np.unravel_index(at, array.shape))


@pytest.mark.parametrize(("network", "name"), LAYERS)
def test_the_formula_of_a_layer_gives_its_output(network: str, name: str) -> None:
    found = passes(network)[name]
    latex = read(explainer_of(found.layer).formula(found.layer))
    assert latex.letter == "y"
    for at in places(found.y):
        group = group_of(found.layer, at[0]) if isinstance(found.layer, Conv) else 0
        given = latex(at[: len(latex.indices)], arrays(found, group, 0), ranges(found, group))
        assert given == pytest.approx(float(found.y[at]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("network", "name", "of"), GRADIENTS)
def test_the_formula_of_a_gradient_gives_that_of_the_backward_pass(network: str, name: str, of: str) -> None:
    found, gradient = passes(network)[name], passes(network)[name].gradients[of]
    latex = read(explainer_of(found.layer).gradient(found.layer, of))
    assert latex.letter == LETTERS[of]
    tried = 0
    for at in places(gradient, 12 if isinstance(found.layer, MaxPool) else 3):
        if isinstance(found.layer, MaxPool) and tied(found, at):
            continue  # the formula does not say which of several largest cells wins; the page does
        tried += 1
        assert formula_at(found, of, at) == pytest.approx(float(gradient[at]), rel=1e-9, abs=1e-12)
    assert tried


def formula_at(found: Pass, of: str, at: Place) -> float:
    """A gradient by its formula; that of pooling sums over the windows that hold the cell."""
    layer, latex, where, group = found.layer, read(explainer_of(found.layer).gradient(found.layer, of)), at, 0
    if isinstance(layer, Conv):
        width = layer.weight.shape[1]
        group = at[0] // width if of == "input" else group_of(layer, at[0])
        where = (at[0] - group * width, *at[1:]) if of == "input" else at
    if isinstance(layer, Dense) and of == "input":
        where = (int(np.ravel_multi_index(at, found.x.shape)),)
    known, runs = arrays(found, group, float(found.x[at]) if of == "input" else 0.0), ranges(found, group)
    if isinstance(layer, MaxPool | AveragePool):
        holding = list(layer.windows.readers(at[1], at[2], (found.y.shape[1], found.y.shape[2])))
        runs |= {"i": sorted({i for i, _, _ in holding}), "j": sorted({j for _, j, _ in holding})}
        return latex((), known, runs, c=at[0])
    return latex(where, known, runs)


def tied(found: Pass, at: Place) -> bool:
    """Whether the cell is the largest of a window together with another one."""
    layer = found.layer
    assert isinstance(layer, MaxPool)
    ties = layer.ties(found.x[None])[0]
    out = (found.y.shape[1], found.y.shape[2])
    return any(ties[at[0], i, j] > 1 for i, j, _ in layer.windows.readers(at[1], at[2], out))


def test_the_formulas_of_softmax_and_of_the_loss_give_the_probability_the_loss_and_the_gradient() -> None:
    for scores in (np.array([[1.5, -2.0, 0.25, 3.0]]), np.array([[700.0, 710.0, 3.0]])):
        for label in range(scores.size):
            loss = cross_entropy(scores, np.array([label]))
            chances, row = loss.probabilities[0].tolist(), scores[0].tolist()
            known: dict[str, Callable[..., Any]] = {
                "z": lambda *at, row=row: row[at[0]] if at else row,
                "p": lambda k, chances=chances: chances[k],
                "y": lambda k, label=label: float(k == label),
            }
            runs = {"m": range(scores.size)}
            softmax, gradient = read(SOFTMAX_FORMULA), read(SCORE_GRADIENT)
            assert (softmax.letter, gradient.letter) == ("p", "z")
            for k in range(scores.size):
                assert softmax((k,), known, runs) == pytest.approx(chances[k], rel=1e-12)
                assert gradient((k,), known, runs) == pytest.approx(float(loss.dscores[0, k]), rel=1e-12)
            for side in both_sides(LOSS_FORMULA):
                assert side((), known, runs, t=label) == pytest.approx(loss.value, rel=1e-9)
