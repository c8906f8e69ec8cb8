"""The training command: checks its arguments first, trains, writes weights, and prints their accuracy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from app.__main__ import main
from cnn_core import zoo
from tests.app.commands.mnist_files import IMAGES, idx, write_idx


def test_missing_and_broken_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out.npz")
    assert main(["train", "digits", "--data", str(tmp_path), "--out", out]) == 2
    assert "mnist_train.npz" in capsys.readouterr().err
    write_idx(tmp_path, False)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES)[:-5])
    assert main(["train", "digits", "--data", str(tmp_path), "--out", out]) == 2
    assert "train-images-idx3-ubyte" in capsys.readouterr().err
    assert not (tmp_path / "out.npz").exists()


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--seed", "-1"], "--seed must be 0 or more, but it is -1"),
        (["--epochs", "0"], "--epochs must be 1 or more, but it is 0"),
        (["--out", "{}/weights"], "ends with .npz"),
        (["--out", "{}/weights.txt"], "ends with .npz"),
        (["--out", ""], "ends with .npz"),
        (["--out", "{}/folder.npz"], "folder.npz is a folder"),
        (["--out", "{}/train-labels-idx1-ubyte.gz/out.npz"], "cannot"),
        pytest.param(
            ["--out", "/proc/out.npz"], "cannot", marks=on_linux
        ),  # a folder that takes no files, even from root
    ],
)
def test_what_was_typed_is_checked_before_the_training(
    more: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_idx(tmp_path, True)
    (tmp_path / "folder.npz").mkdir()
    before = sorted(tmp_path.rglob("*"))
    refused(said, tmp_path, capsys, *(word.format(tmp_path) for word in more))
    assert sorted(tmp_path.rglob("*")) == before


def refused(said: str, folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> None:
    assert main(["train", "digits", "--data", str(folder), "--out", str(folder / "out.npz"), *more]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert "pickle" not in printed.err


def test_training_writes_weights_of_four_decimals_and_the_same_ones_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_idx(tmp_path, True)
    written = []
    for name in ("a.npz", "b.npz"):
        out = tmp_path / "made" / name
        command = ["train", "digits", "--data", str(tmp_path), "--out", str(out), "--seed", "5", "--epochs", "2"]
        assert main(command) == 0
        assert "test accuracy" in capsys.readouterr().out
        with np.load(out, allow_pickle=False) as arrays:
            written.append({key: arrays[key] for key in arrays})
    network = zoo.unpacked(zoo.untrained("digits", np.random.default_rng(0)), written[0])
    weights = np.concatenate([array.ravel() for array in written[0].values()])
    assert np.array_equal(weights, np.round(weights, 4))
    assert all(np.array_equal(written[0][key], written[1][key]) for key in written[0])
    assert network.names == ("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "dense")
