"""HTML tables of numbers on their colours: cells as buttons, as text, and as input fields.

They are built as strings because Jinja takes ten times as long for their hundreds of cells.
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
"""The precision that fits into a cell of a small map; on a large one only the colour shows, the text is read aloud."""


def cell_buttons(
    name: Literal["cell", "pixel", "at"],
    values: Array,
    picked: Sequence[int],
    scale: float,
    seers: Field | None = None,
    write: Callable[[float, str], str] = number,
    mark: bool = True,
) -> Markup:
    """The rows of an (H, W) map as buttons that select a cell. name: the parameter that they send.

    picked: the selected cell, (..., row, column), in the array that the map is a part of; its leading indices go into
    the buttons' values. scale: the limit of the colours. seers: cells that see a pixel. write: formats a
    number. mark: whether the selected cell is marked; else that is left to whoever knows the page.
    """
    *leading, row, column = picked
    before = "".join(f"{at}." for at in leading)
    tones = levels(values, scale).tolist()
    rows = []
    for i, (numbers, colours) in enumerate(zip(values.tolist(), tones, strict=True)):
        row_cells = []
        for j, (value, tone) in enumerate(zip(numbers, colours, strict=True)):
            state = ' aria-current="true"' if mark and (i, j) == (row, column) else ' tabindex="-1"'
            seen = ' class="sees"' if seers is not None and seers.contains((leading[0], i, j)) else ""
            row_cells.append(
                f'<td{seen}><button name="{name}" value="{before}{i}.{j}" class="c{tone}"{state}>'
                f"{write(value, DECIMALS)}</button></td>"
            )
        rows.append(f"<tr>{''.join(row_cells)}</tr>")
    return Markup("\n".join(rows))


def rows(table: Table) -> Markup:
    """The rows of a table of figures; CSS classes give the colour, padding and marks."""
    # A figure's text and tone are digits, letters, points and signs: nothing to escape.
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
    """The rows of a table of input fields, from the text and tone of each number.

    said: a label with {row} and {column}; it comes from a translator, so it is escaped.
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
