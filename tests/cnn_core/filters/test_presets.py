"""Each kernel made by hand is what it says: what it adds up to, which way it looks, and what it does to a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_core import ShapeError
from cnn_core.filters.filter import Filter
from cnn_core.filters.presets import LARGEST, PRESETS, Number, preset
from cnn_core.layer import Array
from tests.cnn_core.cases import law, normal

SUMS = {
    "identity": 1, "box": 1, "gaussian": 1, "sharpen": 1, "unsharp": 1, "emboss": 1, "outline": 0, "sobel-x": 0,
    "sobel-y": 0, "scharr-x": 0, "scharr-y": 0, "prewitt-x": 0, "prewitt-y": 0, "roberts-x": 0, "roberts-y": 0,
    "laplacian": 0, "log": 0, "gabor": 0, "motion": 1, "shift": 1, "high-pass": 0,
}  # fmt: skip


def numbers(number: Number) -> st.SearchStrategy[float]:
    """Any value that a number of a preset may take."""
    if not number.whole:
        return st.floats(number.least, number.most)
    whole = st.integers(int(number.least), int(number.most))
    return whole.filter(lambda value: value % 2 == 1) if number.odd else whole


def applied(kernel: Array, x: Array) -> Array:
    """What a kernel makes of a picture (H, W), where it lies wholly inside."""
    return np.asarray(Filter(kernel[None], border="none").apply(x[None])[0])


def test_the_gallery_is_in_order() -> None:
    assert list(PRESETS) == [*SUMS, "random"]
    assert all(found.name == name for name, found in PRESETS.items())


@pytest.mark.parametrize("name", PRESETS)
@law
@given(data=st.data())
def test_any_numbers_in_range_give_a_kernel(name: str, data: st.DataObject) -> None:
    told = [data.draw(numbers(number), number.name) for number in PRESETS[name].numbers]
    kernel = preset(name, *told)
    assert kernel.dtype == np.float64
    assert kernel.ndim == 2
    assert 1 <= min(kernel.shape) <= max(kernel.shape) <= LARGEST
    assert np.isfinite(kernel).all()
    assert not kernel.flags.writeable
    if name in SUMS:
        assert kernel.sum() == pytest.approx(SUMS[name], abs=1e-12 * max(1, np.abs(kernel).sum()))
    np.testing.assert_array_equal(preset(name, *told), kernel)


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_not_told_is_the_default(name: str) -> None:
    defaults = PRESETS[name].defaults
    for count in range(len(defaults) + 1):
        np.testing.assert_array_equal(preset(name, *defaults[:count]), preset(name))


@pytest.mark.parametrize("name", ["identity", "box", "gaussian", "sharpen", "unsharp", "outline", "laplacian", "log",
                                  "high-pass"])  # fmt: skip
def test_what_favours_no_direction_looks_the_same_from_all(name: str) -> None:
    kernel = preset(name)
    for turned in (np.rot90(kernel), kernel.T, kernel[::-1], kernel[:, ::-1]):
        np.testing.assert_allclose(turned, kernel, rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", ["sobel", "scharr", "prewitt"])
def test_edge_kernels_are_positive_where_it_grows_brighter_to_the_right_or_downwards(name: str) -> None:
    across, down = np.tile(np.arange(6.0), (6, 1)), np.tile(np.arange(6.0)[:, None], (1, 6))
    assert (applied(preset(f"{name}-x"), across) > 0).all()
    assert (applied(preset(f"{name}-x"), down) == 0).all()
    assert (applied(preset(f"{name}-y"), down) > 0).all()
    assert (applied(preset(f"{name}-y"), across) == 0).all()
    np.testing.assert_array_equal(preset(f"{name}-y"), preset(f"{name}-x").T)


def test_the_written_kernels_are_those_of_the_books() -> None:
    assert preset("sobel-x").tolist() == [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    assert preset("scharr-x").tolist() == [[-3, 0, 3], [-10, 0, 10], [-3, 0, 3]]
    assert preset("prewitt-x").tolist() == [[-1, 0, 1]] * 3
    assert preset("roberts-x").tolist() == [[1, 0], [0, -1]]
    assert preset("roberts-y").tolist() == [[0, 1], [-1, 0]]
    assert preset("laplacian").tolist() == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    assert preset("sharpen").tolist() == (preset("identity") - preset("laplacian")).tolist()
    assert preset("outline").tolist() == (9 * preset("identity") - np.ones((3, 3))).tolist()
    assert preset("emboss").tolist() == [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]


@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_a_box_is_the_mean_of_its_window(size: int) -> None:
    x = normal((9, 9), 1)
    assert applied(preset("box", size), x)[0, 1] == pytest.approx(x[:size, 1 : 1 + size].mean())


def test_a_gaussian_falls_off_as_its_sigma_says() -> None:
    kernel = preset("gaussian", 15, 1.5)
    assert kernel[7, 7 + 3] / kernel[7, 7] == pytest.approx(np.exp(-(3**2) / (2 * 1.5**2)))
    spread = (kernel.sum(axis=0) * (np.arange(15) - 7) ** 2).sum()
    assert spread == pytest.approx(1.5**2, rel=1e-3)


def test_high_pass_and_unsharp_are_the_picture_and_what_a_blur_takes_away() -> None:
    blur = np.outer([1, 2, 1], [1, 2, 1]) / 16
    np.testing.assert_array_equal(preset("high-pass"), preset("identity") - blur)
    middle = np.zeros((7, 7))
    middle[3, 3] = 1
    np.testing.assert_allclose(preset("unsharp", 7, 1.2, 0.5), 1.5 * middle - 0.5 * preset("gaussian", 7, 1.2))


@pytest.mark.parametrize(("size", "sigma"), [(3, 0.5), (4, 1.0), (9, 1.4), (31, 4.0)])
def test_log_gives_four_in_a_bowl_as_the_laplacian_does(size: int, sigma: float) -> None:
    y, x = np.mgrid[-20:20.0, -20:20.0]
    np.testing.assert_allclose(applied(preset("log", size, sigma), x**2 + y**2), 4, rtol=1e-9)
    np.testing.assert_allclose(applied(preset("laplacian"), x**2 + y**2), 4)


def test_gabor_answers_to_stripes_of_its_angle_and_wavelength() -> None:
    x = np.arange(40.0)
    fitting = np.tile(np.cos(2 * np.pi * x / 8), (40, 1))
    across, down = preset("gabor", 21, 0, 8), preset("gabor", 21, 90, 8)
    np.testing.assert_allclose(down, across.T, atol=1e-12)
    strongest = np.abs(applied(across, fitting)).max()
    assert strongest > 10 * np.abs(applied(down, fitting)).max()
    assert strongest > 3 * np.abs(applied(preset("gabor", 21, 0, 4), fitting)).max()
    assert across[across > 0].sum() == pytest.approx(1)
    # at 45 degrees the wave runs upwards to the right: along the other diagonal nothing changes but the bell
    turned = preset("gabor", 21, 45, 8)
    np.testing.assert_allclose(turned, turned[::-1, ::-1].T, atol=1e-12)
    assert turned[8, 12] < turned[12, 12]


def test_motion_is_a_line_from_edge_to_edge() -> None:
    flat = preset("motion", 5, 0)
    assert flat[2].tolist() == [0.2] * 5
    assert flat.sum() == pytest.approx(1)
    np.testing.assert_allclose(preset("motion", 5, 90), flat.T, atol=1e-15)
    np.testing.assert_allclose(preset("motion", 5, 45), np.eye(5)[::-1] / 5, atol=1e-15)
    np.testing.assert_allclose(preset("motion", 5, -45), np.eye(5) / 5, atol=1e-15)
    slanting = preset("motion", 7, 20)
    np.testing.assert_allclose(slanting.sum(axis=0), 1 / 7, rtol=1e-12)
    np.testing.assert_allclose(preset("motion", 7, 200), slanting, atol=1e-12)
    assert slanting[2, 6] > slanting[4, 6]


@pytest.mark.parametrize(("right", "down"), [(0, 0), (2, 1), (-3, 2), (1, -2), (-1, 0)])
def test_a_shift_moves_the_picture(right: int, down: int) -> None:
    x = normal((9, 9), 2)
    moved = Filter(preset("shift", right, down)[None]).apply(x[None])[0]
    expected = np.zeros((9, 9))
    for i, j in np.ndindex(9, 9):
        if 0 <= i - down < 9 and 0 <= j - right < 9:
            expected[i, j] = x[i - down, j - right]
    np.testing.assert_array_equal(moved, expected)


def test_random_kernels_differ_by_their_seed_and_have_two_decimals() -> None:
    kernel = preset("random", 5, 3)
    assert kernel.shape == (5, 5)
    assert not np.array_equal(kernel, preset("random", 5, 4))
    np.testing.assert_array_equal(np.round(kernel, 2), kernel)
    assert -1 <= kernel.min() < 0 < kernel.max() <= 1


@pytest.mark.parametrize(
    ("name", "told", "expected"),
    [
        ("box", (0,), "whole number from 1 to 31"),
        ("box", (32,), "whole number from 1 to 31"),
        ("box", (2.5,), "whole number from 1 to 31"),
        ("box", (float("nan"),), "from 1 to 31"),
        ("gaussian", (5, 0), "a number from 0.1 to 31"),
        ("gaussian", (5, float("inf")), "a number from 0.1 to 31"),
        ("unsharp", (4,), "an odd whole number from 1 to 31"),
        ("motion", (4,), "an odd whole number from 1 to 31"),
        ("log", (2,), "a whole number from 3 to 31"),
        ("shift", (16, 0), "a whole number from -15 to 15"),
        ("sobel-x", (3,), "at most 0"),
        ("box", (3, 3), "at most 1"),
    ],
)
def test_numbers_out_of_range_are_refused(name: str, told: tuple[Any, ...], expected: str) -> None:
    with pytest.raises(ShapeError, match=expected) as caught:
        preset(name, *told)
    assert name in caught.value.where


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match=r"identity, box, .* random; got 'blur'"):
        preset("blur")
