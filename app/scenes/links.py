"""Addresses of scenes: the page of any room, the fragment that htmx exchanges, and a link with both.

A room that leads to another makes that room's scene and asks here for its address.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g, url_for
from markupsafe import Markup, escape

from app.scenes.changes import between
from app.scenes.parameter_table import TableScene

FROM = "from"
"""The parameter that names the scene in which a control was pressed, by its query."""


def page_url(scene: TableScene, *, external: bool = False) -> str:
    """Return the address of a scene's page; external: with scheme and host, to be kept elsewhere."""
    return url_for(f"{scene.table.room}.page", _external=external) + scene.query()


def view_url(scene: TableScene) -> str:
    """Return the address of the fragment that shows all that depends on the scene."""
    return url_for(f"{scene.table.room}.view") + scene.query()


@contextmanager
def standing_in(scene: TableScene) -> Iterator[None]:
    """While a fragment is written: its links say what they change of this scene, and nothing else of it."""
    g.standing_in = scene
    try:
        yield
    finally:
        g.standing_in = None


def in_fragment() -> bool:
    """Whether what is being written is a fragment, which may not know all of the page's scene."""
    return g.get("standing_in") is not None


def links(scene: TableScene, do: str = "", anchor: str = "", *, scroll: bool = False) -> Markup:
    """Return the attributes of a control that leads to a scene: its page, and the fragment that htmx exchanges.

    do: the name of an edit that the room makes on the scene before it is shown. anchor: where the page opens, as #id.
    scroll: whether htmx scrolls there too.
    """
    if in_fragment():
        return _change(scene, do, anchor, anchor if scroll else "")
    room = scene.table.room
    known = g.setdefault("room_addresses", {})  # a page has hundreds of controls, and url_for is slow
    if room not in known:
        known[room] = escape(url_for(f"{room}.page")), escape(url_for(f"{room}.view"))
    page, view = known[room]
    # A query is made of letters, digits and ". - _ ~ = & , ; %" alone: see Table.query.
    query = scene.query()
    if do:
        query = with_parameter(query, "do", do)
    query = query.replace("&", "&amp;")
    place = anchor if scroll else ""
    return Markup(f'href="{page}{query}{anchor}" hx-get="{view}{query}{place}"')


def _change(scene: TableScene, do: str, anchor: str, place: str) -> Markup:
    """The same in a fragment: what is changed. The page's scene is put in where the page is made, or by a script."""
    query = "?" + scene.write(between(g.standing_in, scene))
    if do:
        query = with_parameter(query, "do", do) if query != "?" else f"?do={do}"
    query = query.replace("&", "&amp;")
    return Markup(f'href="{query}{anchor}" hx-get="{change_url(scene)}{query}{place}"')


def change_url(scene: TableScene) -> str:
    """Return the address that answers a change with the fragments that it changes."""
    room = scene.table.room
    known: dict[str, str] = g.setdefault("change_addresses", {})
    if room not in known:
        known[room] = str(escape(url_for(f"{room}.change")))
    return known[room]


def with_parameter(query: str, name: str, value: str) -> str:
    """Add a parameter to a query string; an empty value adds nothing."""
    if not value:
        return query
    return f"{query}&{name}={value}" if query else f"?{name}={value}"
