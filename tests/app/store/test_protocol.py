"""The laws of a store, each tested over all kinds: values, lifetimes, capacity, threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.store.protocol import Store, open_store

KINDS = ("memory", "sqlite")


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


Opener = Callable[..., Store]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=KINDS)
def opener(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Opener]:
    """Open stores of one kind, by the fake clock, and close them at the end."""
    opened = []

    def open_one(cap: int = 10_000) -> Store:
        url = "memory:" if request.param == "memory" else f"sqlite:{tmp_path / 'deep' / 'er' / 'store.db'}"
        opened.append(open_store(url, cap, clock))
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Opener) -> Store:
    return opener()


def test_gives_back_what_was_put(store: Store) -> None:
    store.put("a", b"\x00\xff bytes", 60)
    store.put("b", b"", 60)
    assert store.get("a") == b"\x00\xff bytes"
    assert store.get("b") == b""
    assert store.get("c") is None


def test_a_second_put_replaces_the_first(store: Store) -> None:
    store.put("a", b"one", 60)
    store.put("a", b"two", 60)
    assert store.get("a") == b"two"


def test_keys_are_compared_to_the_letter(store: Store) -> None:
    store.put("Key", b"upper", 60)
    store.put("key", b"lower", 60)
    store.put("字 %_*'\"", b"odd", 60)
    assert (store.get("Key"), store.get("key"), store.get("字 %_*'\"")) == (b"upper", b"lower", b"odd")


def test_deletes_at_once_and_does_not_mind_a_missing_key(store: Store) -> None:
    store.put("a", b"one", 60)
    store.put("b", b"two", 60)
    store.delete("a")
    store.delete("a")
    assert store.get("a") is None
    assert store.get("b") == b"two"


def test_forgets_when_the_time_is_over(store: Store, clock: Clock) -> None:
    store.put("a", b"one", 60)
    clock.now += 59.9
    assert store.get("a") == b"one"
    clock.now += 0.1
    assert store.get("a") is None


def test_renewing_starts_the_time_again(store: Store, clock: Clock) -> None:
    store.put("a", b"one", 60)
    clock.now += 50
    assert store.renew("a", 60)
    clock.now += 50
    assert store.get("a") == b"one"
    clock.now += 10
    assert store.get("a") is None


def test_renewing_does_not_bring_back_what_is_gone(store: Store, clock: Clock) -> None:
    assert not store.renew("never", 60)
    store.put("late", b"one", 60)
    store.put("deleted", b"one", 60)
    store.delete("deleted")
    clock.now += 60
    assert not store.renew("late", 60)
    assert not store.renew("deleted", 60)
    assert (store.get("late"), store.get("deleted")) == (None, None)


def test_a_full_store_lets_go_of_the_oldest(opener: Opener) -> None:
    store = opener(cap=1_000)
    for number in range(5):
        store.put(f"key{number}", bytes(240), 60)
    assert [store.get(f"key{number}") is not None for number in range(5)] == [False, True, True, True, True]


def test_what_was_renewed_or_put_again_is_not_the_oldest(opener: Opener) -> None:
    store = opener(cap=1_000)
    for number in range(4):
        store.put(f"key{number}", bytes(240), 60)
    store.renew("key0", 60)
    store.put("key1", bytes(240), 60)
    store.put("key4", bytes(240), 60)
    assert [store.get(f"key{number}") is not None for number in range(5)] == [True, True, False, True, True]


def test_room_is_made_for_something_large_by_dropping_several(opener: Opener) -> None:
    store = opener(cap=1_000)
    for number in range(4):
        store.put(f"key{number}", bytes(240), 60)
    store.put("large", bytes(700), 60)
    assert store.get("large") == bytes(700)
    assert [store.get(f"key{number}") is not None for number in range(4)] == [False, False, False, True]


def test_replacing_and_deleting_give_their_room_back(opener: Opener) -> None:
    store = opener(cap=1_000)
    store.put("stays", b"here", 60)
    for _ in range(10):
        store.put("large", bytes(900), 60)
        store.put("large", bytes(1), 60)
        store.put("other", bytes(900), 60)
        store.delete("other")
    assert store.get("stays") == b"here"


def test_what_has_run_out_makes_room_before_what_is_older(opener: Opener, clock: Clock) -> None:
    store = opener(cap=1_000)
    store.put("old but kept long", bytes(300), 6_000)
    store.put("young but short", bytes(600), 60)
    clock.now += 61
    store.put("new", bytes(600), 60)
    assert store.get("old but kept long") is not None
    assert store.get("new") is not None


def test_an_entry_larger_than_the_store_is_refused_and_nothing_is_lost(opener: Opener) -> None:
    store = opener(cap=1_000)
    store.put("stays", b"here", 60)
    with pytest.raises(ValueError, match=r"at most 1000 bytes.*received 1003"):
        store.put("key", bytes(1_000), 60)
    assert store.get("stays") == b"here"


def test_threads_write_and_read_together(opener: Opener) -> None:
    store = opener(cap=10_000_000)

    def work(worker: int) -> list[bytes | None]:
        found = []
        for number in range(25):
            key = f"{worker}-{number}"
            store.put(key, key.encode() * 50, 60)
            store.put("shared", key.encode(), 60)
            store.renew(key, 60)
            found.append(store.get(key))
            if number % 5 == 0:
                store.delete(key)
        return found

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    for worker, found in enumerate(results):
        assert found == [f"{worker}-{number}".encode() * 50 for number in range(25)]
    assert store.get("3-5") is None
    assert store.get("3-6") == b"3-6" * 50
    assert store.get("shared") is not None


def test_ping_answers(store: Store) -> None:
    store.ping()


@pytest.mark.parametrize("url", ["", "memory", "memory:x", "sqlite:", "sqlite", "redis://localhost", "/tmp/x.db"])
def test_an_unknown_url_is_refused_with_what_was_expected(url: str) -> None:
    with pytest.raises(ValueError, match="expected a store of the form memory: or sqlite:<file>") as caught:
        open_store(url)
    assert repr(url) in str(caught.value)
