"""The measuring command: it counts what a network takes each test picture for, and writes a table that can be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.__main__ import main
from app.commands.datasets import labelled
from cnn_core import load_network
from cnn_core.training.train import confusion
from cnn_core.zoo import ZOO

RNG = np.random.default_rng(4)
IMAGES = RNG.integers(0, 256, (60, 28, 28), dtype=np.uint8)
LABELS = RNG.integers(0, 10, 60, dtype=np.uint8)


def test_it_writes_a_row_of_counts_for_each_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "mnist_test.npz", images=IMAGES, labels=LABELS)
    out = tmp_path / "made" / "counts.csv"
    assert main(["measure", "digits", "--data", str(tmp_path), "--out", str(out)]) == 0
    head, *rows = out.read_text("utf-8").splitlines()
    assert head == "0,1,2,3,4,5,6,7,8,9"
    counts = [[int(text) for text in row.split(",")] for row in rows]
    images, labels = labelled(IMAGES[:, None], LABELS, "here")
    assert counts == confusion(load_network("digits"), images.astype(np.float64), labels).tolist()
    assert [sum(row) for row in counts] == np.bincount(LABELS, minlength=10).tolist()
    assert f"{sum(counts[at][at] for at in range(10)) / 60:.4f} on 60 pictures" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("out", "said"), [("counts.npz", "ends with .csv"), ("", "ends with .csv"), ("folder.csv", "is a folder")]
)
def test_what_was_typed_is_checked_first(
    out: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "mnist_test.npz", images=IMAGES, labels=LABELS)
    (tmp_path / "folder.csv").mkdir()
    assert main(["measure", "digits", "--data", str(tmp_path), "--out", str(tmp_path / out) if out else ""]) == 2
    assert said in capsys.readouterr().err


def test_the_command_that_is_stated_is_one_that_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for entry in ZOO.values():
        *words, _, out = entry.confusion_command.split()
        assert words[:3] == ["python", "-m", "app"]
        assert out == f"cnn_core/weights/{entry.confusion_file.name}"
        at = words.index("FOLDER")
        words[at] = str(tmp_path)
        assert main([*words[3:], "--out", str(tmp_path / "new.csv")]) == 2
        assert "--data must be a folder" in capsys.readouterr().err
