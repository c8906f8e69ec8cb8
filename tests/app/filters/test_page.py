"""The page of the filter explorer: its numbers are the core's, its links lead on, long kernels outlive a restart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from bs4 import BeautifulSoup, Tag

from app.filters.engine.edits import ADDED, EDITS, normalised
from app.filters.engine.runner import FilterRoom
from app.filters.page import filter_page
from app.passes.kernel_arrays import planes
from app.refusal import Refusal
from app.scenes.filter_scene import FilterScene, read_filter_scene
from app.scenes.kernel_text import named
from app.store.protocol import Store, open_store
from app.web.services import service
from cnn_core import load_network
from cnn_core.filters.filter import receptive
from cnn_core.filters.presets import PRESETS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

NETWORKS = {name: load_network(name) for name in ("digits", "digits-average", "photos")}
PAGES = [
    "",
    "?kernel=gaussian.5.1_5",
    "?kernel=random.31",
    "?kernel=learned.photos.3&channels=grey",
    "?kernel=learned.photos.3",
    "?image=sample.digit-8&kernel=roberts-x",
    "?border=zero&padding=1&flip=on&stride=3&dilation=2",
    "?kernel=box.4&border=none",
    "?kernel=gabor&border=edge&show=absolute",
    "?then=relu~max.2.2~filter.gaussian.5.1&step=2",
    "?then=relu~max.2.2&pixel=0.20.20",
    "?then=average.3.1&precision=exact",
    "?cell=2.0.0&pixel=2.40.41",
]


@pytest.fixture
def room() -> FilterRoom:
    return FilterRoom(NETWORKS, open_store("memory:"))


def scene(**args: str) -> FilterScene:
    return read_filter_scene(args, lambda name: None)


def parse(client: FlaskClient, address: str) -> BeautifulSoup:
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code == 200, (address, answer.text[-400:])
    return BeautifulSoup(answer.text, "html.parser")


def one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    (found,) = page.select(selector)
    return found


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("query", PAGES)
def test_every_page_opens_and_its_view_lies_in_it(client: FlaskClient, lang: str, query: str) -> None:
    answer = client.get(f"/{lang}/filters{query}")
    assert answer.status_code == 200
    view = client.get(f"/{lang}/filters/view{query}")
    assert view.headers["HX-Push-Url"] == f"/{lang}/filters{query}"
    assert view.text in answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
    for picture in page.select(".canvas img"):
        assert client.get(str(picture["src"])).mimetype in ("image/webp", "image/png")


@pytest.mark.slow
@pytest.mark.parametrize("query", PAGES)
def test_no_control_leads_nowhere(client: FlaskClient, query: str) -> None:
    page = parse(client, f"/en/filters{query}")
    links = {str(link["href"]) for link in page.select("main a[href]")}
    assert len(links) > 60
    for form in page.select("form.pick"):
        fields = {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
        select = one(form, "select")
        for option in select.select("option"):
            args = {**fields, str(select["name"]): str(option["value"])}
            links.add("/en/filters?" + "&".join(f"{name}={value}" for name, value in args.items()))
    for link in links:
        assert client.get(link, follow_redirects=True).status_code == 200, link


def test_the_gallery_has_every_preset_with_a_sentence_of_its_own(client: FlaskClient) -> None:
    sentences = set()
    for name in PRESETS:
        page = parse(client, f"/en/filters?kernel={name}")
        assert one(page, ".kernel-chip[aria-current]")["id"] == f"kernel-{name}"
        sentences.add(page.select("#kernel .note")[0].text)
    assert len(sentences) == len(PRESETS)
    chips = [str(chip["id"]) for chip in page.select(".kernels .kernel-chip")]
    assert chips == [f"kernel-{name}" for name in PRESETS]
    assert len(page.select(".learned .kernel-chip")) == 8 + 16


def test_the_shown_terms_add_up_to_the_shown_number(client: FlaskClient) -> None:
    page = parse(client, "/en/filters?kernel=scharr-x&cell=1.30.40&precision=exact")
    tables = page.select("#arithmetic table")
    read, weights, products = ([number(cell.text.strip()) for cell in table.select("td")] for table in tables)
    assert [round(a * b, 12) for a, b in zip(read, weights, strict=True)] == [round(each, 12) for each in products]
    assert sum(products) == pytest.approx(number(one(page, "[data-result]").text), abs=1e-9)


def test_a_large_sum_shows_what_says_most_and_the_rest(client: FlaskClient) -> None:
    page = parse(client, "/en/filters?kernel=random.31&cell=0.100.100&precision=6")
    terms = [number(cell.text) for cell in page.select("[data-product]")]
    rest, result = number(one(page, "[data-rest]").text), number(one(page, "[data-result]").text)
    assert sum(terms) + rest == pytest.approx(result, abs=1e-5)
    assert terms == sorted(terms, key=lambda term: -abs(term))
    assert len(page.select("#all-numbers td")) == 3 * 31 * 31


def test_the_picked_cell_is_the_results(room: FilterRoom) -> None:
    filtered = room.run(scene(kernel="sobel-y", cell="1.7.9", precision="6"))
    page = filter_page(filtered, NETWORKS)
    assert number(page.pixel.value.text) == pytest.approx(float(filtered.outputs[1][1, 7, 9]), abs=1e-5)
    assert page.before.box == (8, 6, 3, 3)
    assert page.after.box == (9, 7, 1, 1)


def test_readers_are_the_cells_whose_window_holds_the_pixel(room: FilterRoom) -> None:
    page = filter_page(room.run(scene(kernel="box.5", stride="2", pixel="0.10.11")), NETWORKS)
    assert page.readers is not None
    assert (page.readers.number, page.readers.box) == (6, (5, 4, 2, 3))
    pooled = filter_page(room.run(scene(then="max.2.2", pixel="0.11.10")), NETWORKS)
    assert pooled.readers is not None
    assert (pooled.readers.number, pooled.readers.box) == (1, (5, 5, 1, 1))
    gated = filter_page(room.run(scene(then="relu", pixel="0.11.10")), NETWORKS)
    assert gated.readers is not None
    assert gated.readers.box == (10, 11, 1, 1)


def test_the_output_size_is_in_its_formula(client: FlaskClient) -> None:
    page = parse(client, "/en/filters?kernel=box.4&border=none&stride=3")
    assert one(page, "#sight figure:nth-child(2) figcaption small").text == "3 × 85 × 85"
    formulas = [re.sub(r"\s", "", formula.text) for formula in page.select("#size math")]
    assert len(formulas) == 2
    assert all("256" in formula and formula.endswith("85") for formula in formulas)


def test_how_it_is_shown_is_what_suits_the_kernel_unless_somebody_chose(room: FilterRoom) -> None:
    def how(**args: str) -> str:
        return filter_page(room.run(scene(**args)), NETWORKS).after.how

    assert [how(kernel=name) for name in ("identity", "gaussian", "emboss", "sobel-x", "outline")] == [
        "clipped",
        "clipped",
        "clipped",
        "signed",
        "signed",
    ]
    assert how(kernel="sobel-x", show="absolute") == "absolute"
    assert how(kernel="gaussian", show="signed") == "signed"
    page = filter_page(room.run(scene(kernel="gaussian", show="signed")), NETWORKS)
    assert [choice.scene.show for choice in page.shows] == ["signed", "absolute", "auto"]


def test_what_is_cut_off_is_counted(room: FilterRoom) -> None:
    filtered = room.run(scene(kernel="sharpen", cell="2.5.5"))
    bars = filter_page(filtered, NETWORKS).histogram
    values = filtered.after[2]
    assert int(bars.below.replace(",", "")) == (values < 0).sum() > 0
    assert int(bars.above.replace(",", "")) == (values > 1).sum()


def test_the_chain_says_sizes_and_what_each_stage_has_seen(room: FilterRoom) -> None:
    filtered = room.run(scene(kernel="box.3", then="relu~max.2.2~filter.gaussian.5.1"))
    chain = filter_page(filtered, NETWORKS).chain
    assert [stage.kind for stage in chain.stages] == ["picture", "filter", "relu", "max-pool", "filter"]
    assert [stage.shape for stage in chain.stages][2:4] == ["3 × 256 × 256", "3 × 128 × 128"]
    assert [stage.seen for stage in chain.stages] == ["1 × 1", "3 × 3", "3 × 3", "4 × 4", "12 × 12"]
    assert receptive(filtered.chain)[0] == (12, 12)


def follow(client: FlaskClient, address: str) -> str:
    """Where an edit leads."""
    answer = client.get(address)
    assert answer.status_code == 302, answer.text[-300:]
    return str(answer.headers["Location"])


@pytest.mark.parametrize(
    ("edit", "kernel"),
    [
        ("flip", "1,0,-1;2,0,-2;1,0,-1"),
        ("negate", "1,0,-1;2,0,-2;1,0,-1"),
        ("rotate", "-1,-2,-1;0,0,0;1,2,1"),
        ("transpose", "-1,-2,-1;0,0,0;1,2,1"),
        ("add-row", "-1,0,1;-2,0,2;-1,0,1;0,0,0"),
        ("drop-column", "-1,0;-2,0;-1,0"),
        ("normalise", "-0.125,0,0.125;-0.25,0,0.25;-0.125,0,0.125"),
    ],
)
def test_the_kernels_buttons(client: FlaskClient, edit: str, kernel: str) -> None:
    place = follow(client, f"/en/filters?kernel=sobel-x&do={edit}")
    assert parse_qs(urlsplit(place).query)["kernel"] == [kernel]
    view = client.get(f"/en/filters/view?kernel=sobel-x&do={edit}")
    assert view.headers["HX-Push-Url"] == place


def test_what_a_button_would_not_change_is_no_link(client: FlaskClient) -> None:
    page = parse(client, "/en/filters?kernel=box.1")
    assert not page.select("#edit-drop-row[href], #edit-drop-column[href], #edit-rotate[href], #edit-normalise[href]")
    assert page.select("#edit-negate[href]")
    big = parse(client, "/en/filters?kernel=random.31")
    assert not big.select("#edit-add-row[href], #edit-add-column[href]")


def test_normalising_makes_the_sum_one_or_the_sizes() -> None:
    assert normalised(np.array([[[1.0, 3.0]]])).tolist() == [[[0.25, 0.75]]]
    assert normalised(np.array([[[-1.0, 1.0]]])).tolist() == [[[-0.5, 0.5]]]
    assert normalised(np.zeros((1, 2, 2))).tolist() == [[[0, 0], [0, 0]]]
    assert set(EDITS) & set(ADDED) == set()


def test_one_kernel_for_each_colour_and_back(client: FlaskClient) -> None:
    place = follow(client, "/en/filters?kernel=1,2&do=split")
    assert parse_qs(urlsplit(place).query)["kernel"] == ["1,2|1,2|1,2"]
    changed = follow(client, "/en/filters?kernel=1,2|1,2|1,2&cell=1.5.5&k=7&k=8&columns=2&plane=1")
    assert parse_qs(urlsplit(changed).query)["kernel"] == ["1,2|7,8|1,2"]
    joined = follow(client, "/en/filters?kernel=1,2|7,8|1,2&cell=1.5.5&do=join")
    assert parse_qs(urlsplit(joined).query)["kernel"] == ["7,8"]


def test_the_fields_of_a_kernel(client: FlaskClient) -> None:
    page = parse(client, "/en/filters?kernel=gaussian.3.1")
    texts = [str(field["value"]) for field in page.select("#kernel input[name=k]")]
    assert len(texts) == 9
    texts[0] = "1.5"
    place = follow(client, "/en/filters?kernel=gaussian.3.1&columns=3&" + "&".join(f"k={text}" for text in texts))
    rows = parse_qs(urlsplit(place).query)["kernel"][0]
    exact = planes(named("gaussian", 3, 1), NETWORKS)[0]
    assert rows.split(",")[0] == "1.5"
    # The fields that nobody touched say four digits, and keep all they had.
    assert float(rows.split(",")[1]) == pytest.approx(exact[0, 1], abs=1e-9)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("k=1&k=x&columns=2", 400),
        ("k=1&k=2&k=3&columns=2", 400),
        ("k=1&columns=0", 400),
        ("k=inf&columns=1", 400),
        ("k=1000&columns=1", 422),
        ("n=two&kernel=box", 400),
        ("n=40&kernel=box", 422),
        ("do=dance", 400),
        ("do=remove-1", 400),
        ("do=add-relu&then=relu~relu~relu~relu~relu", 422),
        ("kernel=random.31&do=add-row", 422),
    ],
)
def test_an_edit_that_cannot_be_made(client: FlaskClient, query: str, status: int) -> None:
    answer = client.get(f"/en/filters?{query}")
    assert answer.status_code == status
    page = BeautifulSoup(answer.text, "html.parser")
    if status == 422:
        (onward,) = page.select(".problem-onward .primary")
        assert client.get(str(onward["href"]), follow_redirects=True).status_code == 200


def test_a_presets_numbers(client: FlaskClient) -> None:
    assert follow(client, "/en/filters?kernel=gaussian&n=5&n=1.5").endswith("kernel=gaussian.5.1_5")
    assert follow(client, "/en/filters?kernel=gaussian.5&n=9&n=2").endswith("kernel=gaussian")


def test_the_chains_buttons(client: FlaskClient) -> None:
    assert follow(client, "/en/filters?do=add-relu").endswith("then=relu")
    assert follow(client, "/en/filters?then=relu~max.2.2&do=remove-2").endswith("then=max.2.2")
    assert follow(client, "/en/filters?then=relu&do=add-filter").endswith("then=relu~filter.gaussian.5.1")
    page = parse(client, "/en/filters?then=relu~relu~relu~relu~relu")
    assert not page.select(".adds")


def test_what_no_longer_goes_with_a_kernel_is_changed_with_it(client: FlaskClient) -> None:
    place = follow(client, "/en/filters?kernel=box.3&border=zero&padding=2&do=drop-row")
    assert parse_qs(urlsplit(place).query)["padding"] == ["1"]
    tight = "image=sample.digit-8&kernel=box.4&border=none&dilation=8"
    place = follow(client, f"/en/filters?{tight}&do=add-row")
    assert "dilation" not in place
    gone = follow(client, "/en/filters?image=sample.digit-8&kernel=box.3&border=none&cell=0.25.25&do=add-row")
    assert "cell" not in gone


def test_other_orders_and_defaults_lead_to_the_one_address(client: FlaskClient) -> None:
    assert follow(client, "/en/filters?stride=2&kernel=box&flip=off").endswith("?kernel=box&stride=2")
    assert follow(client, "/zh/filters?kernel=sobel-x") == "/zh/filters"


def kernel_text(seed: int) -> str:
    rows = np.random.default_rng(seed).normal(size=(3, 31, 31)).round(6)
    return "|".join(";".join(",".join(f"{value:.6f}" for value in row) for row in plane) for plane in rows)


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[list[FlaskClient]]:
    """The same site, twice: before and after a restart, with one file as its store."""
    from app import create_app
    from app.web.settings import Settings

    environment = {
        "CONVSCOPE_STORE": f"sqlite:{tmp_path / 'store.sqlite'}",
        "CONVSCOPE_SECRET": "known to the tests alone, and long enough",
    }
    apps = [create_app(Settings.from_environ(environment, tmp_path)) for _ in range(2)]
    yield [app.test_client() for app in apps]
    for app in apps:
        service(Store, app).close()


def test_a_long_chain_has_a_short_address_that_outlives_a_restart(sites: list[FlaskClient]) -> None:
    before, after = sites
    then = "~".join(f"filter.{kernel_text(seed)}" for seed in range(1, 6))
    place = follow(before, f"/en/filters?kernel={kernel_text(0)}&then={then}")
    assert len(place) < 2000
    assert before.get(place).status_code == 200
    assert after.get(place).status_code == 200
    query = urlsplit(place).query
    assert after.get(f"/api/v1/filter?{query}").data == before.get(f"/api/v1/filter?{query}").data


def test_one_that_nobody_kept_is_gone(client: FlaskClient) -> None:
    answer = client.get("/en/filters?kernel=kept." + "0" * 32)
    assert answer.status_code == 410
    assert "three months" in answer.text


def test_a_kernel_that_is_too_large_is_not_kept(room: FilterRoom) -> None:
    with pytest.raises(Refusal) as refused:
        room.kernel(scene(kernel=";".join([",".join(["1"] * 40)] * 40)))
    assert refused.value.code == "kernel-too-large"


def test_whatever_is_asked_is_shown_or_refused_with_a_way_out(client: FlaskClient) -> None:
    choices = {
        "image": ["sample.cat", "sample.digit-8", "sample.shapes", "drawn.0"],
        "crop": ["0.0.1.1", "3.2.5.9", "10.10.1.200"],
        "kernel": ["sobel-x", "1,2", "learned.photos.0", "random.31", "shift.15.-15", "1|2|3", "0,0;0,0"],
        "channels": ["grey", "red"],
        "border": ["zero", "none", "reflect", "edge"],
        "padding": ["0", "1", "4"],
        "flip": ["on"],
        "stride": ["0", "1", "7", "9"],
        "dilation": ["0", "2", "8"],
        "show": ["signed", "absolute", "clipped"],
        "then": ["relu", "max.8.8~max.8.8", "filter.box.31~average.3.1", "filter.sobel-x|sobel-y|scharr-x"],
        "step": ["1", "2", "5"],
        "cell": ["0.0.0", "2.30.4", "3.0.0"],
        "pixel": ["0.0.0", "1.60.60"],
        "do": ["normalise", "split", "join", "add-row", "drop-column", "add-max", "add-filter", "remove-2"],
    }
    rng = np.random.default_rng(11)
    for _ in range(150):
        query = {name: str(rng.choice(values)) for name, values in choices.items() if rng.random() < 0.3}
        answer = client.get("/en/filters", query_string=query, follow_redirects=True)
        assert answer.status_code in (200, 400, 422), query
        if answer.status_code == 422:
            (onward,) = BeautifulSoup(answer.text, "html.parser").select(".problem-onward .primary")
            assert client.get(str(onward["href"]), follow_redirects=True).status_code == 200, query
