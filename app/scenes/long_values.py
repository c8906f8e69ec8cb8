"""Long kernels and chains: kept in the store under their digests, so that addresses stay short."""

from __future__ import annotations

import zlib
from functools import partial

from app.scenes.filter_scene import FilterScene, digest
from app.store.protocol import Store

KEPT_SECONDS = 90 * 24 * 60 * 60
"""How long a value is kept after it was last used: the length of a course and its revision."""


def keep(scene: FilterScene, store: Store) -> None:
    """Put the values of the scene that are too long for an address into the store."""
    for name, text in scene.texts().items():
        if scene.is_long(name, text):
            key = digest(text)
            if not store.renew(key, KEPT_SECONDS):
                store.put(key, zlib.compress(text.encode(), 1), KEPT_SECONDS)


def look_up(store: Store, name: str) -> str | None:
    """Return the text kept under kept.<digest>, or None."""
    data = store.get(name)
    return None if data is None else zlib.decompress(data).decode()


def looking_up(store: Store) -> partial[str | None]:
    """Return the lookup function for read_filter_scene."""
    return partial(look_up, store)
