"""The report on pasted pictures runs on every network of the zoo, and counts what lies in the right half."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import pasted
from benchmarks.pasted import MAPS, main, share
from cnn_core.zoo import ZOO


def test_the_share_is_that_of_what_is_positive() -> None:
    values = np.array([[[1.0, -9.0, 2.0, 0.0]], [[0.0, 0.0, 0.0, 1.0]]])
    assert share(values, 0) == 0.25
    assert share(values, 1) == 0.75
    assert share(-np.abs(values), 1) is None


def test_pictures_are_pasted_side_by_side() -> None:
    left, right = np.arange(16.0).reshape(1, 4, 4), np.arange(16.0, 32).reshape(1, 4, 4)
    narrow = pasted._paste(left, right)
    assert narrow.shape == (1, 1, 4, 4)
    assert narrow[0, 0, 0].tolist() == [0.5, 2.5, 16.5, 18.5]
    photos = pasted._paste(np.repeat(left, 3, axis=0), np.repeat(right, 3, axis=0))
    assert photos[0, 2, 1].tolist() == [4.0, 5.0, 22.0, 23.0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ZOO)
def test_it_says_how_much_lies_in_the_half_of_the_class(
    name: str, shared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["pasted", name, "--pairs", "2", "--data", str(shared / "data")])
    main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{name}: 2 pictures")
    for kind, line in zip(MAPS, lines[-len(MAPS) :], strict=True):
        assert line.startswith(kind)
        assert line.count("%") == 2 or "-" in line
