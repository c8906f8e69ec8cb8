"""A choice that the page offers: every one is a scene, and so a link."""

from __future__ import annotations

from dataclasses import dataclass

from app.scenes.walk_scene import Scene


@dataclass(frozen=True)
class Choice:
    """One of several to choose from, and the scene that chooses it; `first`: it is offered before others."""

    name: str
    kind: str
    picked: bool
    scene: Scene
    first: bool = True
