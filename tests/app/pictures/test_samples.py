"""The pictures that come with the site: all open, are listed in order, and are credited."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from app.pictures.samples import PHOTOS, open_sample, sample_names
from app.refusal import Refusal
from cnn_core.samples.patterns import SAMPLES, sample

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", [each.name for each in sample_names()])
def test_every_sample_opens(name: str) -> None:
    picture = open_sample(name)
    assert picture.mode in ("L", "RGB")
    if name in SAMPLES:
        drawn = sample(name)
        levels = np.asarray(picture) / 255
        assert np.array_equal(
            levels if len(drawn) == 1 else levels.transpose(2, 0, 1), drawn[0] if len(drawn) == 1 else drawn
        )
    else:
        assert picture.size == (256, 256)


def test_samples_are_listed_by_kind() -> None:
    kinds = [each.kind for each in sample_names()]
    assert kinds == sorted(kinds, key=["digit", "pattern", "photo"].index)
    assert [each.name for each in sample_names()][:3] == ["digit-0", "digit-1", "digit-2"]
    assert {"cat", "astronaut"} <= {each.name for each in sample_names() if each.kind == "photo"}


def test_every_photograph_is_credited() -> None:
    credit = (ROOT / "static/samples/CREDITS.md").read_text("utf-8")
    assert set(re.findall(r"^\| ([\w-]+)\.jpg \|", credit, re.MULTILINE)) == set(PHOTOS)


def test_an_unknown_sample_is_told_which_there_are() -> None:
    with pytest.raises(Refusal) as caught:
        open_sample("dog")
    assert (caught.value.status, caught.value.code, caught.value.values["got"]) == (404, "unknown-sample", "dog")
    assert "cat" in str(caught.value.values["known"])


def test_the_second_handwriting_of_a_digit_is_known_by_its_name() -> None:
    another = [each.name for each in sample_names() if each.another]
    assert another == ["digit-1-serif", "digit-2-looped", "digit-4-closed", "digit-7-crossed"]
