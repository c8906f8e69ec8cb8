"""What every answer tells the browser to refuse: foreign scripts, inline ones, frames, guessing at types."""

from __future__ import annotations

from flask import Flask, Response, request

from app.web.settings import HTMX_URL, Settings

# The camera of a phone is reached through a file field, which needs no permission; a live preview does.
CAMERA_PAGES = ("pages.filters",)
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
    """Return what the pages may load and who may frame them."""
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
    """Put the headers on every answer: pages, fragments, JSON, files and problems alike."""
    always = {"Content-Security-Policy": content_security_policy(settings), **_ALWAYS}

    @app.after_request
    def protect(response: Response) -> Response:
        if request.endpoint in CAMERA_PAGES:
            response.headers["Permissions-Policy"] = _WITH_CAMERA
        for name, value in always.items():
            response.headers.setdefault(name, value)
        if response.location:
            response.location = _within_the_site(response.location)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", _TLS_FOR_A_YEAR)
        return response


def _within_the_site(location: str) -> str:
    """Leave scheme and host out of a redirect to ourselves: a proxy in front may go by others."""
    path = location.removeprefix(request.host_url.removesuffix("/"))
    # A path of two slashes would name another host.
    return location if path.startswith("//") else path
