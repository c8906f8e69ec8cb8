"""`python -m benchmarks`: measure everything in one run and print one table; `make bench` calls it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks.filters import FILTERS, filters, opencv_version
from benchmarks.machine import description
from benchmarks.measure import CAREFUL, QUICK, Row, convolution, networks, other_layer
from benchmarks.peers import torch_version
from benchmarks.shapes import CONVOLUTIONS, OTHERS, SMALLEST
from benchmarks.table import filter_table, means, table
from benchmarks.timing import gemm_peak

MARK = "<!-- Written by python -m benchmarks --write -->\n"


def main() -> None:
    """Measure, print, and write where asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few seconds: one shape and one filter, hardly measured")
    parser.add_argument("--write", type=Path, metavar="FILE", help="also put the result into FILE, below its mark")
    options = parser.parse_args()
    effort = QUICK if options.quick else CAREFUL
    peak = gemm_peak(effort.pace)
    rows = []
    for row in _rows(options.quick, peak):
        rows.append(row)
        print(".", end="", flush=True)
    filtered = []
    for filter_row in filters(FILTERS[:1] if options.quick else FILTERS, effort.pace):
        filtered.append(filter_row)
        print(".", end="", flush=True)
    tables = table(rows, torch_version() is not None), filter_table(filtered, opencv_version() is not None)
    result = "\n\n".join((description(peak), tables[0], "\n".join(means(rows)), tables[1]))
    print("\n" + result)
    if options.write:
        before = options.write.read_text("utf-8").partition(MARK)[0]
        options.write.write_text(f"{before}{MARK}\n{result}\n", "utf-8")


def _rows(quick: bool, peak: float) -> Iterator[Row]:
    effort = QUICK if quick else CAREFUL
    for shape in SMALLEST if quick else CONVOLUTIONS:
        yield from convolution(shape, effort, peak)
    for other in OTHERS[:1] if quick else OTHERS:
        yield from other_layer(other, effort)
    yield from networks(effort)


if __name__ == "__main__":
    main()
