"""The benchmark runs, measures every kind of case, and says so in one table. How long anything takes is not tested."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MARK = "<!-- Written by python -m benchmarks --write -->\n"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bench") / "BENCHMARKS.md"
    file.write_text(f"# By hand\n\n{MARK}\nwhat was there before\n", "utf-8")
    command = [sys.executable, "-m", "benchmarks", "--quick", "--write", str(file)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert file.read_text("utf-8").partition(MARK)[2].strip() in run.stdout
    return file


def rows(text: str, first: str = "layer") -> list[dict[str, str]]:
    """The lines of the table whose first column is named so, each by the names of the columns."""
    table = next(part for part in text.split("\n\n") if part.startswith(f"| {first}"))
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    head, rule, *found = lines
    assert {len(line) for line in lines} == {len(head)}
    assert all(set(cell) == {"-"} for cell in rule)
    return [dict(zip(head, line, strict=True)) for line in found]


@pytest.mark.slow
def test_every_kind_of_case_is_in_the_table(written: Path) -> None:
    found = rows(written.read_text("utf-8"))
    passes = [row["pass"] for row in found]
    assert passes == ["forward", "backward", "forward", "backward", "inference", "inference", "training step"]
    assert all(re.fullmatch(r"\d[\d.e+]* [um]s", row["core"]) for row in found)
    assert all(float(row["/ whole batch"]) > 0 for row in found[:2])
    assert all(int(row["faster than loops"].replace(",", "").lstrip("~")) >= 1 for row in found[:4])
    assert all(float(row["x bound"]) > 0 for row in found[:2])


def test_the_memory_is_measured_beyond_the_output(written: Path) -> None:
    own, whole = map(float, rows(written.read_text("utf-8"))[0]["MiB: core / whole batch"].split(" / "))
    # 150 numbers a window of 4 bytes, 100 windows: 0.06 MiB, plus what else is needed
    assert 0.06 <= own < 1
    assert 0.06 <= whole < 1


def test_a_peer_that_is_missing_is_said_to_be(written: Path) -> None:
    text = written.read_text("utf-8")
    ratios = {row["/ PyTorch"] for row in rows(text)}
    assert (ratios == {"not installed"}) is (find_spec("torch") is None)
    assert ("PyTorch not installed" in text) is (find_spec("torch") is None)


def test_filters_have_a_table_of_their_own(written: Path) -> None:
    text = written.read_text("utf-8")
    (row,) = rows(text, "filter")
    assert row["filter on 512x512 RGB"] == "3x3, any numbers"
    assert re.fullmatch(r"\d[\d.e+]* [um]s", row["core"])
    assert float(row["/ Pillow"]) > 0
    assert float(row["estimate / core"]) > 0
    assert (row["/ OpenCV"] == "not installed") is (find_spec("cv2") is None)
    assert ("OpenCV not installed" in text) is (find_spec("cv2") is None)


def test_the_geometric_means_stand_below_the_table(written: Path) -> None:
    text = written.read_text("utf-8")
    means = [line for line in text.splitlines() if "geometric mean of 1:" in line]
    assert [line.partition(",")[0] for line in means] == ["conv forward", "conv backward"]
    assert all("times faster than the loops" in line for line in means)
    assert ["PyTorch" in line for line in means] == [find_spec("torch") is not None] * 2
    # of one shape, the mean is its ratio
    ratios = re.findall(r"([\d.]+) x whole batch", "\n".join(means))
    assert ratios == [row["/ whole batch"] for row in rows(text)[:2]]


def test_what_stands_above_the_mark_is_kept(written: Path) -> None:
    text = written.read_text("utf-8")
    assert text.startswith(f"# By hand\n\n{MARK}")
    assert "what was there before" not in text
