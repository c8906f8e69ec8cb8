"""What a request may use besides its own address, put together once at the start."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from app.config import Settings
from app.filtering_room import FilterRoom
from app.store import Store
from app.walker import Walker


@dataclass(frozen=True)
class Services:
    """The settings of this copy of the site, where its pictures are kept, and who sends them through what."""

    settings: Settings
    store: Store
    walker: Walker
    filters: FilterRoom


def services() -> Services:
    """Return what create_app put together for the application that answers now."""
    found = current_app.extensions["convscope"]
    if not isinstance(found, Services):
        raise TypeError(f"create_app puts Services at app.extensions['convscope'], but {type(found)} is there.")
    return found
