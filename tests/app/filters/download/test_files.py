"""What is carried off from the filter explorer is what the page shows, and its programs compute the same."""

from __future__ import annotations

import io
import json
import runpy
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from app.filters.download.files import FILES
from app.filters.download.program_templates import LIBRARIES
from app.filters.download.scan_gif import FRAMES, LONGEST, small
from app.filters.engine.result import Filtered
from app.filters.engine.runner import FilterRoom
from app.scenes.filter_scene import read_filter_scene
from app.store.protocol import open_store
from cnn_core.windows import Windows
from cnn_core.zoo import load_network

if TYPE_CHECKING:
    from flask.testing import FlaskClient

ROOM = FilterRoom({"photos": load_network("photos")}, open_store("memory:"))
PACKAGES = {"numpy": "numpy", "scipy": "scipy", "torch": "torch", "opencv": "cv2"}
CROP = "crop=40.30.90.70"
SCENES = (
    "",
    f"{CROP}&kernel=gaussian.4.1_3&border=reflect&dilation=3&stride=2&flip=on",
    f"{CROP}&kernel=1,2;3,4&border=edge&flip=on",
    f"{CROP}&kernel=1,-2,3,4&stride=3",
    f"{CROP}&kernel=box.5&padding=2&stride=2&dilation=2",
    f"{CROP}&kernel=learned.photos.3&border=none",
    f"{CROP}&kernel=gabor.31.30&border=reflect&dilation=8",
    f"{CROP}&kernel=sobel-x|sobel-y|laplacian&then=relu~max.3.2~filter.gaussian.4~average.2.2",
    f"{CROP}&channels=grey&kernel=random.3.7&border=edge&then=filter.emboss~relu",
    f"{CROP}&kernel=sobel-y&then=relu~max.2.2&step=2",
    "image=sample.digit-3&kernel=shift.3.2",
)


def filtered(query: str) -> Filtered:
    args = dict(pair.split("=") for pair in query.split("&") if pair)
    return ROOM.run(read_filter_scene(args, lambda name: None))


def made(query: str, name: str) -> bytes:
    return FILES[name](filtered(query)).data


@pytest.mark.parametrize("name", LIBRARIES)
@pytest.mark.parametrize("query", SCENES)
def test_a_program_computes_what_the_page_shows(
    query: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip(PACKAGES[name])
    found = filtered(query)
    for file in ("picture.png", f"filter_with_{name}.py"):
        (tmp_path / file).write_bytes(FILES[file](found).data)
    monkeypatch.chdir(tmp_path)
    runpy.run_path(f"filter_with_{name}.py")
    result = np.load("result.npy")
    span = float(found.after.max() - found.after.min())
    np.testing.assert_allclose(result, found.after, rtol=0, atol=1e-4 * span)


@pytest.mark.parametrize("query", SCENES)
def test_numbers_are_whole_and_a_table_holds_one_channel(query: str) -> None:
    found = filtered(query)
    np.testing.assert_array_equal(np.load(io.BytesIO(made(query, "result.npy"))), found.after)
    table = np.loadtxt(io.BytesIO(made(query, "result.csv")), delimiter=",", ndmin=2)
    np.testing.assert_allclose(table, found.after[found.cell[0]], rtol=1e-6)


def test_the_kernel_says_how_it_is_laid_on() -> None:
    told = json.loads(made("kernel=1,2;3,4&flip=on&stride=2&border=edge&then=relu&step=2", "kernel.json"))
    assert told["numbers"] == [[[1, 2], [3, 4]]]
    assert (told["kernel"], told["operation"], told["border"], told["then"]) == (
        "1,2;3,4",
        "convolution",
        "edge",
        ["relu"],
    )
    assert (told["stride"], told["padding"], told["shape"]) == ([2, 2], [[0, 1], [0, 1]], [1, 2, 2])


def test_a_result_with_signs_lies_on_white() -> None:
    found = filtered("kernel=sobel-x")
    image = Image.open(io.BytesIO(made("kernel=sobel-x", "result.png")))
    assert (image.mode, image.size) == ("RGB", (found.after.shape[2], found.after.shape[1]))
    zeros = np.argwhere(np.abs(found.after[found.cell[0]]) < 1e-4 * found.limit)
    row, column = zeros[0].tolist()
    assert image.getpixel((column, row)) == (255, 255, 255)


@pytest.mark.parametrize("query", [*SCENES, "kernel=box.31&dilation=8&border=none", "crop=0.0.500.2&kernel=box.2"])
def test_the_film_has_an_upper_bound_and_ends_with_the_whole_result(query: str) -> None:
    if query.startswith("crop=0.0.500"):
        query = query.replace("500", "200")
    data = made(query, "scan.gif")
    assert len(data) < 1_500_000
    film = Image.open(io.BytesIO(data))
    frames = getattr(film, "n_frames", 1)
    assert frames <= FRAMES
    assert film.width <= 600
    assert film.height <= 300
    film.seek(frames // 2)
    half = np.asarray(film.convert("RGB")).copy()
    film.seek(frames - 1)
    assert (np.asarray(film.convert("RGB")) != half).any() or frames == 1


def test_a_small_copy_keeps_room_for_the_window() -> None:
    x = np.linspace(0, 1, 3 * 100 * 400, dtype=np.float32).reshape(3, 100, 400)
    copy = small(x, Windows((3, 3)))
    assert copy.shape == (3, 8, 32)
    np.testing.assert_allclose(copy.mean(), x.mean(), rtol=5e-3)
    assert small(x, Windows((31, 31))).shape[1] >= 31
    assert max(small(x, Windows((9, 9), dilation=(8, 8))).shape[1:]) <= max(LONGEST, 4 * 65)


@pytest.mark.parametrize("name", FILES)
def test_every_file_has_its_address(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/en/filters/take/{name}?kernel=sharpen&stride=4")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    again = client.get(answer.request.full_path, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_what_there_is_not_and_what_does_not_fit_is_said(client: FlaskClient) -> None:
    assert client.get("/en/filters/take/result.exe").status_code == 404
    assert client.get("/en/filters/take/result.png?stride=99").status_code == 422
    assert client.get("/en/filters/take/result.png?kernel=nothing-such").status_code == 404


def test_the_page_offers_them_all_with_its_address_and_a_frame(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/en/filters?kernel=box.3|sharpen|box.3&precision=5").text, "html.parser")
    links = [str(link["href"]) for link in page.select("#take a")]
    assert {link.partition("?")[0].rpartition("/")[2] for link in links} == set(FILES)
    assert all(client.get(link).status_code == 200 for link in links)
    address = page.select_one("#take-link")
    frame = page.select_one("#take-frame")
    assert address is not None
    assert frame is not None
    assert address.text.startswith("http://localhost/en/filters?kernel=box.3%7Csharpen%7Cbox.3&cell=")
    assert "precision" not in address.text
    inside = BeautifulSoup(frame.text, "html.parser").iframe
    assert inside is not None
    assert inside["src"] == address.text
