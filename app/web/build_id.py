"""Content hashes: one id for all files of the site together, and one for each static file.

The id is part of every ETag, so a new version of the site is never taken for the old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("app", "cnn_core", "templates", "static")

# Compiled from the other files: their content is hashed already.
_MADE = {".pyc", ".mo", ".pot"}


@dataclass(frozen=True)
class Build:
    """The id of all files, and of each file under static/ by its path there ("css/shared/base.css")."""

    id: str
    static: Mapping[str, str]


def read_build(root: Path = ROOT) -> Build:
    """Hash every file of the site, once."""
    whole = blake2b(digest_size=16)
    static: dict[str, str] = {}
    for file in _files(root):
        name = file.relative_to(root).as_posix()
        content = file.read_bytes()
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
        if name.startswith("static/"):
            static[name.removeprefix("static/")] = blake2b(content, digest_size=8).hexdigest()
    return Build(whole.hexdigest(), MappingProxyType(static))


def _files(root: Path) -> Iterator[Path]:
    for room in ROOMS:
        for file in sorted((root / room).rglob("*")):
            hidden = any(part.startswith((".", "__pycache__")) for part in file.relative_to(root).parts)
            if file.is_file() and not hidden and file.suffix not in _MADE:
                yield file
