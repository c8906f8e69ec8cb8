"""A part of a page, and what it depends on.

A room lists its Fragments as a tree; the first is the view. A template says where its children stand with
{{ place(name) }}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.scenes.parameter_table import TableScene

SceneT = TypeVar("SceneT", bound=TableScene)


@dataclass(frozen=True, kw_only=True)
class Fragment(Generic[SceneT]):
    """A part of a page, whose element has its name as id.

    depends: the parameters that it depends on. partly: those of which a part counts, and how to find that part in a
    scene, as a value that a scene may have (of a cell its map, for one). children: the fragments inside it, each of
    which can be asked for by itself. pieces: those that come and go with the scene, and cannot. may_be_empty: for
    some scenes there is nothing to show.
    """

    name: str
    template: str
    depends: tuple[str, ...] = ()
    partly: Mapping[str, Callable[[SceneT], Any]] = field(default_factory=dict)
    children: tuple[Fragment[SceneT], ...] = ()
    pieces: Callable[[SceneT], tuple[Fragment[SceneT], ...]] | None = None
    may_be_empty: bool = False

    @property
    def element(self) -> str:
        """The id of the element that is exchanged; what may be empty stands in one that is always there."""
        return f"{self.name}-place" if self.may_be_empty else self.name

    def key(self, scene: SceneT) -> tuple[Any, ...]:
        """The values that it depends on."""
        values = tuple([getattr(scene, name) for name in self.depends])
        return values + tuple([part(scene) for part in self.partly.values()]) if self.partly else values

    def narrowed(self, scene: SceneT) -> SceneT:
        """The scene with nothing set but what the fragment depends on."""
        names = (*self.depends, *self.partly)
        return type(scene).holding(dict(zip(names, self.key(scene), strict=True)))

    def inside(self, scene: SceneT) -> tuple[Fragment[SceneT], ...]:
        """All that is in it for a scene."""
        return self.children + self.pieces(scene) if self.pieces else self.children

    def below(self) -> Iterator[Fragment[SceneT]]:
        """All that can be asked for by itself, below it."""
        for child in self.children:
            yield child
            yield from child.below()
