"""What a request may use besides its own address, put together once at the start."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from app.filters.engine.runner import FilterRoom
from app.passes.pass_cache import Walker
from app.store.protocol import Store
from app.web.settings import Settings


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
