"""The way out of a problem, as the tests write it: the query of the nearest scene that can be shown."""

from __future__ import annotations

from app.refusal import Refusal
from app.scenes.parameter_table import TableScene


def way_out(refusal: Refusal) -> str:
    """Return the query of the nearest scene, or "?" where it is the scene of an empty query."""
    scene = refusal.values["nearest"]
    assert isinstance(scene, TableScene)
    return scene.query() or "?"
