"""Where a number comes from and where it goes, held against explain, experiment, and counting by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cnn_core import KINDS, AveragePool, Conv, Dense, MaxPool, Network, ReLU, ShapeError, load_network
from cnn_core.analysis.receptive_field import Field, comes_from, goes_to, receptive_middles, receptive_size
from cnn_core.layer import Array, Layer, Shape
from cnn_core.trace import Cell
from tests.cnn_core.cases import CASES, law, normal, seeds

Cells = set[Cell]
DIGITS = (1, 28, 28)


def cells(shape: Shape) -> list[Cell]:
    return [(c, i, j) for c, i, j in product(*map(range, shape))]


def mask(field: Field) -> NDArray[np.bool_]:
    return field.channels[:, None, None] & field.rows[:, None] & field.columns


def members(field: Field) -> Cells:
    return {(c, i, j) for c, i, j in np.argwhere(mask(field)).tolist()}


def positive_numbers(shape: tuple[int, ...], seed: int) -> Array:
    return np.random.default_rng(seed).uniform(1, 2, shape)


@st.composite
def convolutions(draw: st.DrawFn, shape: Shape) -> Layer:
    """One that fits: groups, stride, padding wider than the kernel, dilation."""
    groups = draw(st.sampled_from([n for n in (1, 2, 3) if shape[0] % n == 0]))
    out, edge = groups * draw(st.integers(1, 2)), st.integers(0, 3)
    stride, dilation = (draw(st.tuples(st.integers(1, 3), st.integers(1, 3))) for _ in range(2))
    padding = draw(st.tuples(st.tuples(edge, edge), st.tuples(edge, edge)))
    kernel = [
        draw(st.integers(1, min(3, (n + sum(padding[axis]) - 1) // dilation[axis] + 1)))
        for axis, n in enumerate(shape[1:])
    ]
    seed = draw(seeds)
    weight = positive_numbers((out, shape[0] // groups, kernel[0], kernel[1]), seed)
    return Conv(weight, positive_numbers((out,), seed + 1), stride, padding, dilation, groups)


@st.composite
def poolings(draw: st.DrawFn, shape: Shape, make: Callable[..., Layer]) -> Layer:
    """One that fits: overlapping, side by side or with gaps, padded, overhanging."""
    size = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    padding = []
    for n, side in zip(shape[1:], size, strict=True):
        before = draw(st.integers(0, side - 1))
        padding.append((before, draw(st.integers(max(0, side - n - before), side - 1))))
    stride = draw(st.none() | st.tuples(st.integers(1, 3), st.integers(1, 3)))
    return make(size, stride, tuple(padding), draw(st.booleans()))


@st.composite
def dense_layers(draw: st.DrawFn, shape: Shape) -> Layer:
    out, seed = draw(st.integers(1, 4)), draw(seeds)
    return Dense(positive_numbers((out, int(np.prod(shape))), seed), positive_numbers((out,), seed + 1))


NEXT: dict[str, Callable[[Shape], st.SearchStrategy[Layer]]] = {
    "conv": convolutions,
    "max-pool": lambda shape: poolings(shape, MaxPool),
    "average-pool": lambda shape: poolings(shape, AveragePool),
    "relu": lambda shape: st.just(ReLU()),
    "dense": dense_layers,
}


@st.composite
def networks(draw: st.DrawFn, kinds: Sequence[str] = tuple(NEXT), least: int = 1, most: int = 8) -> Network:
    """One to four layers that fit each other; all parameters positive, so that nothing cancels."""
    shape = first = draw(st.tuples(st.integers(1, 4), st.integers(least, most), st.integers(least, most)))
    layers: list[Layer] = []
    for _ in range(draw(st.integers(1, 4))):
        layers.append(draw(NEXT[draw(st.sampled_from(kinds))](shape)))
        shape = layers[-1].output_shape(shape)
    return Network(layers, [f"layer{n}" for n in range(1, len(layers) + 1)], first)


def shape_of(network: Network) -> Shape:
    assert network.input_shape is not None
    return network.input_shape


def drawn_cell(data: st.DataObject, shape: Shape) -> Cell:
    return data.draw(st.tuples(*(st.integers(0, side - 1) for side in shape)))


def read_by(layer: Layer, x: Array, picked: Cells) -> Cells:
    """What explain says that these output cells read of the input; places in the padding are none of it."""
    traces = [layer.explain(x, cell) for cell in picked]
    reads = [read for trace in traces for step in trace.steps for read in step.reads]
    return {(read.at[0], read.at[1], read.at[2]) for read in reads if read.array == "input" and not read.padded}


def test_networks_are_drawn_from_all_kinds() -> None:
    assert set(NEXT) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@law
@given(data=st.data())
def test_every_kind_has_a_rule_and_it_agrees_with_explain(kind: str, data: st.DataObject) -> None:
    layer, shape = data.draw(CASES[kind].drawn)
    cell = drawn_cell(data, layer.output_shape(shape))
    field, own = comes_from(Network([layer], ["only"]), shape, 1, cell)
    assert members(own) == {cell}
    assert members(field) == read_by(layer, normal((1, *shape), data.draw(seeds)), {cell})


@law
@given(network=networks(), data=st.data())
def test_comes_from_is_what_explain_reads_traced_back_step_by_step(network: Network, data: st.DataObject) -> None:
    shape = shape_of(network)
    activations = network.activations(normal((1, *shape), data.draw(seeds)))
    index = data.draw(st.integers(0, len(network.layers)))
    cell = drawn_cell(data, network.shapes(shape)[index])
    fields = comes_from(network, shape, index, cell)
    assert [mask(field).shape for field in fields] == [x.shape[1:] for x in activations[: index + 1]]
    traced = {cell}
    assert members(fields[index]) == traced
    for at in reversed(range(index)):
        traced = read_by(network.layers[at], activations[at], traced)
        assert members(fields[at]) == traced
        assert fields[at].count == len(traced)


def averaging(layer: Layer) -> Layer:
    """Average pooling in place of max pooling: then every cell of the window shows in the result."""
    if isinstance(layer, MaxPool):
        return AveragePool(layer.size, layer.stride, layer.padding, layer.ceil)
    return layer


@law
@given(network=networks(), data=st.data())
def test_goes_to_is_what_changes_when_the_pixel_does(network: Network, data: st.DataObject) -> None:
    shape = shape_of(network)
    twin = Network([averaging(layer) for layer in network.layers], network.names)
    pixel = drawn_cell(data, shape)
    x = positive_numbers((1, *shape), data.draw(seeds))
    changed = x.copy()
    changed[(0, *pixel)] += 1000
    fields = goes_to(network, shape, pixel, len(network.layers))
    for field, before, after in zip(fields, twin.activations(x), twin.activations(changed), strict=True):
        # What the pixel reaches grows by far more than this, through four layers too; what it misses, by rounding only.
        np.testing.assert_array_equal(mask(field), (after - before > 1e-9 * before)[0])


@law
@given(network=networks(most=5), data=st.data())
def test_a_cell_comes_from_the_pixels_that_go_to_it(network: Network, data: st.DataObject) -> None:
    shape = shape_of(network)
    index = data.draw(st.integers(0, len(network.layers)))
    out = network.shapes(shape)[index]
    forth = [mask(goes_to(network, shape, pixel, index)[index]).ravel() for pixel in cells(shape)]
    back = [mask(comes_from(network, shape, index, cell)[0]).ravel() for cell in cells(out)]
    np.testing.assert_array_equal(np.transpose(forth), back)


@law
@given(network=networks(tuple(set(NEXT) - {"dense"}), least=6))
def test_receptive_size_is_the_box_in_the_middle_of_a_large_picture(network: Network) -> None:
    channels = shape_of(network)[0]
    for index in range(len(network.layers) + 1):
        size = receptive_size(network, index)
        assert size is not None
        large = channels, size[0] + 250, size[1] + 250
        out = Network(network.layers, network.names).shapes(large)[index]
        box = comes_from(network, large, index, (0, out[1] // 2, out[2] // 2))[0].box
        assert box is not None
        assert (box[3], box[2]) == size


def test_receptive_sizes_of_the_digits_network_worked_out_by_hand() -> None:
    # 3x3: 1 + 2; pool 2x2: + 1, and from here a step is worth 2; 3x3: + 2 * 2; pool 2x2: + 1 * 2
    sizes = [1, 3, 3, 4, 8, 8, 10, None]
    network = load_network("digits")
    assert [receptive_size(network, index) for index in range(8)] == [size and (size, size) for size in sizes]


def test_receptive_size_counts_dilation_and_each_direction_by_itself() -> None:
    layers = [
        Conv(np.ones((1, 1, 3, 2)), np.ones(1), stride=(2, 1), dilation=(1, 4)),  # 1 + 2, 1 + 4; a step is worth 2, 1
        Conv(np.ones((1, 1, 2, 3)), np.ones(1), dilation=(3, 1)),  # + 3 * 2, + 2 * 1
    ]
    assert receptive_size(Network(layers, ["a", "b"]), 2) == (9, 7)


def test_unequal_strides_move_each_side_by_its_own_steps() -> None:
    layers: list[Layer] = [
        Conv(np.ones((1, 1, 3, 2)), np.ones(1), stride=(2, 1), padding=((1, 0), (0, 0))),
        Conv(np.ones((1, 1, 1, 3)), np.ones(1), stride=(1, 3), dilation=(1, 2)),
        MaxPool((2, 1), (1, 2)),
    ]
    network = Network(layers, ["a", "b", "c"])
    # rows: 1 + 2, + 0, + 1 * 2; columns: 1 + 1, + 4 * 1, + 0
    assert receptive_size(network, 3) == (5, 6)
    # rows: 1 - 1, + 0, + 1 / 2 * 2, a step is worth 2; columns: 1 / 2, + 2, + 0, a step is worth 1 * 3 * 2
    rows, columns = receptive_middles(network, (3, 2), 3)
    assert (rows.tolist(), columns.tolist()) == ([1, 3, 5], [2.5, 8.5])
    assert comes_from(network, (1, 12, 24), 3, (0, 1, 1))[0].box == (6, 1, 6, 5)
    assert comes_from(network, (1, 12, 24), 3, (0, 0, 1))[0].box == (6, 0, 6, 4)  # the first row is padding


def test_where_a_number_of_conv2_comes_from() -> None:
    fields = comes_from(load_network("digits"), DIGITS, 4, (5, 3, 4))
    assert [field.box for field in fields] == [
        (8, 6, 8, 8),  # the input
        (8, 6, 6, 6),  # conv1: the last pixel of a window of 3 starts 2 earlier
        (8, 6, 6, 6),  # relu1
        (4, 3, 3, 3),  # pool1: the kernel itself
        (4, 3, 1, 1),
    ]
    assert [field.count for field in fields] == [64, 8 * 36, 8 * 36, 8 * 9, 1]


def test_where_a_pixel_of_the_digits_network_goes() -> None:
    fields = goes_to(load_network("digits"), DIGITS, (0, 14, 13), 7)
    assert [field.box for field in fields] == [
        (13, 14, 1, 1),
        (11, 12, 3, 3),  # conv1
        (11, 12, 3, 3),
        (5, 6, 2, 2),  # pool1: columns 11 to 13 are those of windows 5 and 6
        (3, 4, 4, 4),  # conv2: columns 5 and 6 minus 0, 1, 2
        (3, 4, 4, 4),
        (1, 2, 3, 2),  # pool2: columns 3 to 6 are those of windows 1 to 3, rows 4 to 7 those of 2 and 3
        (0, 0, 1, 1),
    ]
    assert [field.count for field in fields] == [1, 8 * 9, 8 * 9, 8 * 4, 16 * 16, 16 * 16, 16 * 6, 10]


def test_the_last_two_rows_of_a_digit_never_reach_the_answer() -> None:
    # conv2 is 11 x 11, and pool2 leaves its last row and column out.
    network = load_network("digits")
    assert comes_from(network, DIGITS, 7, (3, 0, 0))[0].box == (0, 0, 26, 26)
    fields = goes_to(network, DIGITS, (0, 27, 27), 7)
    assert [field.count for field in fields] == [1, 8, 8, 8, 16, 16, 0, 0]
    assert fields[6].box is None
    assert fields[7].box is None


def test_the_padding_is_no_cell() -> None:
    network = Network([Conv(np.ones((1, 1, 3, 3)), np.ones(1), padding=1)], ["conv"])
    corner = comes_from(network, (1, 5, 5), 1, (0, 0, 4))[0]
    assert corner.box == (3, 0, 2, 2)
    assert corner.contains((0, 0, 4))
    assert not corner.contains((0, 0, -1))
    assert not corner.contains((0, -1, 3))
    assert not corner.contains((0, 0, 5))


def test_a_window_in_the_padding_alone_sees_nothing_and_neither_does_what_follows() -> None:
    layers: list[Layer] = [Conv(np.ones((1, 1, 1, 1)), np.ones(1), padding=(2, 0)), ReLU()]
    fields = comes_from(Network(layers, ["conv", "relu"]), (1, 3, 3), 2, (0, 1, 1))
    assert [field.count for field in fields] == [0, 1, 1]


def test_groups_keep_to_their_channels_and_dilation_leaves_gaps() -> None:
    network = Network([Conv(np.ones((4, 2, 2, 2)), np.ones(4), dilation=3, groups=2)], ["conv"])
    field = comes_from(network, (4, 6, 6), 1, (2, 1, 2))[0]
    assert members(field) == set(product((2, 3), (1, 4), (2, 5)))
    assert (field.count, field.box) == (8, (2, 1, 4, 4))
    assert field.contains((3, 4, 5))
    assert not field.contains((3, 3, 5))


def test_a_field_keeps_copies_that_nobody_can_change() -> None:
    chosen = np.array([True, False])
    field = Field(chosen, chosen, chosen)
    chosen[1] = True
    assert members(field) == {(0, 0, 0)}
    for side in field.sides:
        with pytest.raises(ValueError, match="read-only"):
            side[0] = False


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda net: comes_from(net, DIGITS, 8, (0, 0, 0)), "Network array: expected 0, the input, to 7"),
        (lambda net: goes_to(net, DIGITS, (0, 0, 0), -1), "Network array: .* got -1"),
        (lambda net: receptive_size(net, 8), "Network array: .* got 8"),
        (lambda net: comes_from(net, DIGITS, 4, (16, 0, 0)), r"conv2 cell: expected inside \(16, 11, 11\)"),
        (lambda net: comes_from(net, DIGITS, 4, (0, -1, 0)), "conv2 cell"),
        (lambda net: goes_to(net, DIGITS, (0, 28, 0), 4), r"input cell: expected inside \(1, 28, 28\)"),
        (lambda net: comes_from(net, (3, 28, 28), 1, (0, 0, 0)), "Conv input channels: expected 1, got 3"),
    ],
)
def test_what_is_not_there_is_refused_by_name(ask: Callable[[Network], Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        ask(load_network("digits"))
