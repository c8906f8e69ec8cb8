"""Security headers on every answer; requests are checked for their origin first."""

from __future__ import annotations

from flask import Flask, Response, request

from app.web.csrf import check_origin
from app.web.rooms import asked_for_a_camera_page
from app.web.settings import HTMX_URL, Settings

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
