"""How often pictures may be uploaded: a sliding window of a minute for each browser and each address."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from app.refusal import Refusal

WINDOW_SECONDS = 60.0
UPLOADS_PER_TOKEN = 60
UPLOADS_PER_ADDRESS = 600
"""A whole class may share one address."""
MAX_COUNTED = 100_000
"""Uploads that are counted at the same time; they take about 100 MB if each came from another address."""


class UploadRate:
    """Counts the uploads of the last minute, per token and per address. Each process counts for itself."""

    def __init__(
        self,
        per_token: int = UPLOADS_PER_TOKEN,
        per_address: int = UPLOADS_PER_ADDRESS,
        max_counted: int = MAX_COUNTED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_token = per_token
        self._per_address = per_address
        self._max_counted = max_counted
        self._clock = clock
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._count = 0

    def admit(self, address: str | None, token: str | None) -> None:
        """Count one upload for both, or raise Refusal 429 and count it for neither.

        The refusal's retry_after is the number of seconds until the oldest counted upload leaves the window.
        """
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
            # Drop whoever has been silent longest, so that a flood of addresses cannot fill the memory.
            while self._count > self._max_counted:
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
    """Return what is counted as one address. Of IPv6 it is the /64 network: a host chooses the rest freely."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
