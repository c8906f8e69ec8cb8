"""An array of maps as it is shown: its numbers, how far its colours reach, and an image of each map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.render.colours import Role
from app.render.figures import Box, Plate, on_sheet, plate
from app.render.map_images import Maps
from cnn_core import Array


@dataclass(frozen=True, kw_only=True, eq=False)
class ShownMaps:
    """array: (C, H, W). precision: how many decimals are shown. scale, uri: the range and the image of one map.

    sheet: the station on the strip that shows these maps already, if there is one.
    """

    array: Array
    precision: str
    scale: Callable[[int], float]
    uri: Callable[[int], str]
    sheet: str = ""

    def plate(self, channel: int, box: Box | None = None) -> Plate:
        """One map as an image, with a window drawn on it."""
        if self.sheet:
            return on_sheet(plate(self.array[channel], "", self.precision, box=box), self.sheet, channel)
        return plate(self.array[channel], self.uri(channel), self.precision, box=box)


def plain_maps(array: Array, precision: str, role: Role = "value") -> ShownMaps:
    """Show an array (C, H, W) by itself, all its maps on one scale of colours."""
    maps = Maps({"array": array}, frozenset(), role)
    return ShownMaps(
        array=array,
        precision=precision,
        scale=lambda channel: maps.scale("array", channel, "layer"),
        uri=lambda channel: maps.picture("array", channel, "layer"),
    )


def box_around(places: list[tuple[int, ...]]) -> Box:
    """The box around places (channel, row, column) of one map."""
    rows, columns = [at[1] for at in places], [at[2] for at in places]
    return min(columns), min(rows), max(columns) - min(columns) + 1, max(rows) - min(rows) + 1
