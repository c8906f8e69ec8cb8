"""The cells around a selected one, for screens on which a whole map does not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.render.figures import Figure, figure
from cnn_core import Array


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A cell near the selected one. value: what a form sends to select it. picked: it is the selected one."""

    value: str
    figure: Figure
    picked: bool


def neighbourhood(
    values: Array, at: tuple[int, ...], scale: float, reach: int = 2, make: Callable[..., Figure] = figure
) -> tuple[tuple[Neighbour | None, ...], ...]:
    """The cells of an (H, W) map around (..., row, column), `reach` to each side; None beyond its edges."""
    *leading, row, column = at
    height, width = values.shape

    def neighbour(i: int, j: int) -> Neighbour | None:
        if not (0 <= i < height and 0 <= j < width):
            return None
        place = ".".join(map(str, (*leading, i, j)))
        return Neighbour(value=place, figure=make(float(values[i, j]), scale, "2"), picked=(i, j) == (row, column))

    return tuple(
        tuple(neighbour(i, j) for j in range(column - reach, column + reach + 1))
        for i in range(row - reach, row + reach + 1)
    )
