"""Long kernels and chains are kept by the store under their digests, so that an address that names one stays short."""

from __future__ import annotations

import zlib
from functools import partial

from app.scenes.filter_scene import FilterScene, digest
from app.store.protocol import Store

KEPT_SECONDS = 90 * 24 * 60 * 60
"""How long one is kept after it was last looked at: a course, and its revision."""


def keep(scene: FilterScene, store: Store) -> None:
    """Keep what of the scene is too long for an address."""
    for name, text in scene.texts().items():
        if scene.is_long(name, text):
            key = digest(text)
            if not store.renew(key, KEPT_SECONDS):
                store.put(key, zlib.compress(text.encode(), 1), KEPT_SECONDS)


def look_up(store: Store, name: str) -> str | None:
    """Return the text that is kept under kept.<digest>, or None."""
    data = store.get(name)
    return None if data is None else zlib.decompress(data).decode()


def looking_up(store: Store) -> partial[str | None]:
    """Return what read_filter_scene looks long texts up with."""
    return partial(look_up, store)
