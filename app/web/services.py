"""Services: what create_app makes once for a site and a request uses later, found by its type."""

from __future__ import annotations

from typing import TypeVar

from flask import Flask, current_app

SERVICES = "convscope.services"

T = TypeVar("T")


def provide(app: Flask, kind: type[T], made: T) -> T:
    """Let `service(kind)` find this object, in place of one that was provided before."""
    app.extensions.setdefault(SERVICES, {})[kind] = made
    return made


def service(kind: type[T], app: Flask | None = None) -> T:
    """Return the object of this type that the site was given; of the site that answers now, unless one is named.

    Raises LookupError where create_app has provided none.
    """
    found: dict[type, T] = (app or current_app).extensions.get(SERVICES, {})
    if kind not in found:
        raise LookupError(f"no {kind.__name__} was provided: create_app, or a room's register(), has to do it")
    return found[kind]
