"""Measure one case after the other: the core and its peers in turns, forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median

import numpy as np

from benchmarks.peers import Passes, ours, textbook, torch_layer, torch_network, torch_step, torch_version, whole_batch
from benchmarks.shapes import ConvShape, LayerShape, lenet, normal, tiny_vgg
from benchmarks.timing import Pace, Way, medians, memory_beyond_output, timed
from cnn_core import Layer
from cnn_core.layer import Array, Shape
from cnn_core.training.train import train

CORE, TORCH, WHOLE = "core", "PyTorch", "whole batch"


@dataclass(frozen=True)
class Row:
    """What was measured of one case in one direction.

    seconds: of one call, by name of the way. loops: those of the textbook loops, and whether all pictures were timed.
    bound: the least seconds its operations can take. memory: bytes beyond the output, by name of the way.
    """

    kind: str
    name: str
    detail: str
    pictures: int
    seconds: Mapping[str, float]
    loops: tuple[float, bool] | None = None
    bound: float | None = None
    memory: Mapping[str, int] = field(default_factory=dict)

    def ratio(self, peer: str) -> float | None:
        """The core's time over the peer's: below 1 the core is ahead."""
        return self.seconds[CORE] / self.seconds[peer] if peer in self.seconds else None

    @property
    def faster_than_loops(self) -> float | None:
        """The loops' time over the core's."""
        return self.loops[0] / self.seconds[CORE] if self.loops else None


@dataclass(frozen=True)
class Effort:
    """How much time a run may take: the pace of the turns, and seconds for the loops, forward and backward."""

    pace: Pace
    forward: float
    backward: float


CAREFUL = Effort(Pace(rounds=31, seconds=0.004), forward=60.0, backward=2.0)
QUICK = Effort(Pace(rounds=1, seconds=0.0), forward=0.1, backward=0.1)


def convolution(shape: ConvShape, effort: Effort, peak: float) -> Iterator[Row]:
    """One convolution, forward and backward; `peak` is how many operations a second a matrix product reaches."""
    layer = shape.layer()
    x, dy = _arrays(layer, shape.pictures, shape.shape)
    ways = {CORE: ours(layer, x, dy), WHOLE: whole_batch(layer, x, dy)}
    row = Row("conv forward", shape.name, shape.label, shape.pictures, {}, bound=shape.flops() / peak)
    memory = {name: memory_beyond_output(way.forward, _forward_bytes) for name, way in ways.items()}
    forward, backward = _both(row, layer, x, dy, ways, effort)
    yield replace(forward, memory=memory)
    yield replace(backward, kind="conv backward", bound=2 * shape.flops() / peak)


def other_layer(shape: LayerShape, effort: Effort) -> Iterator[Row]:
    """One layer of another kind, forward and backward."""
    x, dy = _arrays(shape.layer, shape.pictures, shape.shape)
    detail = "x".join(map(str, shape.shape))
    row = Row("forward", shape.name, detail, shape.pictures, {})
    forward, backward = _both(row, shape.layer, x, dy, {CORE: ours(shape.layer, x, dy)}, effort)
    yield forward
    yield replace(backward, kind="backward")


def networks(effort: Effort) -> Iterator[Row]:
    """Whole networks: one picture sent through, and one step of training."""
    digit, photo, digits = normal(3, 1, 1, 28, 28), normal(3, 1, 3, 64, 64), normal(3, 64, 1, 28, 28)
    labels = np.random.default_rng(4).integers(0, 10, 64)
    for name, network, x in (("LeNet", lenet(), digit), ("Tiny VGG", tiny_vgg(), photo)):
        core, peer = partial(network.activations, x), partial(torch_network, network, x)
        yield _network("inference", name, x, effort, core, peer)
    steps = train(lenet(), digits, labels, epochs=10**9, rng=np.random.default_rng(0))
    core, peer = partial(next, steps), partial(torch_step, lenet(), digits, labels)
    yield _network("training step", "LeNet", digits, effort, core, peer)


def _network(kind: str, name: str, x: Array, effort: Effort, core: Way, peer: Callable[[], Way]) -> Row:
    ways = {CORE: core} | ({TORCH: peer()} if torch_version() else {})
    return Row(kind, name, "x".join(map(str, x.shape[1:])), len(x), medians(ways, effort.pace))


def _arrays(layer: Layer, pictures: int, shape: Shape) -> tuple[Array, Array]:
    return normal(3, pictures, *shape), normal(4, pictures, *layer.output_shape(shape))


def _both(row: Row, layer: Layer, x: Array, dy: Array, ways: dict[str, Passes], effort: Effort) -> tuple[Row, Row]:
    if torch_version():
        ways = ways | {TORCH: torch_layer(layer, x, dy)}
    forward = medians({name: way.forward for name, way in ways.items()}, effort.pace)
    backward = medians({name: way.backward for name, way in ways.items()}, effort.pace)

    def one_by_one(pictures: int) -> Passes:
        return textbook(layer, x[:pictures], dy[:pictures])

    return (
        replace(row, seconds=forward, loops=_loops(lambda n: one_by_one(n).forward, len(x), effort.forward)),
        replace(row, seconds=backward, loops=_loops(lambda n: one_by_one(n).backward, len(x), effort.backward)),
    )


def _loops(way: Callable[[int], Way], pictures: int, allowed: float) -> tuple[float, bool]:
    """Time the loops on as many pictures as the seconds `allowed` are enough for: they do one after the other.

    A long time is measured once, a short one several times, of which the median is taken.
    """
    measured = max(1, min(pictures, int(allowed / timed(way(1), 1))))
    first = timed(way(measured), 1)
    again = [timed(way(measured), 1) for _ in range(min(4, int(1 / first)))]
    return median([first, *again]) * pictures / measured, measured == pictures


def _forward_bytes(result: object) -> int:
    return result.nbytes if isinstance(result, np.ndarray) else 0
