"""The two languages: /en/... and /zh/... show the same scene.

This is the one file that knows Flask-Babel; everybody else takes `_`, ngettext and lazy_gettext from here.
English is the language of the code, and translations/zh/LC_MESSAGES/messages.po holds the Chinese.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, get_translations, gettext, lazy_gettext, ngettext
from flask_babel.speaklater import LazyString
from werkzeug.local import LocalProxy

from app.web.catalogues import TRANSLATIONS, compile_if_stale

__all__ = ["LANGUAGES", "PREFIX", "LazyString", "_", "gettext", "lazy_gettext", "ngettext"]

LANGUAGES = ("en", "zh")
DEFAULT = "en"
PREFIX = "/<any(en, zh):lang>"
"""The url_prefix of every blueprint whose pages exist in both languages."""

_HTML_LANG = {"en": "en", "zh": "zh-Hans"}
_OTHER = {"en": "zh", "zh": "en"}
_FIRST_SEGMENT = re.compile(r"/(en|zh)(?=[/?#]|$)")

_ = gettext


def register(app: Flask) -> None:
    """Take the language from the path, keep it in url_for, and install gettext in the templates."""
    compile_if_stale()
    Babel(app, default_translation_directories=str(TRANSLATIONS), locale_selector=_locale)
    # A page has hundreds of messages: the catalogue is looked up once for each answer.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda one: _catalogue().ugettext(one),
        ngettext=lambda one, many, count: _catalogue().ungettext(one, many, count),
        newstyle=True,
    )
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_keep_language)
    # Proxies, and not a context processor: macros that are imported see globals only.
    app.jinja_env.globals.update(
        lang=LocalProxy(current_language),
        html_lang=LocalProxy(lambda: _HTML_LANG[current_language()]),
        other_language_url=LocalProxy(_other_language_url),
    )


def current_language() -> str:
    """Return the language of the current answer."""
    language: str = g.get("lang", DEFAULT)
    return language


def preferred_language() -> str:
    """Return the language that Accept-Language prefers."""
    # Werkzeug's best_match would take "zh-CN, en;q=0.5" for English, because only "en" matches to the letter.
    for tag, quality in request.accept_languages:
        primary = tag.replace("_", "-").partition("-")[0].lower()
        if quality > 0 and primary in LANGUAGES:
            return primary
    return DEFAULT


def _in_other_language(url: str) -> str:
    """Return the URL of the same page in the other language."""
    other = _OTHER[current_language()]
    root = request.script_root
    path = url.removeprefix(root)
    if _FIRST_SEGMENT.match(path):
        return root + _FIRST_SEGMENT.sub(f"/{other}", path, count=1)
    return f"{root}/{other}/"


def _other_language_url() -> str:
    # The address of a POST is not a page, nor is one without a language.
    if request.method not in ("GET", "HEAD"):
        return _in_other_language("")
    path = request.script_root + quote(request.path, safe="/:@!$&'()*+,;=~")
    query = request.query_string.decode("latin-1")
    return _in_other_language(f"{path}?{query}" if query else path)


def _catalogue() -> Any:
    """Return the translations into the current language."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def _locale() -> str:
    return current_language()


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Read the language from the path, also where there is no page, so that the 404 is in this language."""
    if values:
        values.pop("lang", None)
    named = _FIRST_SEGMENT.match(request.path)
    g.lang = named[1] if named else preferred_language()


def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
    if has_request_context() and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values.setdefault("lang", current_language())
