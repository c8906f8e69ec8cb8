"""Numbers and maps as view data: text, colour, range, peak, and the cells around one."""

from __future__ import annotations

import numpy as np

from app.render.figures import Box, figure, gradient_figure, plate, table
from app.render.neighbourhood import neighbourhood

MAP = np.array([[0.0, 2.0, -3.0], [2.0, 1.0, 0.0]])


def test_a_figure_has_the_colour_of_its_number() -> None:
    half, full, none = figure(0.5, 1.0, "2"), figure(-1.0, 1.0, "3", padded=True), figure(0.0, 1.0, "2", marked=True)
    assert (half.text, half.tone, half.padded, half.marked, half.asked) == ("0.50", "c192", False, False, False)
    assert (full.text, full.tone, full.padded) == ("\N{MINUS SIGN}1.000", "c1", True)
    assert (none.text, none.tone, none.marked) == ("0", "c128", True)


def test_a_tiny_gradient_has_a_power_of_ten() -> None:
    tiny = gradient_figure(5.7e-10, 1.0, "3", asked=True)
    assert (tiny.text, tiny.tone, tiny.asked) == ("5.7e\N{MINUS SIGN}10", "c128", True)
    assert figure(5.7e-10, 1.0, "3").text == "0.000"


def test_a_plate_says_its_range_and_the_first_of_its_largest_values() -> None:
    box: Box = (1, 0, 2, 2)
    shown = plate(MAP, "data:x", "2", box=box)
    assert (shown.uri, shown.width, shown.height, shown.box, shown.seers) == ("data:x", 3, 2, box, None)
    assert (shown.least, shown.most, shown.peak) == ("\N{MINUS SIGN}3.00", "2.00", (0, 1))


def test_where_all_values_are_equal_there_is_no_peak() -> None:
    assert plate(np.full((2, 3), 0.5), "data:x", "2").peak is None


def test_the_cells_around_one_end_at_the_edges() -> None:
    around = neighbourhood(MAP, (4, 0, 2), 3.0, reach=1)
    assert [[cell and cell.value for cell in row] for row in around] == [
        [None, None, None],
        ["4.0.1", "4.0.2", None],
        ["4.1.1", "4.1.2", None],
    ]
    texts = [[cell.figure.text for cell in row if cell] for row in around]
    assert texts == [[], ["2.00", "\N{MINUS SIGN}3.00"], ["1.00", "0"]]
    assert [(i, j) for i, row in enumerate(around) for j, cell in enumerate(row) if cell and cell.picked] == [(1, 1)]


def test_a_table_has_rows_of_so_many_and_a_shorter_last_one() -> None:
    figures = [figure(value, 7.0, "2") for value in range(7)]
    assert [len(row) for row in table(figures, 3)] == [3, 3, 1]
    assert [each for row in table(figures, 3) for each in row] == figures
