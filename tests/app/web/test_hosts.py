"""Which addresses reach the site."""

from __future__ import annotations

import ipaddress

import pytest

from app.web import hosts as addresses
from app.web.hosts import is_every_address, is_known, is_loopback, reachable_hosts


@pytest.mark.parametrize(
    ("host", "loopback", "everywhere"),
    [
        ("127.0.0.1", True, False),
        ("127.8.8.8", True, False),
        ("localhost", True, False),
        ("0.0.0.0", False, True),
        ("192.168.1.4", False, False),
        ("lab.example", False, False),
    ],
)
def test_hosts_are_told_apart(host: str, loopback: bool, everywhere: bool) -> None:
    assert (is_loopback(host), is_every_address(host)) == (loopback, everywhere)


def test_one_host_is_reached_by_its_name() -> None:
    assert reachable_hosts("lab.example") == ("lab.example",)
    assert reachable_hosts("localhost") == ("localhost",)


@pytest.mark.parametrize(
    ("host", "known"),
    [("127.0.0.1", True), ("0.0.0.0", True), ("localhost", True), ("300.1.1.1", False), ("a..b", False), ("*", False)],
)
def test_a_host_that_means_no_address_is_not_known(host: str, known: bool) -> None:
    assert is_known(host) is known


def test_all_addresses_include_that_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "lan_address", lambda: "192.168.1.4")
    assert reachable_hosts("0.0.0.0") == ("127.0.0.1", "192.168.1.4")
    monkeypatch.setattr(addresses, "lan_address", lambda: None)
    assert reachable_hosts("0.0.0.0") == ("127.0.0.1",)


def test_the_address_on_the_network_is_none_or_one_that_others_can_use() -> None:
    found = addresses.lan_address()
    if found is not None:
        address = ipaddress.ip_address(found)
        assert not address.is_loopback
        assert not address.is_unspecified
