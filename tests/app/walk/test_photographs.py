"""The walk with photographs: what is said of colours is right for colours, and nothing is said of ink."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from PIL import Image

from app.pictures.fit import fit
from app.pictures.samples import open_sample
from cnn_core import load_network

X = fit(open_sample("cat"), (3, 32, 32)).x
COLOURS = ("red", "green", "blue")
STATIONS = ("input", *load_network("photos").names, "softmax")


def page(client: FlaskClient, query: str) -> BeautifulSoup:
    answer = client.get(f"/en/walk{query}")
    assert answer.status_code == 200, answer.headers.get("Location")
    return BeautifulSoup(answer.text, "html.parser")


def one(soup: BeautifulSoup | Tag, selector: str) -> Tag:
    (found,) = soup.select(selector)
    return found


def said(part: Tag) -> str:
    return re.sub(r"\s+", " ", part.text).strip()


def pixels(image: Tag) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(str(image["src"]).partition(",")[2])))


def test_a_photograph_is_shown_as_itself_and_its_colours_as_values(client: FlaskClient) -> None:
    station = one(page(client, "?network=photos"), ".station:first-child")
    photo = np.asarray(pixels(one(station, ".photo img")).convert("RGB"), dtype=np.float64)
    np.testing.assert_array_equal(photo.transpose(2, 0, 1) / 255, X)
    assert len(station.select(".maps a")) == 3
    assert not page(client, "").select(".photo")


def test_the_frames_of_what_a_cell_has_seen_are_drawn_on_the_photograph_too(client: FlaskClient) -> None:
    soup = page(client, "?network=photos&layer=conv1&cell=5.10.20")
    drawn = {str(use["href"]) for use in one(soup, ".station:first-child").select("use")}
    sides = ("x", "y", "width", "height")
    frames = {f"#{rect['id']}": tuple(rect[side] for side in sides) for rect in soup.select("#frames rect")}
    assert frames == {f"#f-input-{channel}": ("19", "9", "3", "3") for channel in range(3)}
    assert frames.keys() <= drawn
    assert len(one(soup, ".photo").select("use[href='#f-input-0']")) == 1


@pytest.mark.parametrize("channel", range(3))
def test_a_pixel_of_the_input_is_a_share_of_its_colour(client: FlaskClient, channel: int) -> None:
    soup = page(client, f"?network=photos&layer=input&cell={channel}.9.20")
    byte = round(255 * X[channel, 9, 20])
    total = said(one(soup, "#arithmetic .total"))
    assert total == f"this pixel's {COLOURS[channel]}{byte} ÷ 255 = {byte / 255:.3f}"
    assert said(one(soup, ".bench h2")) == f"input {COLOURS[channel]}, row 9, column 20"
    stages = soup.select(".stages img")
    assert pixels(stages[-1]).size == (32, 32)
    assert not soup.find(string=re.compile("Nothing was found"))


def test_the_first_sum_is_over_three_colours(client: FlaskClient) -> None:
    soup = page(client, "?network=photos&layer=conv1&cell=2.3.4")
    blocks = soup.select("[data-block]")
    assert [said(block.select("figcaption")[0]) for block in blocks] == [f"input, {colour}" for colour in COLOURS]
    assert [said(part) for part in soup.select("#arithmetic .total small")] == [*COLOURS, "bias"]
    assert "weights of its own for red, green and blue" in said(one(soup, ".why"))


def test_a_sum_over_many_maps_is_folded_with_the_map_that_says_most_first(client: FlaskClient) -> None:
    soup = page(client, "?network=photos&layer=conv4&cell=1.2.3")
    groups = soup.select("#arithmetic details")
    assert len(groups) == 32
    assert [group.has_attr("open") for group in groups] == [True] + [False] * 31
    sums = [abs(float(said(each).replace("\N{MINUS SIGN}", "-"))) for each in soup.select("[data-sum]")]
    assert sums == sorted(sums, reverse=True)
    assert len(soup.select("[data-sum]")) == len(soup.select("[data-block]")) == 32
    assert not page(client, "?layer=conv2").select("#arithmetic details")


def test_drawing_is_offered_where_ink_is_looked_for(client: FlaskClient) -> None:
    assert page(client, "").select("#draw-panel canvas")
    assert not page(client, "?network=photos").select("canvas, #draw-panel")
    assert page(client, "?network=photos").select("#upload-panel input[type=file]")


def test_photographs_are_offered_first_and_digits_among_the_others(client: FlaskClient) -> None:
    soup = page(client, "?network=photos")
    first = [str(link["id"]) for link in soup.select(".pictures > .sample-row a")]
    assert "sample-cat" in first
    assert not any("digit" in name for name in first)
    assert soup.select("#more-panel #sample-digit-3")
    assert str(one(soup, "#sample-cat")["aria-current"]) == "true"


def test_the_way_to_the_photographs_and_back(client: FlaskClient) -> None:
    links = {said(link): str(link["href"]) for link in page(client, "").select(".pictures .segmented a")}
    assert links["Photos"] == "/en/walk?network=photos"
    back = page(client, "?network=photos&image=sample.rocket&layer=conv5&cell=31.7.7").select(".pictures .segmented a")
    assert {said(link): str(link["href"]) for link in back}["Digits, max"] == "/en/walk"


@pytest.mark.parametrize("station", STATIONS)
def test_every_station_can_be_looked_at_and_none_speaks_of_ink(client: FlaskClient, station: str) -> None:
    soup = page(client, f"?network=photos&layer={station}")
    assert len(soup.select(".station")) == len(STATIONS)
    for part in soup.select(".opening, .microscope"):
        words = said(part).replace("a stroke, an edge", "")
        assert not re.search(r"\b(ink|digits? of|paper|stroke)\b", words)
    picked = [bool(each.select("h2 [aria-current]")) for each in soup.select(".station")]
    assert picked == [name == station for name in STATIONS]


@pytest.mark.slow
def test_the_tour_speaks_of_photographs(client: FlaskClient) -> None:
    stops = int(str(one(page(client, "?network=photos&tour=1"), ".tour-text meter")["max"]))
    words = [said(one(page(client, f"?network=photos&tour={stop}"), ".tour-text")) for stop in range(1, stops + 1)]
    assert stops >= 10
    assert not re.search(r"\b(ink|paper|digit|draw)\b", " ".join(words), re.I)
    assert "red, green and blue" in words[0]
    assert "Upload a photograph" in words[-1]


def test_classes_are_words_and_the_network_keeps_its_own(client: FlaskClient) -> None:
    soup = page(client, "?network=photos&layer=dense&cell=8.0.0")
    assert [said(name) for name in soup.select(".chance-list b")] == list(load_network("photos").classes)
    assert said(one(soup, ".bench h2")) == "dense score of class ship"


def test_a_pixel_is_asked_about_by_its_colour(client: FlaskClient) -> None:
    soup = page(client, "?network=photos&layer=conv1&cell=0.5.5&pixel=1.5.6")
    assert f"column 6, green {X[1, 5, 6]:.3f}: 9 cells" in said(one(soup, "#pixel"))
    back = page(client, "?network=photos&way=backward&layer=input&cell=2.3.4")
    assert said(one(back, ".bench h2")) == "input gradient of blue, row 3, column 4"


def test_a_drawing_can_be_looked_at_all_the_same(client: FlaskClient) -> None:
    soup = page(client, "?network=photos&image=drawn.AABBCCzz")
    assert soup.select("#own-picture")
    assert not soup.select("canvas")


def test_the_api_speaks_of_photographs_too(client: FlaskClient) -> None:
    answer = client.get("/api/v1/forward?network=photos").get_json()
    assert answer == client.get("/api/v1/forward?network=photos&image=sample.cat").get_json()
    assert answer["prediction"]["label"] in load_network("photos").classes
    seen = np.load(io.BytesIO(client.get("/api/v1/activations?network=photos&layer=input").data), allow_pickle=False)
    np.testing.assert_array_equal(seen, X)
    trace = client.get("/api/v1/trace?network=photos&layer=conv4&cell=3.0.15").get_json()
    products = [step for step in trace["steps"] if step["op"] == "multiply"]
    assert len(products) == 32 * 9
    assert any(read["padded"] for step in products for read in step["reads"])
    assert sum(step["value"] for step in trace["steps"]) == pytest.approx(trace["value"], rel=0, abs=1e-12)
