"""What a control changes: the parameters in which the scene that it leads to differs from the one that it stands in.

A part of a page depends on some parameters only, so a control in it says what it changes and not what stays. The scene
of the page, which knows the rest, does the change with its own `but`.
"""

from __future__ import annotations

from typing import Any

from app.scenes.parameter_table import TableScene


def between(base: TableScene, target: TableScene) -> dict[str, Any]:
    """Return the changes that lead from one scene to the other: base.but(**changes) is the target.

    What the target was told to set is a change even where it looks the same: of what the base does not depend on, it
    does not know what the page has.
    """
    told = {name: getattr(target, name) for name in base.table.names if name in target.set_names}
    if target.origin is base:
        return told
    # `but` has a will of its own: another layer forgets the cell. What the target keeps in spite of it is said too.
    reached = base.table.values(base.but(**told))
    becomes = zip(base.table.names, reached, base.table.values(target), strict=True)
    changes = told | {name: new for name, found, new in becomes if found is not new and found != new}
    return {name: changes[name] for name in base.table.names if name in changes}
