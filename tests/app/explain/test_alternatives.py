"""What stands for the pictures where nobody sees them, and what is read aloud: the same numbers as on the page."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.passes.pass_cache import PassCache
from app.passes.resolve import resolve
from app.render.figures import plate
from app.render.numbers import number
from app.scenes.walk_scene import Scene
from app.store.protocol import open_store
from cnn_core import load_network

LAYERS = ["input", "conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "dense", "softmax"]
OF_A_MAP = {
    "en": r"(\w+), map (\d+): values from (\S+) to (\S+), largest at row (\d+), column (\d+)",
    "zh": r"(\w+)，特征图 (\d+)：数值从 (\S+) 到 (\S+)，最大值在行 (\d+)，列 (\d+)",
}


def test_the_peak_is_the_first_largest_cell() -> None:
    values = np.array([[0.0, -2.0, 3.0], [3.0, 1.0, 0.5]])
    made = plate(values, "", "3")
    assert (made.least, made.most, made.peak) == ("−2.000", "3.000", (0, 2))
    assert plate(values * 0 + 0.25, "", "3").peak is None  # nowhere more than elsewhere


@pytest.mark.parametrize("lang", OF_A_MAP)
@pytest.mark.parametrize("layer", LAYERS)
def test_every_map_is_described_by_its_range_and_its_largest_cell(client: FlaskClient, lang: str, layer: str) -> None:
    outputs = resolve(Scene(), PassCache({"digits": load_network("digits")}, open_store("memory:"))).outputs
    page = BeautifulSoup(client.get(f"/{lang}/walk?layer={layer}").text, "html.parser")
    maps = page.select(".map > svg.plate, .plate > .picture")
    assert len(maps) >= sum(len(output) for output in outputs.values() if output.shape[1] > 1)
    for image in maps:
        found = re.match(OF_A_MAP[lang], str(image["aria-label"]))
        assert found is not None, image["aria-label"]
        name, channel, least, most, row, column = found.groups()
        values = outputs[name][int(channel)]
        assert (least, most) == (number(float(values.min())), number(float(values.max())))
        assert int(row) * values.shape[1] + int(column) == values.argmax()


def test_a_map_of_one_value_has_no_largest_cell(client: FlaskClient) -> None:
    page = client.get("/en/walk?image=drawn.0&layer=input").text  # an empty sheet
    assert "input, map 0: every value is 0" in page


def test_the_window_on_a_map_is_described_too(client: FlaskClient) -> None:
    page = client.get("/en/walk?layer=conv2&cell=3.9.4").text
    assert "; the frame begins at row 9, column 4 and holds 3 × 3 cells" in page
    assert "; the frame marks row 9, column 4" in page


@pytest.mark.parametrize(
    "path", ["/en/", "/zh/", *(f"/en/walk?layer={name}&image=sample.cat" for name in LAYERS), "/zh/walk?tour=2"]
)
def test_every_picture_has_an_alternative_and_every_id_is_the_only_one(client: FlaskClient, path: str) -> None:
    page = BeautifulSoup(client.get(path).text, "html.parser")
    for image in page.select("img"):
        hidden = image.find_parent(attrs={"aria-hidden": "true"})
        assert bool(image["alt"]) is not bool(hidden), image["alt"]
        assert image["alt"] == str(image["alt"]).strip()
    for drawing in page.select("svg"):
        assert drawing.get("aria-hidden") == "true" or drawing.get("aria-label")
    ids = Counter(str(part["id"]) for part in page.select("[id]"))
    assert [name for name, times in ids.items() if times > 1] == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/en/walk?layer=conv1&cell=3.9.11", r"conv1, map 3, row 9, column 11: −?\d\.\d{3}"),
        ("/zh/walk?layer=conv1&cell=3.9.11", r"conv1，特征图 3，行 9，列 11：−?\d\.\d{3}"),
        ("/en/walk?layer=input&cell=0.9.11", r"input, row 9, column 11: (0|\d\.\d{3})"),
        ("/en/walk?layer=dense&cell=8.0.0", r"dense, score of class 8: \d+\.\d{3}"),
        ("/zh/walk?layer=softmax&cell=8.0.0", r"softmax，类别 8：\d\.\d{3}"),
    ],
)
def test_what_is_read_aloud_is_the_number_on_the_page(client: FlaskClient, address: str, said: str) -> None:
    page = BeautifulSoup(client.get(address).text, "html.parser")
    line = str(page.select("#number")[0]["data-said"])
    assert re.fullmatch(said, line)
    assert line.endswith(page.select("[data-result]")[0].get_text())
