"""A map as a grid of cells to press, and a table of numbers to read; each number stands on its colour.

Written as one string: a template would need ten times as long for its hundreds of cells, at every single press.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from markupsafe import Markup, escape

from app.render.colours import levels
from app.render.figures import Table
from app.render.numbers import number
from cnn_core import Array
from cnn_core.analysis.receptive_field import Field

DECIMALS = "2"
"""What fits into a cell of a small map; of a large one only the colour is seen, and the number is read aloud."""


def cells(
    name: Literal["cell", "pixel", "at"],
    values: Array,
    picked: Sequence[int],
    scale: float,
    seers: Field | None = None,
    write: Callable[[float, str], str] = number,
) -> Markup:
    """Write the rows of an (H, W) map; `picked` is (..., row, column) in the array that the map is a part of.

    Cells that see a picked pixel are marked. write: how a number is written with so many decimals.
    """
    *leading, row, column = picked
    before = "".join(f"{at}." for at in leading)
    tones = levels(values, scale).tolist()
    rows = []
    for i, (numbers, colours) in enumerate(zip(values.tolist(), tones, strict=True)):
        row_cells = []
        for j, (value, tone) in enumerate(zip(numbers, colours, strict=True)):
            state = ' aria-current="true"' if (i, j) == (row, column) else ' tabindex="-1"'
            seen = ' class="sees"' if seers is not None and seers.contains((leading[0], i, j)) else ""
            row_cells.append(
                f'<td{seen}><button name="{name}" value="{before}{i}.{j}" class="c{tone}"{state}>'
                f"{write(value, DECIMALS)}</button></td>"
            )
        rows.append(f"<tr>{''.join(row_cells)}</tr>")
    return Markup("\n".join(rows))


def rows(table: Table) -> Markup:
    """Write the rows of a table: the tone gives the strength of the colour, its class says padding and marks."""
    # A figure's text and tone are made of digits, letters, a point and signs; none needs to be escaped.
    return Markup(
        "\n".join(
            "<tr>"
            + "".join(
                f'<td class="{cell.tone}{" padded" if cell.padded else ""}{" marked" if cell.marked else ""}'
                f'{" asked" if cell.asked else ""}">'
                f"{cell.text}</td>"
                for cell in row
            )
            + "</tr>"
            for row in table
        )
    )


def fields(table: Sequence[Sequence[tuple[str, str]]], said: str) -> Markup:
    """Write a field for every number, given as its text and its tone; said: "row {row}, column {column}", for its name.

    The words come from a template, and so from a translator: they are escaped.
    """
    return Markup(
        "\n".join(
            "<tr>"
            + "".join(
                f'<td><input type="number" step="any" name="k" id="k-{i}-{j}" value="{text}" class="{tone}" '
                f'autocomplete="off" required aria-label="{escape(said.format(row=i, column=j))}"></td>'
                for j, (text, tone) in enumerate(row)
            )
            + "</tr>"
            for i, row in enumerate(table)
        )
    )
