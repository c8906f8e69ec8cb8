"""What all readers of labelled pictures check, and how pictures are scaled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.commands.datasets import labelled, read_npz

IMAGES = np.arange(2 * 3 * 2 * 2, dtype=np.uint8).reshape(2, 3, 2, 2)


def test_bytes_become_shares_of_255_in_float32() -> None:
    images, labels = labelled(np.full((1, 1, 1, 3), [0, 51, 255], np.uint8), np.array([9], np.uint8), "file")
    assert images.dtype == np.float32
    assert images.ravel().tolist() == [0.0, np.float32(0.2), 1.0]
    assert labels.dtype == np.int64
    assert labels.tolist() == [9]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (np.array([0]), "(1,) of int64 from 0 to 0"),
        (np.array([0, 10]), "from 0 to 10"),
        (np.array([-1, 3]), "from -1 to 3"),
        (np.array([0.0, 1.0]), "(2,) of float64"),
        (np.array([[0], [1]]), "(2, 1) of int64"),
    ],
)
def test_a_label_from_0_to_9_is_expected_for_each_picture(labels: NDArray[np.int64], said: str) -> None:
    with pytest.raises(
        ValueError, match=r"these files must hold a label from 0 to 9 for each of the 2 "
    ) as caught:
        labelled(IMAGES, labels, "these files")
    assert said in str(caught.value)


def test_arrays_are_read_by_name_in_the_order_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    np.savez(path, a=np.arange(3), b=np.arange(4), c=np.arange(5))
    c, a = read_npz(path, "c", "a")
    assert (len(c), len(a)) == (5, 3)


def test_a_missing_array_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    np.savez(path, a=np.arange(3))
    with pytest.raises(ValueError, match=r"with the arrays a and b, but it has a\."):
        read_npz(path, "a", "b")


def test_an_object_array_is_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    np.savez(path, a=np.array([{}]))
    with pytest.raises(ValueError, match="cannot be read as one"):
        read_npz(path, "a")
