"""The in-process cache: its size, its lifetimes, forgetting by key, and threads that share it."""

from __future__ import annotations

import gc
import threading
import weakref

from app.store.ttl_cache import ExpiringCache


class Value:
    """Something whose end can be seen."""


def test_the_least_recently_used_value_makes_room() -> None:
    cache: ExpiringCache[str, int] = ExpiringCache(2, 60)
    cache.put("one", 1)
    cache.put("two", 2)
    assert cache.get("one") == 1
    cache.put("three", 3)
    assert [cache.get(key) for key in ("one", "two", "three")] == [1, None, 3]
    cache.put("one", 11)
    assert (cache.get("one"), len(cache)) == (11, 2)


def test_a_value_expires_after_its_time_however_often_it_was_read() -> None:
    now = [0.0]
    cache: ExpiringCache[str, int] = ExpiringCache(9, 60, lambda: now[0])
    cache.put("early", 1)
    now[0] = 40
    cache.put("late", 2)
    now[0] = 59.9
    assert (cache.get("early"), cache.get("late")) == (1, 2)
    now[0] = 60
    assert (cache.get("early"), cache.get("late"), len(cache)) == (None, 2, 1)


def test_putting_again_starts_the_time_again() -> None:
    now = [0.0]
    cache: ExpiringCache[str, int] = ExpiringCache(9, 60, lambda: now[0])
    cache.put("key", 1)
    now[0] = 40
    cache.put("key", 2)
    now[0] = 99.9
    assert cache.get("key") == 2
    now[0] = 100
    assert cache.get("key") is None


def test_reading_any_key_frees_the_memory_of_what_has_expired() -> None:
    now = [0.0]
    cache: ExpiringCache[str, Value] = ExpiringCache(9, 60, lambda: now[0])
    value = Value()
    alive = weakref.ref(value)
    cache.put("old", value)
    del value
    gc.collect()
    assert alive() is not None
    now[0] = 60
    cache.get("another")
    gc.collect()
    assert alive() is None


def test_what_belongs_together_is_forgotten_together() -> None:
    cache: ExpiringCache[tuple[str, int], str] = ExpiringCache(9, 60)
    for name in "ab":
        for number in (1, 2):
            cache.put((name, number), name)
    cache.forget(lambda key: key[0] == "a")
    assert [cache.get((name, number)) for name in "ab" for number in (1, 2)] == [None, None, "b", "b"]


def test_threads_do_not_trip_over_each_other() -> None:
    cache: ExpiringCache[int, int] = ExpiringCache(8, 60)
    faults: list[Exception] = []

    def work(start: int) -> None:
        try:
            for number in range(start, start + 2000):
                cache.put(number % 16, number)
                cache.get((number + 5) % 16)
                cache.forget(lambda key: key % 7 == 0)
        except (KeyError, RuntimeError) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(cache) <= 8
