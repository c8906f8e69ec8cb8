"""Security headers on every answer, and the defence against cross-site request forgery (CSRF)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from app.refusal import Refusal
from app.web.rooms import asked_for_a_camera_page
from app.web.settings import HTMX_URL, Settings

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
_REFUSED = ("camera", "microphone", "geolocation", "display-capture", "payment", "usb", "serial", "bluetooth", "midi")

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _REFUSED),
}
_WITH_CAMERA = _ALWAYS["Permissions-Policy"].replace("camera=()", "camera=(self)")

_TLS_FOR_A_YEAR = "max-age=31536000"


def content_security_policy(settings: Settings) -> str:
    """Return the Content-Security-Policy: what the pages may load, and who may frame them."""
    scripts = ["'self'", HTMX_URL] if settings.cdn == "cdn" else ["'self'"]
    rules = {
        "default-src": ["'none'"],
        "script-src": scripts,
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": list(settings.frame_ancestors) or ["'none'"],
    }
    return "; ".join(" ".join([rule, *sources]) for rule, sources in rules.items())


def register(app: Flask, settings: Settings) -> None:
    """Check the origin of every request, and put the headers on every answer: pages, JSON, files and problems."""
    always = {"Content-Security-Policy": content_security_policy(settings), **_ALWAYS}

    @app.before_request
    def refuse_foreign_origin() -> None:
        check_origin(
            request.method,
            site=request.headers.get("Sec-Fetch-Site"),
            origin=request.headers.get("Origin"),
            host=request.host,
            cookies=bool(request.cookies),
        )

    @app.after_request
    def protect(response: Response) -> Response:
        if asked_for_a_camera_page():
            response.headers["Permissions-Policy"] = _WITH_CAMERA
        for name, value in always.items():
            response.headers.setdefault(name, value)
        if response.location:
            response.location = _within_the_site(response.location)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", _TLS_FOR_A_YEAR)
        return response


def _within_the_site(location: str) -> str:
    """Drop scheme and host from a redirect to this site: behind a proxy they may be the wrong ones."""
    path = location.removeprefix(request.host_url.removesuffix("/"))
    # A path of two slashes would name another host.
    return location if path.startswith("//") else path


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
