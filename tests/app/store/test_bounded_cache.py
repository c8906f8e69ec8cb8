"""A table that holds so many bytes and no more."""

from __future__ import annotations

from app.store.bounded_cache import BoundedCache


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    cache = BoundedCache[str](12, len)
    cache.put("a", "x" * 6)
    cache.put("b", "y" * 6)
    assert cache.get("a") == "x" * 6
    cache.put("c", "z" * 6)
    assert [cache.get(key) for key in "abc"] == ["x" * 6, None, "z" * 6]


def test_what_is_larger_than_everything_is_not_kept_and_pushes_nothing_out() -> None:
    cache = BoundedCache[str](12, len)
    cache.put("a", "x" * 12)
    cache.put("b", "y" * 13)
    assert [cache.get(key) for key in "ab"] == ["x" * 12, None]
