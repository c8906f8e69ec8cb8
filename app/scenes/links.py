"""Addresses of scenes: the page of any room, the fragment that htmx exchanges, and a link with both.

A room that leads to another makes that room's scene and asks here for its address.
"""

from __future__ import annotations

from flask import g, url_for
from markupsafe import Markup, escape

from app.scenes.parameter_table import TableScene


def page_url(scene: TableScene, *, external: bool = False) -> str:
    """Return the address of a scene's page; external: with scheme and host, to be kept elsewhere."""
    return url_for(f"{scene.table.room}.page", _external=external) + scene.query()


def view_url(scene: TableScene) -> str:
    """Return the address of the fragment that shows all that depends on the scene."""
    return url_for(f"{scene.table.room}.view") + scene.query()


def links(scene: TableScene, do: str = "") -> Markup:
    """Return the attributes of a control that leads to a scene: its page, and the fragment that htmx exchanges.

    do: the name of an edit that the room makes on the scene before it is shown.
    """
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
    return Markup(f'href="{page}{query}" hx-get="{view}{query}"')


def with_parameter(query: str, name: str, value: str) -> str:
    """Add a parameter to a query string; an empty value adds nothing."""
    if not value:
        return query
    return f"{query}&{name}={value}" if query else f"?{name}={value}"
