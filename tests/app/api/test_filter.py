"""GET /api/v1/filter gives what scipy gives, on photographs, and refuses what cannot be before any work."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.filters.engine import budget as filter_limits
from app.pictures.samples import PHOTOS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

ADDRESS = "/api/v1/filter"
MODES = {"same": "constant", "zero": "constant", "none": "constant", "reflect": "mirror", "edge": "nearest"}
Floats = NDArray[np.float64]


def photo(name: str) -> Floats:
    with Image.open(PHOTOS[name]) as picture:
        return np.asarray(picture.convert("RGB"), np.float64).transpose(2, 0, 1) / 255


def text(kernel: Floats) -> str:
    return ";".join(",".join(f"{value:.6f}".rstrip("0").rstrip(".") for value in row) for row in kernel)


def asked(client: FlaskClient, **query: object) -> NDArray[np.float32]:
    answer = client.get(ADDRESS, query_string={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    found: NDArray[np.float32] = np.load(io.BytesIO(answer.data))
    return found


def by_scipy(x: Floats, kernels: list[Floats], case: dict[str, Any]) -> Floats:
    """The same by scipy: on the padded picture, then every stride-th place of it."""
    ndimage = pytest.importorskip("scipy.ndimage")
    d, border = case["dilation"], case["border"]
    planes = []
    for plane, kernel in zip(x, kernels, strict=True):
        turned = kernel[::-1, ::-1] if case["flip"] == "on" else kernel
        wide = np.zeros(((kernel.shape[0] - 1) * d + 1, (kernel.shape[1] - 1) * d + 1))
        wide[::d, ::d] = turned
        pad = case.get("padding", 0) if border == "zero" else 0
        plane = np.pad(plane, pad)
        # scipy counts an even kernel's middle from the other side: it begins size // 2 before, we (size - 1) // 2.
        origin = tuple(-((size + 1) % 2) for size in wide.shape)
        full = ndimage.correlate(plane, wide, mode=MODES[border], origin=origin)
        if border in ("zero", "none"):
            top, left = ((size - 1) // 2 for size in wide.shape)
            rows, columns = (side - reach + 1 for side, reach in zip(plane.shape, wide.shape, strict=True))
            full = full[top : top + rows, left : left + columns]
        planes.append(full[:: case["stride"], :: case["stride"]])
    return np.stack(planes)


def cases(count: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Random kernels, sizes, strides, paddings, dilations and borders that fit."""
    rng = np.random.default_rng(5)
    number = 0
    while number < count:
        kh, kw = (int(n) for n in rng.choice([1, 2, 3, 4, 5, 7, 9, 12, 15, 25, 31], 2))
        border = str(rng.choice(list(MODES)))
        case: dict[str, Any] = {
            "image": f"sample.{rng.choice(list(PHOTOS))}",
            "border": border,
            "stride": int(rng.integers(1, 9)),
            "dilation": int(rng.integers(1, 9)),
            "flip": str(rng.choice(["off", "on"])),
        }
        if border == "zero":
            case["padding"] = int(rng.integers(0, min(kh, kw)))
        if (max(kh, kw) - 1) * case["dilation"] + 1 > 256:
            continue
        three = bool(rng.integers(0, 2))
        case["kernels"] = [np.round(rng.normal(size=(kh, kw)), 6) for _ in range(3 if three else 1)]
        yield number, case
        number += 1


@pytest.mark.slow
def test_two_hundred_random_filters_equal_scipys(client: FlaskClient) -> None:
    pytest.importorskip("scipy")
    for number, case in cases(200):
        kernels = case.pop("kernels")
        found = asked(client, **case, kernel="|".join(map(text, kernels)))
        expected = by_scipy(photo(case["image"].removeprefix("sample.")), kernels * (3 // len(kernels)), case)
        assert found.dtype == np.float32
        assert found.shape == expected.shape, (number, case)
        reach = float(np.ptp(expected)) or 1.0
        assert float(np.abs(found - expected).max()) <= 1e-4 * reach, (number, case)


@pytest.mark.parametrize(("channels", "count"), [("all", 3), ("grey", 1), ("red", 1), ("green", 1), ("blue", 1)])
def test_the_channels_of_a_picture(client: FlaskClient, channels: str, count: int) -> None:
    found = asked(client, image="sample.rocket", kernel="identity", channels=channels)
    assert found.shape == (count, 256, 256)
    whole = photo("rocket")
    if channels in ("red", "green", "blue"):
        at = ("red", "green", "blue").index(channels)
        assert np.allclose(found[0], whole[at])
    elif channels == "all":
        assert np.allclose(found, whole)
    else:
        grey = 0.299 * whole[0] + 0.587 * whole[1] + 0.114 * whole[2]
        assert np.abs(found[0] - grey).max() <= 1 / 255


def test_three_kernels_on_a_grey_picture_are_their_mean(client: FlaskClient) -> None:
    three = {"kernel": "1,0|0,1|2,2", "border": "none"}
    for channels, kernel in (("grey", "1,1"), ("green", "0,1")):
        alone = asked(client, channels=channels, kernel=kernel, border="none")
        assert np.allclose(asked(client, channels=channels, **three), alone)


def test_the_numbers_of_a_chain(client: FlaskClient) -> None:
    first = asked(client, kernel="sobel-y")
    chain = asked(client, kernel="sobel-y", then="relu~max.2.2")
    open_ = np.maximum(first, 0)
    expected = open_.reshape(3, 128, 2, 128, 2).max(axis=(2, 4))
    assert np.array_equal(chain, expected)
    assert np.array_equal(asked(client, kernel="sobel-y", then="relu~max.2.2", step=2), open_)


def test_a_picture_of_the_numbers(client: FlaskClient) -> None:
    for form, kind in (("png", "PNG"), ("webp", "WEBP")):
        answer = client.get(f"{ADDRESS}?kernel=identity&format={form}")
        assert answer.mimetype == f"image/{form}"
        picture = Image.open(io.BytesIO(answer.data))
        assert picture.format == kind
        assert np.array_equal(np.asarray(picture, np.float64).transpose(2, 0, 1) / 255, photo("cat"))
    signed = Image.open(io.BytesIO(client.get(f"{ADDRESS}?kernel=sobel-x&format=png&channel=1").data))
    assert signed.size == (256, 256)
    assert client.get(f"{ADDRESS}?format=gif").status_code == 400


def test_an_answer_that_is_there_already_is_not_made_again(client: FlaskClient) -> None:
    tag = client.get(f"{ADDRESS}?kernel=box").headers["ETag"]
    assert client.get(f"{ADDRESS}?kernel=box", headers={"If-None-Match": tag}).status_code == 304
    assert client.get(f"{ADDRESS}?kernel=box&format=png", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("kernel=nan", 404, "nan"),
        ("kernel=gaussian.50", 422, "50"),
        ("kernel=learned.photos.16", 422, "15"),
        ("kernel=learned.cats.1", 404, "cats"),
        ("kernel=1,2|1|1", 422, "1 × 2"),
        ("kernel=" + ",".join(["1"] * 32), 422, "1 × 32"),
        ("stride=0", 422, "1 to 8"),
        ("stride=9", 422, "1 to 8"),
        ("dilation=9", 422, "1 to 8"),
        ("padding=3&kernel=sobel-x", 422, "0 to 2"),
        ("kernel=" + ",".join(["1"] * 31) + "&padding=1&border=zero", 422, "0 to 0"),
        ("kernel=random.31&dilation=8&border=none&crop=0.0.200.200", 422, "241"),
        ("kernel=sobel-x&border=edge&padding=1", 422, "edge"),
        ("crop=0.0.300.20", 422, "256"),
        ("then=relu&step=4", 422, "1 to 2"),
        ("image=sample.digit-8&then=max.8.8~max.8.8", 422, "8 x 8"),
        ("image=sample.nobody", 404, "nobody"),
    ],
)
def test_what_cannot_be_is_refused_with_its_numbers_and_a_way_out(
    client: FlaskClient, query: str, status: int, says: str
) -> None:
    client.get(ADDRESS)
    began = time.perf_counter()
    answer = client.get(f"{ADDRESS}?{query}")
    assert time.perf_counter() - began < 0.05
    problem = answer.get_json(force=True)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), problem
    assert says in problem["detail"]
    if status == 422:
        assert client.get(problem["nearest"]).status_code == 200, problem


def test_what_would_take_too_long_is_refused_before_it_begins(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filter_limits, "MOST_SECONDS", 0.004)
    client.get(f"{ADDRESS}?kernel=identity")
    then = "~".join(["filter.random.31"] * 5)
    began = time.perf_counter()
    answer = client.get(f"{ADDRESS}?kernel=random.31&then={then}")
    took = time.perf_counter() - began
    problem = answer.get_json(force=True)
    assert (answer.status_code, problem["type"]) == (422, "urn:convscope:filter-too-much")
    assert took < 0.05
    assert "0.004 seconds and 64 MiB" in problem["detail"]
    assert client.get(problem["nearest"]).status_code == 200


def test_it_is_described(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()["paths"]["/filter"]["get"]
    names = {param["name"] for param in described["parameters"]}
    assert {"image", "crop", "kernel", "channels", "border", "padding", "flip", "stride", "dilation"} <= names
    assert {"show", "then", "step", "format", "channel"} <= names
    assert not {"cell", "pixel", "play", "precision"} & names
