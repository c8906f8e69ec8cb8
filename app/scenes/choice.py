"""A choice that a page offers: every one is a scene, and so a link."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.scenes.parameter_table import TableScene

SceneT = TypeVar("SceneT", bound=TableScene)


@dataclass(frozen=True)
class Choice(Generic[SceneT]):
    """One of several to choose from. picked: it is chosen now. scene: the one that chooses it.

    kind: of a sample. first: it is offered before others.
    """

    name: str
    picked: bool
    scene: SceneT
    kind: str = field(default="", kw_only=True)
    first: bool = field(default=True, kw_only=True)
