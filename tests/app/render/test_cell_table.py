"""Tables of numbers as HTML: one cell for each number, the selected and the marked ones, and nothing unescaped."""

from __future__ import annotations

import numpy as np
from bs4 import BeautifulSoup, Tag

from app.render.cell_table import cell_buttons, fields, rows
from app.render.figures import figure
from cnn_core.analysis.receptive_field import Field

MAP = np.array([[0.5, -1.0, 0.0], [0.25, 1.0, -0.125]])


def read(html: str) -> list[list[Tag]]:
    return [row.select("td") for row in BeautifulSoup(f"<table>{html}</table>", "html.parser").select("tr")]


def test_every_number_of_a_map_is_a_button_with_its_place_and_colour() -> None:
    found = [[cell.select_one("button") for cell in row] for row in read(cell_buttons("cell", MAP, (3, 1, 0), 1.0))]
    buttons = [[button for button in row if button] for row in found]
    assert [[button["value"] for button in row] for row in buttons] == [
        ["3.0.0", "3.0.1", "3.0.2"],
        ["3.1.0", "3.1.1", "3.1.2"],
    ]
    assert [[button.text for button in row] for row in buttons] == [
        ["0.50", "\N{MINUS SIGN}1.00", "0"],
        ["0.25", "1.00", "\N{MINUS SIGN}0.12"],
    ]
    assert [button["class"] for button in buttons[0]] == [["c192"], ["c1"], ["c128"]]
    assert {button["name"] for row in buttons for button in row} == {"cell"}


def test_only_the_selected_cell_is_current_and_in_the_tab_order() -> None:
    buttons = [
        button for row in read(cell_buttons("pixel", MAP, (0, 1, 2), 1.0)) for cell in row for button in cell("button")
    ]
    assert [button["value"] for button in buttons if button.get("aria-current") == "true"] == ["0.1.2"]
    assert [button["value"] for button in buttons if button.get("tabindex") != "-1"] == ["0.1.2"]


def test_cells_that_see_a_pixel_are_marked() -> None:
    seers = Field(np.array([False, False, False, True]), np.array([True, False]), np.array([False, True, True]))
    marked = [
        [cell.get("class") == ["sees"] for cell in row]
        for row in read(cell_buttons("cell", MAP, (3, 1, 0), 1.0, seers))
    ]
    assert marked == [[False, True, True], [False, False, False]]


def test_a_table_of_figures_says_padding_and_marks_as_classes() -> None:
    table = ((figure(0.5, 1.0, "2", padded=True), figure(-1.0, 1.0, "2", marked=True)), (figure(0.0, 1.0, "2"),))
    found = read(rows(table))
    assert [[cell["class"] for cell in row] for row in found] == [[["c192", "padded"], ["c1", "marked"]], [["c128"]]]
    assert [[cell.text for cell in row] for row in found] == [["0.50", "\N{MINUS SIGN}1.00"], ["0"]]


def test_fields_are_labelled_in_words_that_are_escaped() -> None:
    html = fields([[("1", "c255"), ("-2.5", "c1")]], 'row {row} "and" <b>column</b> {column}')
    assert "<b>" not in html
    inputs = [cell.select_one("input") for row in read(html) for cell in row]
    assert [(each["id"], each["value"], each["class"]) for each in inputs if each] == [
        ("k-0-0", "1", ["c255"]),
        ("k-0-1", "-2.5", ["c1"]),
    ]
    assert [each["aria-label"] for each in inputs if each] == [
        'row 0 "and" <b>column</b> 0',
        'row 0 "and" <b>column</b> 1',
    ]
