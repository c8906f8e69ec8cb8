"""Who may change something here, and how often: pages of other sites may not, and nobody may without end."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from urllib.parse import urlsplit

from app.refusal import Refusal

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")

WINDOW_SECONDS = 60.0
UPLOADS_PER_TOKEN = 60
UPLOADS_PER_ADDRESS = 600
"""A whole class sits behind one address."""
REMEMBERED_UPLOADS = 100_000


def check_origin(method: str, *, site: str | None, origin: str | None, host: str, cookies: bool) -> None:
    """Raise Refusal 403 where a request that changes something does not come from a page of this site.

    site and origin are the headers Sec-Fetch-Site and Origin, host is the name that the request was sent to.
    """
    if method in SAFE_METHODS:
        return
    if site is not None:
        allowed = site in ("same-origin", "none")
    elif origin is not None:
        # Browsers send Sec-Fetch-Site to https and to this computer only; on a school network there is just this.
        allowed = _host_of(origin) == host.lower()
    else:
        # No browser: a notebook or curl. It cannot be led here by a foreign page, unless it carries a reader's cookie.
        allowed = not cookies
    if not allowed:
        raise Refusal(403, "foreign-origin", host=host)


def _host_of(origin: str) -> str | None:
    """Return host and port of an Origin header; None where it names no site, as "null" does."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return None
    return parts.netloc if parts.scheme in ("http", "https") else None


class UploadRate:
    """How many pictures a browser and an address sent within the last minute; each process counts for itself."""

    def __init__(
        self,
        per_token: int = UPLOADS_PER_TOKEN,
        per_address: int = UPLOADS_PER_ADDRESS,
        remembered: int = REMEMBERED_UPLOADS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_token = per_token
        self._per_address = per_address
        self._remembered = remembered
        self._clock = clock
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._count = 0

    def admit(self, address: str | None, token: str | None) -> None:
        """Count one upload, or raise Refusal 429 and count nothing."""
        limits = {f"address {_network(address)}": self._per_address}
        if token is not None:
            limits[f"token {token}"] = self._per_token
        with self._lock:
            now = self._clock()
            for key, limit in limits.items():
                self._check(key, limit, now)
            for key in limits:
                self._times.setdefault(key, deque()).append(now)
                self._times.move_to_end(key)
                self._count += 1
            # Who has been silent longest is forgotten first, so that a flood of addresses cannot fill the memory.
            while self._count > self._remembered:
                self._count -= len(self._times.popitem(last=False)[1])

    def _check(self, key: str, limit: int, now: float) -> None:
        times = self._times.get(key)
        if times is None:
            return
        while times and times[0] <= now - WINDOW_SECONDS:
            times.popleft()
            self._count -= 1
        if len(times) >= limit:
            wait = max(1, math.ceil(times[0] + WINDOW_SECONDS - now))
            raise Refusal(429, "uploads-too-often", limit=limit, retry_after=wait)


def _network(address: str | None) -> str:
    """Return what counts as one address: of IPv6, the half that names the network, for the rest is free to choose."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
