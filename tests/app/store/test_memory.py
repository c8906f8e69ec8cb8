"""What only the store in memory does: reading counts as use, and any read drops what has expired."""

from __future__ import annotations

import sys

from app.store.memory import MemoryStore


def test_reading_an_entry_keeps_it_from_being_the_oldest() -> None:
    store = MemoryStore(cap=1_000)
    for number in range(4):
        store.put(f"key{number}", bytes(240), 60)
    assert store.get("key0") is not None
    store.put("key4", bytes(240), 60)
    assert [store.get(f"key{number}") is not None for number in range(5)] == [True, False, True, True, True]


def test_reading_any_key_drops_what_has_expired() -> None:
    now = [0.0]
    store = MemoryStore(1_000, lambda: now[0])
    value = bytes(100)
    alone = sys.getrefcount(value)
    store.put("short", value, 10)
    now[0] = 9.9
    store.get("another")
    assert sys.getrefcount(value) == alone + 1
    now[0] = 10
    store.get("another")
    assert sys.getrefcount(value) == alone


def test_closing_drops_everything() -> None:
    store = MemoryStore()
    store.put("key", b"value", 60)
    store.close()
    assert store.get("key") is None
