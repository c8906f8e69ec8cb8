"""Writes fragments, each once for all readers.

A fragment is written for a scene in which only what it depends on is set, so its bytes cannot depend on anything else.
They are kept under the values of these parameters. Links in it are changes (app/scenes/links.py): whole_page.py makes
full addresses of them where a page is sent; where htmx asks, its request says in which scene a control was pressed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Flask, render_template
from markupsafe import Markup

from app.scenes.links import standing_in
from app.scenes.parameter_table import TableScene
from app.store.bounded_cache import BoundedCache
from app.web.fragments.fragment import Fragment
from app.web.languages import current_language

View = Callable[[Any], Mapping[str, object]]

KEPT_BYTES = 24 * 1024 * 1024
_INDENTS = re.compile(r"\n\s+")
_PLACE = re.compile(r"<!--place:([\w-]+)-->")


class FragmentCache(BoundedCache[str]):
    """The fragments of late. A reader's own picture is in none of them."""

    def __init__(self, most: int = KEPT_BYTES) -> None:
        super().__init__(most, len)


class Writer:
    """Writes the fragments of one room. view: what its templates are given for a scene."""

    def __init__(self, room: str, view: View, cache: FragmentCache) -> None:
        self._room, self._view, self._cache = room, view, cache

    def known(self, fragment: Fragment[Any], scene: TableScene) -> str | None:
        """A fragment's own text, without its children, where it is kept."""
        return self._cache.get(self._name(fragment, scene))

    def own(self, fragment: Fragment[Any], scene: TableScene) -> str:
        """A fragment's own text; in place of its children stands where they belong."""
        found = self.known(fragment, scene)
        if found is not None:
            return found
        narrowed = fragment.narrowed(scene)
        values = self._view(narrowed)
        with standing_in(values["page"].scene):  # type: ignore[attr-defined]
            text = render_template(fragment.template, fragment=fragment.name, **values)
        text = _INDENTS.sub("\n", text).strip()
        if not narrowed.shows_upload:
            self._cache.put(self._name(fragment, scene), text)
        return text

    def whole(self, fragment: Fragment[Any], scene: TableScene) -> str:
        """A fragment with all that is inside it."""
        text = self.own(fragment, scene)
        inside = {child.name: child for child in fragment.inside(scene)}
        return _PLACE.sub(lambda found: self._placed(inside[found[1]], scene), text) if inside else text

    def _placed(self, fragment: Fragment[Any], scene: TableScene) -> str:
        """A fragment as it stands in the one around it."""
        text = self.whole(fragment, scene)
        return f'<div id="{fragment.element}" class="place">{text}</div>' if fragment.may_be_empty else text

    def changed(self, fragment: Fragment[Any], old: TableScene, new: TableScene) -> Iterator[tuple[str, str]]:
        """The smallest fragments that differ between two scenes, by their element: as they are in the new one."""
        if self._differs(fragment, old, new):
            yield fragment.element, self._placed(fragment, new)
            return
        for child in fragment.inside(new):
            yield from self.changed(child, old, new)

    def _differs(self, fragment: Fragment[Any], old: TableScene, new: TableScene) -> bool:
        if fragment.key(old) == fragment.key(new):
            return False
        before = self.known(fragment, old)  # where it is not known any more, sending it again does no harm
        return before is None or before != self.own(fragment, new)

    def _name(self, fragment: Fragment[Any], scene: TableScene) -> tuple[object, ...]:
        return (self._room, fragment.name, current_language(), fragment.key(scene))


def place(name: str) -> Markup:
    """Say in a template where a child of the fragment stands."""
    return Markup(f"<!--place:{name}-->")


def register(app: Flask) -> None:
    """Give the templates `place`."""
    app.jinja_env.globals["place"] = place
