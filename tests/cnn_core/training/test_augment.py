"""Augmentation: pictures are bent, moved and mirrored as told, and no further."""

from __future__ import annotations

import numpy as np
import pytest

from cnn_core.training.augment import mirrored, nudged
from tests.cnn_core.cases import normal


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_nudge_of_nothing_changes_nothing(dtype: type) -> None:
    x = normal((3, 2, 5, 7), 1, dtype)
    found = nudged(0, 0, 0)(x, np.random.default_rng(0))
    assert found.dtype == x.dtype
    np.testing.assert_allclose(found, x, rtol=1e-5, atol=1e-6)


def test_a_nudge_moves_a_spot_by_no_more_than_it_may() -> None:
    x = np.zeros((50, 1, 15, 15))
    x[:, :, 7, 7] = 1
    found = nudged(2, 0, 0)(x, np.random.default_rng(0))
    np.testing.assert_allclose(found.sum(axis=(1, 2, 3)), 1)
    rows = (found.sum(axis=(1, 3)) * np.arange(15)).sum(axis=1) - 7
    assert np.abs(rows).max() <= 2
    assert rows.std() > 0.5


def test_a_turn_keeps_the_middle_and_what_comes_from_outside_is_zero() -> None:
    x = np.ones((20, 1, 9, 9))
    found = nudged(0, 45, 0)(x, np.random.default_rng(0))
    np.testing.assert_allclose(found[:, :, 4, 4], 1)
    assert found[:, :, 0, 0].min() < 0.5
    assert 0 <= found.min() <= found.max() <= 1 + 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_mirroring_turns_about_half_of_the_pictures_and_changes_nothing_else(dtype: type) -> None:
    x = normal((400, 3, 4, 6), 1, dtype)
    found = mirrored(0)(x, np.random.default_rng(0))
    assert found.dtype == x.dtype
    same = (found == x).all(axis=(1, 2, 3))
    turned = (found == x[..., ::-1]).all(axis=(1, 2, 3))
    assert (same ^ turned).all()
    assert 160 < turned.sum() < 240


def test_a_picture_is_moved_whole_by_every_distance_that_it_may_and_no_further() -> None:
    x = np.zeros((900, 2, 9, 9))
    x[:, 0, 4, 4], x[:, 1, 4, 4] = 1, 2
    found = mirrored(2)(x, np.random.default_rng(0))
    np.testing.assert_array_equal(found[:, 1], 2 * found[:, 0])
    np.testing.assert_array_equal(found.sum(axis=(2, 3)), [[1, 2]] * 900)
    _, rows, columns = np.nonzero(found[:, 0])
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {(i, j) for i in range(2, 7) for j in range(2, 7)}


def test_what_comes_from_outside_a_moved_picture_is_zero() -> None:
    found = mirrored(3)(np.ones((50, 1, 8, 8)), np.random.default_rng(0))
    assert set(np.unique(found)) == {0, 1}
    assert {int(rows) for rows in found.any(axis=3).sum(axis=(1, 2))} == {5, 6, 7, 8}


def test_the_pictures_that_were_given_stay_as_they_were() -> None:
    x = normal((6, 3, 8, 8), 1)
    x.flags.writeable = False
    assert not np.shares_memory(mirrored(0)(x, np.random.default_rng(0)), x)
