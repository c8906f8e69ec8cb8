"""Any picture fits a network: nothing is distorted, clean digits keep their pixels, photographs of paper are read."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from app.pictures.fit import Fitted, fit
from app.pictures.reference import ImageRef, open_picture
from app.pictures.samples import sample_names
from app.refusal import Refusal
from app.store.protocol import open_store
from cnn_core import load_network
from cnn_core.samples.patterns import sample

GREY = (1, 28, 28)
Grey = NDArray[np.float64]


@pytest.fixture(scope="module")
def mnist(shared: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """300 test digits and what they are."""
    with np.load(shared / "data" / "mnist_test.npz") as data:
        return data["images"][5000:5300], data["labels"][5000:5300]


def picture(levels: Grey) -> Image.Image:
    return Image.fromarray(np.round(np.clip(levels, 0, 1) * 255).astype(np.uint8))


def check(fitted: Fitted, shape: tuple[int, int, int] = GREY) -> None:
    x = fitted.x
    assert x.shape == shape
    assert x.dtype == np.float64
    assert np.array_equal(np.round(x * 255) / 255, x), "whole 255ths, and no NaN"
    assert x.min() >= 0
    assert x.max() <= 1
    for stage in fitted.stages:
        assert 1 <= max(stage.picture.size) <= 280
        if stage.box is not None:
            left, top, width, height = stage.box
            assert left >= 0
            assert top >= 0
            assert min(width, height) >= 1
            assert left + width <= stage.picture.width
            assert top + height <= stage.picture.height
    last = np.asarray(fitted.stages[-1].picture)
    assert np.array_equal(last[np.newaxis] if shape[0] == 1 else last.transpose(2, 0, 1), np.round(x * 255))


def names(fitted: Fitted) -> list[str]:
    return [stage.name for stage in fitted.stages]


SIZES = st.one_of(
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
    st.integers(1, 16).map(lambda side: (side, 64 * side)),
    st.integers(1, 16).map(lambda side: (64 * side, side)),
)


@settings(max_examples=60)
@given(
    SIZES,
    st.sampled_from(["L", "RGB"]),
    st.sampled_from(["noise", "blank", "mid", "dot", "slope", "half"]),
    st.sampled_from(["auto", "whole"]),
    st.sampled_from(["auto", "dark", "light"]),
    st.sampled_from([GREY, (3, 32, 32), (3, 64, 64)]),
)
def test_anything_fits(
    size: tuple[int, int], mode: str, what: str, crop: str, ink: str, shape: tuple[int, int, int]
) -> None:
    width, height = size
    levels = np.ones((height, width)) * {"blank": 1.0, "mid": 0.5}.get(what, 0.9)
    if what == "noise":
        levels = np.random.default_rng(width * 1000 + height).random((height, width))
    elif what == "dot":
        levels[height // 3, width // 2] = 0
    elif what == "slope":
        levels = np.linspace(0, 1, width)[np.newaxis] * np.linspace(0.5, 1, height)[:, np.newaxis]
    elif what == "half":
        levels[:, : width // 2] = 0.1
    fitted = fit(picture(levels).convert(mode), shape, crop, ink)  # type: ignore[arg-type]
    check(fitted, shape)
    if ink != "auto" and shape[0] == 1:
        assert fitted.ink == ink


@pytest.mark.parametrize("size", [(1, 1), (1, 64), (64, 1), (2, 2), (28, 28), (1024, 16), (1024, 1024)])
@pytest.mark.parametrize("level", [0, 1, 127, 254, 255])
def test_a_blank_picture_has_no_ink(size: tuple[int, int], level: int) -> None:
    fitted = fit(Image.new("L", size, level), GREY)
    check(fitted)
    assert fitted.box is None
    assert np.ptp(fitted.x) in (0, fitted.x.max())
    if level in (0, 255):
        assert fitted.x.max() == 0, "an empty sheet is no ink, black or white"
    if size != (28, 28):
        assert not fitted.ink_found


@settings(max_examples=40)
@given(st.integers(12, 400), st.integers(12, 400), st.integers(2, 60), st.integers(2, 60), st.booleans())
def test_proportions_are_kept(width: int, height: int, w: int, h: int, dark: bool) -> None:
    w, h = min(w, width // 2), min(h, height // 2)
    levels = np.zeros((height, width))
    top, left = (height - h) // 3, (width - w) // 4
    levels[top : top + h, left : left + w] = 1
    fitted = fit(picture(1 - levels if dark else levels), GREY)
    check(fitted)
    if (width, height) == (28, 28):
        return
    assert fitted.ink == ("dark" if dark else "light")
    assert fitted.box == (left, top, w, h)
    inked = fitted.x[0] > 0.4  # Enlarged, an edge is soft: it lies where the ink is half as strong.
    across, down = inked.sum(axis=1).max(), inked.sum(axis=0).max()
    assert max(across, down) == pytest.approx(20, abs=1.0)
    # Narrower than the network's pens, a bar would be gone over with a wider one.
    if min(w, h) * 20 / max(w, h) > 2:
        assert min(across, down) == pytest.approx(20 * min(w, h) / max(w, h), abs=1.0)


def test_a_ring_stays_round_on_a_long_sheet() -> None:
    y, x = np.mgrid[0:60, 0:900]
    ring = np.clip(3.5 - np.abs(np.hypot(x - 700.3, y - 30.2) - 18), 0, 1)
    ink = fit(picture(1 - ring), GREY).x[0]
    # Centred by mass, so it may lie half a pixel off; the second moments do not care.
    at = np.arange(28)
    moments = []
    for axis in (0, 1):
        mass = ink.sum(axis=axis) / ink.sum()
        moments.append(float(mass @ (at - mass @ at) ** 2))
    assert moments[0] == pytest.approx(moments[1], rel=0.03)


@settings(max_examples=30)
@given(st.integers(1, 300), st.integers(1, 300))
def test_the_whole_picture_keeps_its_proportions(width: int, height: int) -> None:
    if (width, height) == (28, 28):
        return
    fitted = fit(Image.new("L", (width, height), 255), GREY, "whole", "light")
    rows, columns = (np.flatnonzero(fitted.x[0].max(axis=axis)) for axis in (1, 0))
    factor = 28 / max(width, height)
    assert len(rows) == max(1, round(height * factor))
    assert len(columns) == max(1, round(width * factor))
    assert abs(rows[0] - (27 - rows[-1])) <= 1, "in the middle"


def test_every_step_is_shown() -> None:
    sheet = np.ones((300, 500, 3)) * (0.9, 0.9, 0.6)
    sheet[100:200, 250:290] = (0.1, 0.1, 0.5)
    photo = Image.fromarray((sheet * 255).astype(np.uint8))
    fitted = fit(photo, GREY)
    assert names(fitted) == ["original", "grey", "ink", "box", "scaled", "centred"]
    assert fitted.box == (250, 100, 40, 100)
    shown = {stage.name: stage for stage in fitted.stages}
    assert shown["original"].picture.mode == "RGB"
    assert shown["box"].picture.size == (280, 168)
    assert shown["box"].box == (140, 56, 23, 57)
    assert shown["scaled"].picture.size == (8, 20)
    assert names(fit(photo, GREY, "whole")) == ["original", "grey", "ink", "whole"]
    part = fit(photo, GREY, (240, 90, 60, 120))
    assert names(part) == ["original", "crop", "grey", "ink", "box", "scaled", "centred"]
    assert part.stages[0].box == (134, 50, 35, 68)
    assert part.stages[1].picture.size == (60, 120)
    assert part.box == fitted.box, "in pixels of the whole picture"
    assert np.array_equal(part.x, fitted.x)


@pytest.mark.parametrize(
    "crop", [(0, 0, 11, 5), (0, 0, 10, 21), (-1, 0, 5, 5), (0, 0, 0, 5), (3, 3, 5, 0), (9, 19, 2, 1)]
)
def test_a_crop_outside_is_refused(crop: tuple[int, int, int, int]) -> None:
    with pytest.raises(Refusal) as caught:
        fit(Image.new("L", (10, 20)), GREY, crop)
    assert (caught.value.status, caught.value.code) == (422, "crop-outside")
    x, y, w, h = crop
    assert caught.value.values == {"x": x, "y": y, "w": w, "h": h, "width": 10, "height": 20}


def test_a_crop_up_to_the_rim_is_taken() -> None:
    check(fit(Image.new("L", (10, 20), 40), GREY, (0, 0, 10, 20)))
    check(fit(Image.new("L", (10, 20), 40), GREY, (9, 19, 1, 1)))


def test_samples_of_the_right_size_pass_through() -> None:
    store = open_store("memory:")
    for each in sample_names():
        fitted = fit(open_picture(ImageRef("sample", each.name), store), GREY)
        check(fitted)
        if each.kind == "digit" or each.name.startswith("pattern-"):
            assert fitted.passed_through
            assert fitted.ink == "light"
            assert np.array_equal(fitted.x, sample(each.name))


def test_ink_can_be_said_instead_of_found() -> None:
    seven = picture(sample("digit-7")[0])
    assert np.array_equal(fit(seven, GREY, "auto", "light").x, sample("digit-7"))
    turned = fit(seven, GREY, "auto", "dark")
    assert np.array_equal(turned.x, np.round((1 - sample("digit-7")) * 255) / 255)


def test_specks_and_the_table_are_left_out() -> None:
    sheet = np.full((240, 320), 0.85)
    sheet[60:180, 150:170] = 0.1
    clean = fit(picture(sheet), GREY)
    sheet[20, 20] = sheet[200, 300] = sheet[100, 40] = 0.0
    sheet[:, :25] = 0.2
    fitted = fit(picture(sheet), GREY)
    assert fitted.ink == "dark"
    assert fitted.box == clean.box == (150, 60, 20, 120)
    assert np.abs(fitted.x - clean.x).max() < 0.02


def test_a_sheet_on_a_dark_table_is_read() -> None:
    table = np.full((300, 400), 0.15)
    table[40:260, 60:340] = 0.8
    table[90:210, 190:210] = 0.2
    fitted = fit(picture(table), GREY)
    assert fitted.ink == "dark"
    assert fitted.box == (190, 90, 20, 120)


def test_a_colour_network_gets_the_middle_or_the_whole() -> None:
    wide = np.zeros((40, 80, 3), dtype=np.uint8)
    wide[:, :20] = (255, 0, 0)
    wide[:, 20:60] = (0, 255, 0)
    middle = fit(Image.fromarray(wide), (3, 32, 32))
    assert names(middle) == ["original", "middle"]
    assert [stage.box for stage in middle.stages] == [(20, 0, 40, 40), None]
    assert middle.x[1, :, 2:-2].min() == 1
    assert middle.x[0, :, 2:-2].max() == 0
    whole = fit(Image.fromarray(wide), (3, 32, 32), "whole")
    assert names(whole) == ["original", "whole"]
    assert whole.stages[0].box is None
    assert whole.x[:, :8].max() == 0
    assert whole.x[0, 8:24, :6].min() == 1
    assert fit(Image.fromarray(wide).resize((32, 32)), (3, 32, 32)).passed_through
    assert fit(Image.fromarray(wide[:, :40]), (3, 32, 32)).stages[0].box is None


def test_a_part_of_a_colour_picture_is_cut_to_its_middle_and_both_frames_are_kept() -> None:
    wide = np.zeros((40, 80, 3), dtype=np.uint8)
    part = fit(Image.fromarray(wide), (3, 32, 32), (10, 0, 60, 30))
    assert names(part) == ["original", "crop", "middle"]
    assert [stage.box for stage in part.stages] == [(10, 0, 60, 30), (15, 0, 30, 30), None]


Mnist = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def test_mnist_passes_through_as_it_is_and_turned_round(mnist: Mnist) -> None:
    for digit in mnist[0]:
        for turned, ink in ((digit, "light"), (255 - digit, "dark")):
            fitted = fit(Image.fromarray(turned), GREY)
            assert fitted.passed_through
            assert fitted.ink == ink
            assert np.array_equal(fitted.x[0], digit / 255)


def pasted(digit: NDArray[np.uint8], rng: np.random.Generator) -> Grey:
    """A digit's ink at a random place of a 200 x 300 sheet: 0 is paper."""
    sheet = np.zeros((300, 200))
    top, left = rng.integers(0, 272), rng.integers(0, 172)
    sheet[top : top + 28, left : left + 28] = digit / 255
    return sheet


def test_mnist_on_a_white_sheet_comes_back_as_it_was(mnist: Mnist) -> None:
    rng = np.random.default_rng(0)
    difference = []
    for digit in mnist[0]:
        fitted = fit(picture(1 - pasted(digit, rng)), GREY)
        assert fitted.ink == "dark"
        assert fitted.box is not None
        difference.append(float(np.abs(fitted.x[0] - digit / 255).mean()))
    assert np.mean(difference) < 0.004
    assert np.median(difference) < 0.0005


def enlarged(sheet: Grey, factor: float) -> Grey:
    size = (round(sheet.shape[1] * factor), round(sheet.shape[0] * factor))
    return np.asarray(picture(sheet).resize(size, Image.Resampling.BICUBIC), dtype=np.float64) / 255


def photographed(sheet: Grey, rng: np.random.Generator) -> Image.Image:
    """Paper in a slanting light, a pen that is not black, noise, and a JPEG of middling quality."""
    height, width = sheet.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    turn = rng.uniform(0, 2 * np.pi)
    light = 0.7 + 0.2 * (np.cos(turn) * x + np.sin(turn) * y)
    out = io.BytesIO()
    seen = light * (1 - 0.8 * sheet) + 0.03 * rng.standard_normal(sheet.shape)
    picture(seen).save(out, "JPEG", quality=60)
    return Image.open(out)


@pytest.mark.parametrize("how", ["pasted", "photographed"])
def test_digits_on_paper_are_read(mnist: Mnist, how: str) -> None:
    rng = np.random.default_rng(1)
    x = []
    for digit in mnist[0][:150]:
        sheet = pasted(digit, rng)
        if how == "photographed":
            near = np.pad(digit / 255, ((int(rng.integers(4, 30)), 9), (9, int(rng.integers(4, 30)))))
            x.append(fit(photographed(enlarged(near, rng.uniform(3, 8)), rng), GREY).x)
        else:
            x.append(fit(picture(1 - sheet), GREY).x)
    found = load_network("digits").activations(np.stack(x))[-1][:, :, 0, 0].argmax(axis=1)
    assert (found == mnist[1][:150]).mean() >= 0.97


def test_a_ballpoint_line_is_gone_over_with_a_wider_pen() -> None:
    levels = np.ones((700, 500))
    levels[50:650, 248:252] = 0.2
    (ink,) = fit(picture(levels), GREY).x
    widths = ink.sum(axis=1)
    assert widths[widths > 0].mean() == pytest.approx(2, abs=0.5)
    assert (widths > 0).sum() in (20, 21)
