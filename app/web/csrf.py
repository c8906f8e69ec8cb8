"""Defence against cross-site request forgery (CSRF): requests that change something must come from this site."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.refusal import Refusal

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")


def check_origin(method: str, *, site: str | None, origin: str | None, host: str, cookies: bool) -> None:
    """Raise Refusal 403 for a request that changes something and does not come from a page of this site.

    site, origin: the headers Sec-Fetch-Site and Origin. host: the host that the request was sent to.
    cookies: whether the request carries any.
    """
    if method in SAFE_METHODS:
        return
    if site is not None:
        allowed = site in ("same-origin", "none")
    elif origin is not None:
        # Browsers send Sec-Fetch-Site to https and to localhost only; over plain http there is just Origin.
        allowed = _host_of(origin) == host.lower()
    else:
        # Not a browser: a notebook or curl. No foreign page can have sent it, unless it carries a reader's cookie.
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
