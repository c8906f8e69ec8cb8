"""The site around the core: it turns an address into a page and computes nothing about networks itself."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from app.web.build_id import ROOT, read_build
from app.web.settings import HTMX_FILE, HTMX_INTEGRITY, HTMX_URL, Settings, SettingsError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Threads of the server share the cores already: a second BLAS thread makes one small product three times slower.
# NumPy reads these when it is first imported, which is why they are set here, before any room that imports it.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

LARGEST_REQUEST = 11_534_336
"""Bytes: a picture of 10 MiB, and room for what a form wraps around it."""

MOST_FORM_PARTS = 20


def create_app(settings: Settings | None = None) -> Flask:
    """Wire one site together; the settings are those of the environment unless others are given."""
    settings = settings or Settings.from_environ(os.environ)
    app = Flask(__name__, template_folder=ROOT.joinpath("templates"), static_folder=ROOT.joinpath("static"))
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        TRUSTED_HOSTS=None if settings.trusted_hosts is None else list(settings.trusted_hosts),
    )
    # One address for one page: two slashes are not the same as one.
    app.url_map.merge_slashes = False
    app.wsgi_app = _host_in_small_letters(app.wsgi_app)  # type: ignore[assignment, method-assign]
    if settings.proxies > 0:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    _write_html_and_json(app, settings)
    _wire(app, settings)
    return app


def _host_in_small_letters(site: WSGIApplication) -> WSGIApplication:
    """Names of hosts mean the same in any letters, but Werkzeug compares them with the trusted ones as they come."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = environ["HTTP_HOST"].lower()
        return site(environ, start_response)

    return answer


def _write_html_and_json(app: Flask, settings: Settings) -> None:
    app.jinja_options = {
        "autoescape": True,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "undefined": StrictUndefined,
    }
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals["htmx"] = {
        "url": HTMX_URL,
        "integrity": HTMX_INTEGRITY,
        "file": HTMX_FILE,
        "mode": settings.cdn,
    }
    provider = DefaultJSONProvider(app)
    provider.ensure_ascii = False
    provider.sort_keys = False
    app.json = provider


def _wire(app: Flask, settings: Settings) -> None:
    from app.api import routes as api
    from app.filters import routes as filters
    from app.home import routes as home
    from app.passes.pass_cache import PassCache
    from app.store.protocol import Store, open_store
    from app.uploads import routes as uploads
    from app.uploads import sample_routes as samples
    from app.walk import routes as walk
    from app.web import http_cache, languages, problems, respond, security
    from app.web.services import provide
    from cnn_core.zoo import ZOO, load_network

    try:
        store = open_store(settings.store)
    except ValueError as fault:
        raise SettingsError(str(fault)) from fault
    provide(app, Settings, settings)
    provide(app, Store, store)
    provide(app, PassCache, PassCache({name: load_network(name) for name in ZOO}, store))
    languages.register(app)
    http_cache.register(app, read_build())
    security.register(app, settings)
    problems.register(app)
    respond.register(app)
    for room in (home, walk, filters, uploads):
        room.register(app)
    for part in (samples, api):
        app.register_blueprint(part.blueprint)
