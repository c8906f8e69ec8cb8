"""The activations or gradients of all layers as images, each rendered when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from app.render.colours import Role, limit, map_picture, sheet_picture
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
    _painted: dict[Scope, Mapping[str, tuple[str, ...]]] = field(default_factory=dict, repr=False)
    _sheets: dict[tuple[str, Scope], tuple[str, int, int]] = field(default_factory=dict, repr=False)

    @cached_property
    def widest(self) -> float:
        """The largest absolute value of all arrays that are shown as maps."""
        return max((limit(array) for name, array in self.arrays.items() if name not in self.scores), default=0.0)

    def scale(self, name: str, channel: int, scope: Scope) -> float:
        """The limit of one map's colour scale, -limit..limit."""
        if scope == "network" and name not in self.scores:
            return self.widest
        return limit(self.arrays[name][channel] if scope == "map" else self.arrays[name])

    def pictures(self, scope: Scope) -> Mapping[str, tuple[str, ...]]:
        """All maps as data: URIs, by layer name; rendered when a scope is first asked for."""
        if scope not in self._painted:
            self._painted[scope] = {
                name: tuple(
                    map_picture(values, self.scale(name, at, scope), self.role) for at, values in enumerate(array)
                )
                for name, array in self.arrays.items()
                if name not in self.scores
            }
        return self._painted[scope]

    def sheet(self, name: str, scope: Scope) -> tuple[str, int, int]:
        """All maps of a layer in one image: data: URI, width, height."""
        array = self.arrays[name]
        columns = min(len(array), 4 if len(array) <= 8 else 8)
        if (name, scope) not in self._sheets:
            scales = [self.scale(name, at, scope) for at in range(len(array))]
            self._sheets[name, scope] = sheet_picture(array, scales, columns, self.role)
        return self._sheets[name, scope]

    def picture(self, name: str, channel: int, scope: Scope) -> str:
        """One map of any layer as a data: URI, also of scores, which are maps where they come from a convolution."""
        if name in self.scores:
            return map_picture(self.arrays[name][channel], self.scale(name, channel, scope), self.role)
        return self.pictures(scope)[name][channel]
