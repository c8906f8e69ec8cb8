"""A map as a grid of cells to press, each a number on its colour.

Written as one string: a template would need ten times as long for its seven hundred cells, at every single press.
"""

from __future__ import annotations

from typing import Literal

from markupsafe import Markup

from app.paint import levels
from app.writing import number
from cnn_core import Array, Cell
from cnn_core.fields import Field

DECIMALS = "2"
"""What fits into a cell of a small map; of a large one only the colour is seen, and the number is read aloud."""


def cells(
    name: Literal["cell", "pixel"], values: Array, picked: Cell, scale: float, seers: Field | None = None
) -> Markup:
    """Write the rows of an (H, W) map; `picked` is (channel, row, column). Cells that see a picked pixel are marked."""
    channel, row, column = picked
    tones = levels(values, scale).tolist()
    rows = []
    for i, (numbers, colours) in enumerate(zip(values.tolist(), tones, strict=True)):
        row_cells = []
        for j, (value, tone) in enumerate(zip(numbers, colours, strict=True)):
            state = ' aria-current="true"' if (i, j) == (row, column) else ' tabindex="-1"'
            seen = ' class="sees"' if seers is not None and seers.contains((channel, i, j)) else ""
            row_cells.append(
                f'<td{seen}><button name="{name}" value="{channel}.{i}.{j}" class="c{tone}"{state}>'
                f"{number(value, DECIMALS)}</button></td>"
            )
        rows.append(f"<tr>{''.join(row_cells)}</tr>")
    return Markup("\n".join(rows))
