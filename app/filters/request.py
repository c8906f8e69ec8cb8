"""What a request says of a filter scene: its parameters, and the edit that one of them may ask for."""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from app.filters.engine.edits import edited, tuned, typed
from app.filters.engine.result import Filtered
from app.filters.engine.runner import FilterRoom
from app.refusal import Refusal
from app.scenes.filter_scene import FilterScene, read_filter_scene
from app.scenes.links import page_url
from app.scenes.long_values import keep, looking_up
from app.store.protocol import Store
from app.web.services import service

EDITS = ("do", "k", "n", "plane", "columns")
"""do: an edit by name. k: the numbers of the kernel's fields, with their columns and their plane. n: the numbers of a
preset's fields.
"""


def read(args: Mapping[str, str]) -> FilterScene:
    """Read a filter scene; long values are looked up in the store."""
    return read_filter_scene(args, looking_up(service(Store)))


def edit(scene: FilterScene, args: MultiDict[str, str]) -> FilterScene:
    """Return the scene with the edit that a request asks for; what is long in it is kept in the store."""
    runner = service(FilterRoom)
    scene = _edited(scene, args, runner)
    runner.kernel(scene)  # before anything is kept: what is too large is not
    keep(scene, service(Store))
    return scene


def _edited(scene: FilterScene, args: MultiDict[str, str], runner: FilterRoom) -> FilterScene:
    if not any(name in args for name in ("do", "k", "n")):
        return scene
    kernel = runner.kernel(scene)
    changed = scene
    if "k" in args:
        columns, plane = (args.get(name, type=int, default=0) for name in ("columns", "plane"))
        changed = typed(scene, args.getlist("k"), columns, kernel, plane)
    elif "n" in args:
        changed = tuned(scene, args.getlist("n"))
    if "do" in args:
        changed = edited(changed, args["do"], runner.kernel(changed))
    return runner.settled(changed)


def nearest(scene: FilterScene) -> FilterScene:
    """Return the nearest scene that can be shown; what is long in it is kept in the store."""
    found = service(FilterRoom).nearest(scene)
    keep(found, service(Store))
    return found


def other_scene(scene: FilterScene) -> Filtered | None:
    """Compute what the scene is compared with; None where there is nothing, or where it does not fit these settings."""
    if not scene.compares:
        return None
    try:
        return service(FilterRoom).run(scene.other())
    except Refusal as refusal:
        if refusal.status == 422:
            return None
        refusal.values["nearest"] = page_url(scene.but(kernel2=None, image2=None))
        if refusal.code == "picture-forgotten":
            refusal.values["place"] = scene.but(image2=None)
        raise
