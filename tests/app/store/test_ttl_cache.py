"""A few things are remembered, for a while, and are gone at once when they are to be forgotten."""

from __future__ import annotations

import threading

from app.store.ttl_cache import Remembered


def test_what_was_put_is_there_until_there_are_too_many() -> None:
    memory: Remembered[str, int] = Remembered(2, 60)
    memory.put("one", 1)
    memory.put("two", 2)
    assert memory.get("one") == 1
    memory.put("three", 3)
    assert [memory.get(key) for key in ("one", "two", "three")] == [1, None, 3]
    memory.put("one", 11)
    assert (memory.get("one"), len(memory)) == (11, 2)


def test_what_nobody_used_for_a_while_is_let_go_of() -> None:
    now = [0.0]
    memory: Remembered[str, int] = Remembered(9, 60, lambda: now[0])
    memory.put("used", 1)
    memory.put("unused", 2)
    now[0] = 40
    assert memory.get("used") == 1
    now[0] = 70
    assert len(memory) == 1
    assert (memory.get("used"), memory.get("unused")) == (1, None)


def test_what_belongs_together_is_forgotten_together() -> None:
    memory: Remembered[tuple[str, int], str] = Remembered(9, 60)
    for name in "ab":
        for number in (1, 2):
            memory.put((name, number), name)
    memory.forget(lambda key: key[0] == "a")
    assert [memory.get((name, number)) for name in "ab" for number in (1, 2)] == [None, None, "b", "b"]


def test_threads_do_not_trip_over_each_other() -> None:
    memory: Remembered[int, int] = Remembered(8, 60)
    faults: list[Exception] = []

    def work(start: int) -> None:
        try:
            for number in range(start, start + 2000):
                memory.put(number % 16, number)
                memory.get((number + 5) % 16)
                memory.forget(lambda key: key % 7 == 0)
        except (KeyError, RuntimeError) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(memory) <= 8
