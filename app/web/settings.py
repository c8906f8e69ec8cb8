"""Settings of the site, read once from environment variables.

| variable | meaning | default |
|---|---|---|
| HOST, PORT | where to listen (IPv4); HOST=0.0.0.0 lets others in, PORT=0 takes any free port | 127.0.0.1, 8000 |
| CONVSCOPE_STORE | where uploaded pictures wait: `sqlite:<file>`, `memory:` | a file in the data folder |
| CONVSCOPE_CDN | `cdn`: htmx from its public address; `local`: the copy in static/vendor | cdn on loopback, or local |
| CONVSCOPE_SECRET | 32 or more characters; names of pictures are made with it | made once, kept in the data folder |
| CONVSCOPE_TRUSTED_HOSTS | names this site answers to, besides this computer and HOST; `*` is any name | none |
| CONVSCOPE_FRAME_ANCESTORS | sites that may show this one in a frame: `self`, `https://course.example` | none |
| CONVSCOPE_PROXIES | how many reverse proxies stand in front and are believed about the client | 0 |
| CONVSCOPE_RATE | `on` or `off`: whether uploads are counted; off is for trials on one's own computer | on |

Lists are separated by spaces or commas. A variable that is set but empty counts as not set.
The data folder is where the system keeps a user's program data (`XDG_DATA_HOME` moves it on Linux).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path

from app.web.hosts import LOOPBACK, is_every_address, is_loopback
from app.web.secret import SHORTEST_SECRET, SecretError, kept_secret

Cdn = Literal["cdn", "local"]

# The one file that pages may load from another host, with its integrity hash.
HTMX_URL = "https://cdn.jsdelivr.net/npm/htmx.org@4.0.1/dist/htmx.min.js"
HTMX_INTEGRITY = "sha384-Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn"
HTMX_FILE = "vendor/htmx-4.0.1.min.js"

_HOST_NAME = re.compile(r"\.?[\w-]+(\.[\w-]+)*")
_FRAME_SITE = re.compile(r"https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?")


class SettingsError(ValueError):
    """An invalid setting; the text names it, says what is expected and what came."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one site; the table above explains each field."""

    host: str = "127.0.0.1"
    port: int = 8000
    store: str
    cdn: Cdn = "cdn"
    secret: bytes = field(repr=False)
    trusted_hosts: tuple[str, ...] | None = LOOPBACK
    frame_ancestors: tuple[str, ...] = ()
    proxies: int = 0
    rate: bool = True
    data_folder: Path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], data_folder: Path | None = None) -> Settings:
        """Read the environment variables. Raises SettingsError where a value is invalid."""
        given = {name: value.strip() for name, value in environ.items() if value.strip()}
        folder = data_folder or user_data_path("convscope", appauthor=False)
        host = _host(given)
        return cls(
            host=host,
            port=_whole_number(given, "PORT", 8000, 65535),
            store=given.get("CONVSCOPE_STORE", f"sqlite:{folder / 'convscope.sqlite3'}"),
            cdn=_cdn(given, host),
            secret=_secret(given, folder),
            trusted_hosts=_trusted_hosts(given, host),
            frame_ancestors=_frame_ancestors(given),
            proxies=_whole_number(given, "CONVSCOPE_PROXIES", 0, 10),
            rate=_one_of(given, "CONVSCOPE_RATE", "on", ("on", "off")) == "on",
            data_folder=folder,
        )

    def trusting(self, hosts: tuple[str, ...]) -> Settings:
        """Return the settings with these names added to the trusted hosts."""
        if self.trusted_hosts is None:
            return self
        return replace(self, trusted_hosts=tuple(dict.fromkeys((*self.trusted_hosts, *hosts))))


def _host(given: Mapping[str, str]) -> str:
    host = given.get("HOST", "127.0.0.1").lower()
    # A Host header has IPv6 addresses in brackets, which the list of trusted hosts cannot hold.
    if ":" in host:
        raise SettingsError(
            "HOST must be an IPv4 address of this computer (127.0.0.1, or 0.0.0.0 for all of them) or its name, "
            f"without port, but it is {host!r}. A port is set with PORT; for IPv6 put a reverse proxy in front."
        )
    return host


def _whole_number(given: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) <= most):
        raise SettingsError(f"{name} must be a whole number from 0 to {most}, but it is {text!r}.")
    return int(text)


def _one_of(given: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    text = given.get(name, default)
    if text not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, but it is {text!r}.")
    return text


def _listed(given: Mapping[str, str], name: str) -> list[str]:
    return given.get(name, "").replace(",", " ").split()


def _cdn(given: Mapping[str, str], host: str) -> Cdn:
    # Phones in a classroom must not wait for an address that the school's network may block.
    default = "cdn" if is_loopback(host) else "local"
    return "cdn" if _one_of(given, "CONVSCOPE_CDN", default, ("cdn", "local")) == "cdn" else "local"


def _secret(given: Mapping[str, str], folder: Path) -> bytes:
    text = given.get("CONVSCOPE_SECRET")
    if text is None:
        try:
            return kept_secret(folder)
        except SecretError as fault:
            raise SettingsError(f"{fault} Or set CONVSCOPE_SECRET to random characters of that number.") from fault
    if len(text) < SHORTEST_SECRET:
        raise SettingsError(f"CONVSCOPE_SECRET must have {SHORTEST_SECRET} characters or more, but it has {len(text)}.")
    return text.encode()


def _trusted_hosts(given: Mapping[str, str], host: str) -> tuple[str, ...] | None:
    names = [name.lower() for name in _listed(given, "CONVSCOPE_TRUSTED_HOSTS")]
    if names == ["*"]:
        return None
    for name in names:
        if not _HOST_NAME.fullmatch(name):
            raise SettingsError(
                "CONVSCOPE_TRUSTED_HOSTS must list names such as lab.example or .example (with all below it), "
                f"without scheme or port, or be * alone, but it has {name!r}."
            )
    own = () if is_every_address(host) else (host,)
    return tuple(dict.fromkeys((*LOOPBACK, *own, *names)))


def _frame_ancestors(given: Mapping[str, str]) -> tuple[str, ...]:
    sites = _listed(given, "CONVSCOPE_FRAME_ANCESTORS")
    for site in sites:
        if site != "self" and not _FRAME_SITE.fullmatch(site):
            raise SettingsError(
                "CONVSCOPE_FRAME_ANCESTORS must list sites such as https://course.example, or self, "
                f"but it has {site!r}."
            )
    return tuple("'self'" if site == "self" else site for site in sites)
