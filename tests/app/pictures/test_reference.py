"""A picture's name in an address, and the picture it stands for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.pictures.decode import PICTURE_SECONDS, encode_png, picture_key
from app.pictures.reference import LONGEST_DRAWING, PEN, POINT_DIGITS, SHEET, ImageRef, open_picture, read_strokes
from app.refusal import Refusal
from app.store.memory import MemoryStore
from app.store.protocol import Store, open_store
from app.uploads.ownership import PICTURE_ID

ROOT = Path(__file__).resolve().parents[3]
POINT = st.text(POINT_DIGITS, min_size=2, max_size=2)
STROKE = st.lists(POINT, min_size=1, max_size=20).map("".join)
DRAWING = st.lists(STROKE, min_size=1, max_size=10).map(".".join)


@pytest.fixture
def store() -> Store:
    return open_store("memory:")


def refused(text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        ImageRef.parse(text)
    return caught.value


@given(DRAWING)
def test_a_drawing_survives_its_address(payload: str) -> None:
    ref = ImageRef.parse(f"drawn.{payload}")
    assert ref == ImageRef("drawn", payload)
    assert ImageRef.parse(str(ref)) == ref


@pytest.mark.parametrize("text", ["sample.digit-3", "sample.cat", "upload." + "0a" * 16, "drawn.AABB.CC-_", "drawn.0"])
def test_a_name_survives_being_read_and_written(text: str) -> None:
    assert str(ImageRef.parse(text)) == text


def test_an_empty_sheet_has_one_name() -> None:
    assert str(ImageRef.parse("drawn.")) == "drawn.0"


NO_PICTURES = (
    ["", "sample", "sample.", "photo.cat", "Sample.cat", "sample.Cat", "sample.../etc", "sample.é", "sample.a b"]
    + ["sample.cat\n", "upload.", "upload.x", "upload." + "0A" * 16, "upload." + "0" * 31, "upload." + "0" * 33]
    + ["upload." + "١" * 32, "upload.../../key", "drawn", "drawn.A=", "drawn.A "]
)


@pytest.mark.parametrize("text", NO_PICTURES)
def test_what_names_no_picture_is_refused(text: str) -> None:
    refusal = refused(text)
    assert (refusal.status, refusal.code) == (400, "image-unreadable")
    assert refusal.values["got"] == text


@pytest.mark.parametrize(
    "payload", ["A", "AAA", "AA..BB", ".AA", "AA.", ".", "00.1", "AA" * (LONGEST_DRAWING // 2 + 1)]
)
def test_a_payload_that_is_no_drawing_is_refused(payload: str) -> None:
    refusal = refused(f"drawn.{payload}")
    assert (refusal.status, refusal.code) == (400, "drawing-unreadable")
    assert refusal.values["length"] == len(payload)


def test_bad_input_is_repeated_only_in_part() -> None:
    assert len(str(refused("x" * 5000).values["got"])) < 100


def test_the_names_of_uploads_are_those_that_the_intake_gives() -> None:
    for text in ("0a" * 16, "0a" * 15, "0A" * 16, "g" * 32):
        known = PICTURE_ID.fullmatch(text) is not None
        if known:
            assert ImageRef.parse(f"upload.{text}").name == text
        else:
            assert refused(f"upload.{text}").status == 400


def test_strokes_are_points_on_a_grid_of_64() -> None:
    assert read_strokes("0") == []
    half = 0.5 / 64
    assert read_strokes("AA__.A_") == [[(half, half), (1 - half, 1 - half)], [(half, 1 - half)]]


def test_a_drawing_is_dark_ink_on_white(store: Store) -> None:
    across = open_picture(ImageRef.parse("drawn.Ag_g"), store)
    assert (across.mode, across.size) == ("L", (SHEET, SHEET))
    levels = np.asarray(across)
    assert levels[SHEET // 2].max() == 0, "the line crosses the sheet"
    assert (levels[:100] == 255).all()
    assert (levels < 128).sum() / SHEET == pytest.approx(PEN * SHEET, rel=0.05), "as wide as the pen"
    upright = np.asarray(open_picture(ImageRef.parse("drawn.gAg_"), store))
    assert np.abs(upright.T.astype(int) - levels).max() <= 1, "x comes before y"
    assert np.asarray(open_picture(ImageRef.parse("drawn.0"), store)).min() == 255
    assert np.asarray(open_picture(ImageRef.parse("drawn.gg"), store)).min() == 0


def test_the_pad_and_the_server_agree_on_the_drawing() -> None:
    script = (ROOT / "static/js/drawing.js").read_text("utf-8")
    says = dict(re.findall(r"const (DIGITS|GRID|PEN|LONGEST) = \"?([^\";]+)\"?;", script))
    assert says == {"DIGITS": POINT_DIGITS, "GRID": "64", "PEN": str(PEN), "LONGEST": str(LONGEST_DRAWING)}


def test_an_upload_is_kept_while_it_is_used_and_then_forgotten() -> None:
    now = [1000.0]
    store = MemoryStore(10_000_000, lambda: now[0])
    ref = ImageRef("upload", "0a" * 16)
    picture = Image.new("RGB", (3, 2), (10, 200, 30))
    store.put(picture_key(ref.name), encode_png(picture), PICTURE_SECONDS)
    for _ in range(3):
        now[0] += 0.9 * PICTURE_SECONDS
        assert open_picture(ref, store).tobytes() == picture.tobytes()
    now[0] += 1.1 * PICTURE_SECONDS
    with pytest.raises(Refusal) as caught:
        open_picture(ref, store)
    assert (caught.value.status, caught.value.code) == (410, "picture-forgotten")
