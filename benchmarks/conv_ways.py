"""`python -m benchmarks.conv_ways`: what each of the three ways of a convolution buys over unrolled columns.

Both run in turns in one process, in float32 and on one thread; the figure is one way's time over that of columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import patch

from benchmarks.shapes import CONVOLUTIONS, ConvShape, normal
from benchmarks.timing import Pace, Way, medians
from cnn_core import Array, Conv
from cnn_core.layers import conv
from cnn_core.layers.conv_ways import ConvWay, backward_way

PACE = Pace(rounds=31, seconds=0.004)
SQUARES = (
    ConvShape("1x1, many pictures", 16, (16, 28, 28), 16, 1),
    ConvShape("3x3, as many kernels", 16, (16, 28, 28), 16, 3, 1, 1),
    ConvShape("3x3, twice the kernels", 16, (16, 28, 28), 32, 3, 1, 1),
)


def made(shape: ConvShape, forward: ConvWay) -> Conv:
    """The layer of this shape, computed in one way forward."""
    with patch.object(conv, "forward_way", lambda *_: forward):
        return shape.layer()


def rows(shape: ConvShape) -> Iterator[tuple[str, ConvWay, float]]:
    """Each pass with the way that may be taken instead of columns, and its time over theirs."""
    x = normal(3, shape.pictures, *shape.shape)
    plain = shape.layer()
    dy = normal(4, shape.pictures, *plain.output_shape(shape.shape))
    if plain.windows.stride != (1, 1):
        return
    other: ConvWay = "pixels" if plain.windows.each_pixel else "rows"
    ways: dict[str, Way] = {way: _forward(made(shape, way), x) for way in ("columns", other)}
    seconds = medians(ways, PACE)
    yield "forward", other, seconds[other] / seconds["columns"]
    back = backward_way(plain.windows)
    ways = {way: _backward(made(shape, "columns"), x, dy, way) for way in ("columns", back)}
    seconds = medians(ways, PACE)
    yield "backward", back, seconds[back] / seconds["columns"]


def _forward(layer: Conv, x: Array) -> Way:
    return lambda: layer.forward(x)


def _backward(layer: Conv, x: Array, dy: Array, way: ConvWay) -> Way:
    def run() -> object:
        with patch.object(conv, "backward_way", lambda _: way):
            return layer.backward(x, dy)

    return run


def main() -> None:
    """Print one line a shape and pass; an asterisk marks the way that the layer takes."""
    for shape in (*CONVOLUTIONS, *SQUARES):
        for direction, way, ratio in rows(shape):
            taken = "*" if direction == "backward" or shape.layer().way == way else " "
            name = f"{shape.name:24} {shape.label:40} N={shape.pictures:<3}"
            print(f"{name} {direction:9} {way:7}{taken} {ratio:.2f}", flush=True)


if __name__ == "__main__":
    main()
