"""Host names and addresses: which are loopback, and which address the local network sees."""

from __future__ import annotations

import ipaddress
import socket

LOOPBACK = ("127.0.0.1", "localhost")

# 192.0.2.1 is reserved for documentation (RFC 5737). Connecting a datagram socket sends nothing:
# the system only chooses the network card that it would use, and that card's address is the answer.
_NOWHERE = ("192.0.2.1", 9)


def is_loopback(host: str) -> bool:
    """Say whether this host is loopback: only programs on this computer reach a server that listens on it."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_every_address(host: str) -> bool:
    """Say whether this host stands for all addresses of the computer: 0.0.0.0."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def lan_address() -> str | None:
    """Return the IPv4 address by which the local network knows this computer, or None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_NOWHERE)
        except OSError:
            return None
        found = str(probe.getsockname()[0])
    return None if is_loopback(found) or is_every_address(found) else found


def reachable_hosts(host: str) -> tuple[str, ...]:
    """Return the names to type into a browser for a server that listens on this host, the nearest first."""
    if is_every_address(host):
        lan = lan_address()
        return ("127.0.0.1",) if lan is None else ("127.0.0.1", lan)
    return (host,)


def is_known(host: str) -> bool:
    """Say whether this host is an IPv4 address, or a name that resolves to one."""
    try:
        return bool(socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM))
    except (OSError, UnicodeError):  # UnicodeError: the name is too long to be encoded
        return False
