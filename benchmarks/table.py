"""Write what was measured as one table, and the geometric means below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, fsum, log

from benchmarks.filters import OPENCV, PILLOW, FilterRow
from benchmarks.measure import CORE, TORCH, WHOLE, Row

FILTER_HEAD = ("filter on 512x512 RGB", "core", "/ OpenCV", "/ Pillow", "estimate / core")
HEAD = (
    "layer",
    "N",
    "pass",
    "core",
    "/ PyTorch",
    "/ whole batch",
    "faster than loops",
    "x bound",
    "MiB: core / whole batch",
)
MISSING = "–"


def table(rows: Sequence[Row], torch: bool) -> str:
    """One line for each row; ratios are time over time, below 1 the core is ahead."""
    return _lines([HEAD, *(_cells(row, torch) for row in rows)])


def filter_table(rows: Sequence[FilterRow], opencv: bool) -> str:
    """One line for each filter; ratios are time over time, below 1 the core is ahead."""
    return _lines([FILTER_HEAD, *(_filter_cells(row, opencv) for row in rows)])


def _lines(lines: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("-" * width for width in widths))
    padded = ([cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in padded)


def means(rows: Sequence[Row]) -> Iterator[str]:
    """For the convolutions of each direction, the geometric means over their shapes."""
    for kind in ("conv forward", "conv backward"):
        chosen = [row for row in rows if row.kind == kind]
        if not chosen:
            continue
        parts = []
        for peer in (TORCH, WHOLE):
            ratios = [ratio for row in chosen if (ratio := row.ratio(peer)) is not None]
            parts += [f"{_mean(ratios):.2f} x {peer}"] if ratios else []
        loops = [faster for row in chosen if (faster := row.faster_than_loops) is not None]
        parts.append(f"{_mean(loops):,.0f} times faster than the loops (at least {min(loops):,.0f})")
        yield f"{kind}, geometric mean of {len(chosen)}: " + "; ".join(parts)


def _mean(ratios: Sequence[float]) -> float:
    return exp(fsum(map(log, ratios)) / len(ratios))


def _cells(row: Row, torch: bool) -> tuple[str, ...]:
    return (
        f"{row.name}: {row.detail}",
        str(row.pictures),
        row.kind.removeprefix("conv "),
        time(row.seconds[CORE]),
        _ratio(row.ratio(TORCH)) if torch else "not installed",
        _ratio(row.ratio(WHOLE)),
        _loops(row),
        MISSING if row.bound is None else f"{row.seconds[CORE] / row.bound:.1f}",
        " / ".join(f"{row.memory[name] / 2**20:.1f}" for name in (CORE, WHOLE) if name in row.memory) or MISSING,
    )


def _filter_cells(row: FilterRow, opencv: bool) -> tuple[str, ...]:
    return (
        row.label,
        time(row.seconds[CORE]),
        _ratio(row.ratio(OPENCV)) if opencv else "not installed",
        _ratio(row.ratio(PILLOW)),
        f"{row.estimate / row.seconds[CORE]:.2f}",
    )


def time(seconds: float) -> str:
    """A time with the unit that suits it."""
    return f"{seconds * 1e6:.3g} us" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"


def _ratio(ratio: float | None) -> str:
    return MISSING if ratio is None else f"{ratio:.2f}"


def _loops(row: Row) -> str:
    faster = row.faster_than_loops
    if row.loops is None or faster is None:
        return MISSING
    return ("" if row.loops[1] else "~") + f"{faster:,.0f}"
