"""The frames on the strip: what the selected cell has seen of every map before it, and who sees the selected pixel.

They stand by themselves and each map of the strip refers to its own, so that another cell moves frames and not maps.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.passes.state import WalkState
from app.render.figures import Box
from app.walk.receptive_field import ReceptiveFields


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The frames of one map, in its cells. name: "<station>-<map>". seen: what the cell has seen; seers: who sees."""

    name: str
    seen: Box | None
    seers: Box | None


def frames(state: WalkState, receptive_fields: ReceptiveFields) -> tuple[Frame, ...]:
    """The frames of all maps that have any; on the way back there are none."""
    if state.scene.way == "backward":
        return ()
    found = (
        Frame(
            name=f"{name}-{channel}",
            seen=receptive_fields.seen_box(name, channel),
            seers=receptive_fields.seers_box(name, channel),
        )
        for name in state.names[:-2]
        for channel in range(len(state.outputs[name]))
    )
    return tuple(frame for frame in found if frame.seen or frame.seers)
