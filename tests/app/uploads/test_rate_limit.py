"""How many uploads a minute are taken from a browser and from an address."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.refusal import Refusal
from app.uploads.rate_limit import UploadRate


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def refused(rate: UploadRate, address: str | None, token: str | None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        rate.admit(address, token)
    return caught.value


def test_sixty_a_minute_from_one_browser(clock: Clock) -> None:
    rate = UploadRate(clock=clock)
    for _ in range(60):
        rate.admit("10.0.0.1", "a")
        clock.now += 0.5
    refusal = refused(rate, "10.0.0.1", "a")
    assert (refusal.status, refusal.code) == (429, "uploads-too-often")
    assert refusal.values == {"limit": 60, "retry_after": 30}
    rate.admit("10.0.0.1", "b")


def test_six_hundred_a_minute_from_one_address(clock: Clock) -> None:
    rate = UploadRate(clock=clock)
    for browser in range(20):
        for _ in range(30):
            rate.admit("10.0.0.1", f"browser {browser}")
    refusal = refused(rate, "10.0.0.1", "another browser")
    assert refusal.values == {"limit": 600, "retry_after": 60}
    assert refused(rate, "10.0.0.1", None).status == 429
    rate.admit("10.0.0.2", "another browser")


def test_the_window_slides(clock: Clock) -> None:
    rate = UploadRate(per_token=2, clock=clock)
    rate.admit("10.0.0.1", "a")
    clock.now += 40
    rate.admit("10.0.0.1", "a")
    assert refused(rate, "10.0.0.1", "a").values["retry_after"] == 20
    clock.now += 20
    rate.admit("10.0.0.1", "a")
    assert refused(rate, "10.0.0.1", "a").values["retry_after"] == 40


def test_whoever_waits_as_long_as_told_gets_in(clock: Clock) -> None:
    rate = UploadRate(per_token=1, clock=clock)
    clock.now = 100.7
    rate.admit("10.0.0.1", "a")
    clock.now += 0.05
    wait = refused(rate, "10.0.0.1", "a").values["retry_after"]
    assert isinstance(wait, int)
    clock.now += wait
    rate.admit("10.0.0.1", "a")


def test_what_is_refused_is_not_counted(clock: Clock) -> None:
    rate = UploadRate(per_token=1, per_address=2, clock=clock)
    rate.admit("10.0.0.1", "a")
    for _ in range(10):
        refused(rate, "10.0.0.1", "a")
    rate.admit("10.0.0.1", "b")


def test_a_network_of_ipv6_counts_as_one_address(clock: Clock) -> None:
    rate = UploadRate(per_address=1, clock=clock)
    rate.admit("2001:db8:1:2::1", None)
    assert refused(rate, "2001:db8:1:2:ffff::9", None).status == 429
    rate.admit("2001:db8:1:3::1", None)
    rate.admit("10.0.0.1", None)
    assert refused(rate, "::ffff:10.0.0.1", None).status == 429
    rate.admit(None, None)
    assert refused(rate, "not an address", None).status == 429


def test_a_flood_of_addresses_does_not_fill_the_memory(clock: Clock) -> None:
    rate = UploadRate(per_address=2, max_counted=1_000, clock=clock)
    for number in range(20_000):
        rate.admit(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", None)
    assert len(rate._times) <= 1_000
    assert sum(map(len, rate._times.values())) == rate._count == 1_000
    # The latest are still known.
    rate.admit("10.0.78.31", None)
    assert refused(rate, "10.0.78.31", None).status == 429


def test_threads_together_do_not_get_more(clock: Clock) -> None:
    rate = UploadRate(per_token=100, clock=clock)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)

    def try_often(_: int) -> int:
        admitted = 0
        for _ in range(50):
            try:
                rate.admit("10.0.0.1", "a")
            except Refusal:
                continue
            admitted += 1
        return admitted

    try:
        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(try_often, range(8))) == 100
    finally:
        sys.setswitchinterval(before)
