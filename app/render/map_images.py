"""The activations or gradients of all layers as images, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from app.render.colours import Role, Sheet, limit, map_picture, sheet_picture
from cnn_core import Array

Scope = Literal["map", "layer", "network"]
"""What shares one scale of colours."""
SCOPES: tuple[Scope, ...] = ("map", "layer", "network")


@dataclass(frozen=True, eq=False)
class Maps:
    """arrays: (C, H, W) each, by layer name. scores: names of those of (K, 1, 1), shown as a list instead of as maps.

    role: chooses the hues.
    """

    arrays: Mapping[str, Array]
    scores: frozenset[str]
    role: Role = "value"
    _painted: dict[tuple[str, int, Scope], str] = field(default_factory=dict, repr=False)
    _sheets: dict[tuple[str, Scope, bool], Sheet] = field(default_factory=dict, repr=False)

    @cached_property
    def widest(self) -> float:
        """The largest absolute value of all arrays that are shown as maps."""
        return max((limit(array) for name, array in self.arrays.items() if name not in self.scores), default=0.0)

    def scale(self, name: str, channel: int, scope: Scope) -> float:
        """The limit of one map's colour scale, -limit..limit."""
        if scope == "network" and name not in self.scores:
            return self.widest
        return limit(self.arrays[name][channel] if scope == "map" else self.arrays[name])

    def shows(self, name: str) -> bool:
        """Whether a layer is shown as maps, and not as a list of scores."""
        return name in self.arrays and name not in self.scores

    def picture(self, name: str, channel: int, scope: Scope) -> str:
        """One map of any layer as a data: URI, also of scores, which are maps where they come from a convolution."""
        key = (name, channel, scope)
        if key not in self._painted:
            self._painted[key] = map_picture(
                self.arrays[name][channel], self.scale(name, channel, scope), self.role
            )
        return self._painted[key]

    def sheet(self, name: str, scope: Scope) -> Sheet:
        """All maps of a layer in one small image, some in a row."""
        channels = len(self.arrays[name])
        return self._sheet(name, scope, min(channels, 4 if channels <= 8 else 8))

    def column(self, name: str, scope: Scope) -> Sheet:
        """All maps of a layer in one image, one under the other, with a free row between them."""
        return self._sheet(name, scope, 0)

    def _sheet(self, name: str, scope: Scope, columns: int) -> Sheet:
        array, key = self.arrays[name], (name, scope, columns > 0)
        if key not in self._sheets:
            scales = [self.scale(name, at, scope) for at in range(len(array))]
            gap = max(1, array.shape[1] // 8) if columns else 1
            self._sheets[key] = sheet_picture(array, scales, columns or 1, gap, self.role)
        return self._sheets[key]
