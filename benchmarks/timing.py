"""Time several ways of doing one thing: in turns, again and again, and keep each way's median.

Another program that slows the machine down for a moment slows all of them, so their ratio stays what it is.
"""

from __future__ import annotations

import gc
import threading
import tracemalloc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

Way = Callable[[], object]


@dataclass(frozen=True)
class Pace:
    """How patiently to measure: so many rounds, in each of which every way runs for about `seconds`."""

    rounds: int
    seconds: float


def medians(ways: Mapping[str, Way], pace: Pace) -> dict[str, float]:
    """Name -> the median seconds of one call. Each runs twice before: to warm up, and to see how often to call it."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    calls = {}
    for name, way in ways.items():
        way()
        calls[name] = max(1, round(pace.seconds / max(timed(way, 1), 1e-7)))
    names = list(ways)
    collecting = gc.isenabled()
    gc.disable()
    try:
        for turn in range(pace.rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:  # nobody is always the first
                times[name].append(timed(ways[name], calls[name]))
    finally:
        if collecting:
            gc.enable()
    return {name: median(found) for name, found in times.items()}


def timed(way: Way, calls: int) -> float:
    """Seconds that one call takes, the mean of `calls` in a row."""
    start = perf_counter()
    for _ in range(calls):
        way()
    return (perf_counter() - start) / calls


def memory_beyond_output(way: Way, size: Callable[[object], int]) -> int:
    """Bytes that NumPy and Python hold at the worst moment of a call, less the `size` of what it returns.

    A new thread has no scratch memory yet, so that this is counted too.
    """
    beyond = []

    def measure() -> None:
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        out = way()
        beyond.append(tracemalloc.get_traced_memory()[1] - before - size(out))
        tracemalloc.stop()

    thread = threading.Thread(target=measure)
    thread.start()
    thread.join()
    return beyond[0]


def gemm_peak(pace: Pace) -> float:
    """The most floating-point operations a second that a matrix product of this NumPy reaches on this machine."""
    a, b = (np.random.default_rng(n).normal(size=(768, 768)).astype(np.float32) for n in (1, 2))
    out = np.empty_like(a)
    return 2 * 768**3 / medians({"gemm": lambda: np.matmul(a, b, out=out)}, pace)["gemm"]
