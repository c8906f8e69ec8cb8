"""What filters are compared in is the same in all programs."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.filters import CORE, FILTERS, OPENCV, PILLOW, Case, photograph, ways

cases = pytest.mark.parametrize("case", FILTERS, ids=lambda case: case.label)


@cases
def test_opencv_gives_the_same(case: Case) -> None:
    pytest.importorskip("cv2")
    found = ways(case)
    ours, theirs = np.asarray(found[CORE]()), np.asarray(found[OPENCV]())
    assert theirs.dtype == ours.dtype == np.float32
    assert np.abs(ours - theirs.transpose(2, 0, 1)).max() <= 1e-5 * np.ptp(ours)


@cases
def test_pillow_gives_the_same_rounded_to_what_a_file_holds(case: Case) -> None:
    found = ways(case)
    assert (PILLOW in found) is (len(case.kernel) in (3, 5))
    if PILLOW not in found:
        return
    edge = len(case.kernel) // 2  # which Pillow leaves as it is
    ours = np.asarray(found[CORE]())[:, edge:-edge, edge:-edge]
    theirs = np.asarray(found[PILLOW]()).transpose(2, 0, 1)[:, edge:-edge, edge:-edge]
    assert np.abs(np.clip(ours * 255, 0, 255) - theirs).max() <= 0.51


def test_the_photograph_is_one() -> None:
    x = photograph()
    assert x.shape == (3, 512, 512)
    assert x.dtype == np.float32
    assert 0 <= x.min() < 0.2 < 0.8 < x.max() <= 1
