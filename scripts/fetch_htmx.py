"""Fetch the local copy of htmx, which the site serves where the CDN is out of reach.

The file comes out of the npm package if npm is there, or else from the CDN; it is kept only if its hash is right.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from app.config import HTMX_FILE, HTMX_INTEGRITY, HTMX_URL

# The address on the CDN ends in what npm calls the package, and in the file's place in that package.
PACKAGE, _, MEMBER = HTMX_URL.partition("/npm/")[2].partition("/")
TARGET = Path(__file__).resolve().parent.parent / "static" / HTMX_FILE
SECONDS = 30  # for each source


class NotFetched(Exception):
    """A source did not give the file; the text says what it gave instead."""


def integrity(data: bytes) -> str:
    """Name data by its hash, in the form of a script's integrity attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


def from_npm() -> bytes:
    """Take the file out of the package that `npm pack` brings."""
    npm = shutil.which("npm")
    if npm is None:
        raise NotFetched("there is no npm on this machine")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", PACKAGE, "--pack-destination", folder, "--silent", "--fetch-retries=0"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=SECONDS, cwd=folder)
            with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
                member = archive.extractfile(f"package/{MEMBER}")
                return b"" if member is None else member.read()
        except (subprocess.SubprocessError, OSError, StopIteration, tarfile.TarError, KeyError) as error:
            raise NotFetched(f"npm: {error}") from error


def from_cdn() -> bytes:
    """Ask the CDN that the pages themselves name."""
    try:
        with urllib.request.urlopen(HTMX_URL, timeout=SECONDS) as answer:
            data: bytes = answer.read()
            return data
    except (urllib.error.URLError, OSError) as error:
        raise NotFetched(f"CDN: {error}") from error


def is_there(target: Path = TARGET) -> bool:
    """Say whether the local copy is there, whole and unaltered."""
    return target.is_file() and integrity(target.read_bytes()) == HTMX_INTEGRITY


def fetch(sources: tuple[Callable[[], bytes], ...] = (from_npm, from_cdn), target: Path = TARGET) -> list[str]:
    """Write the first source's file that has the right hash to target; answer why each source before it did not do."""
    reasons = []
    for source in sources:
        try:
            data = source()
        except NotFetched as reason:
            reasons.append(str(reason))
            continue
        received = integrity(data)
        if received == HTMX_INTEGRITY:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_suffix(".part")
            unfinished.write_bytes(data)
            unfinished.replace(target)
            break
        reasons.append(f"{source.__name__}: expected {HTMX_INTEGRITY}, received {received} ({len(data)} bytes)")
    return reasons


def main() -> int:
    """Fetch unless the right file is there already; 0 if it is there in the end."""
    if is_there():
        return 0
    reasons = fetch()
    if is_there():
        print(f"{PACKAGE}: local copy in {TARGET}")
        return 0
    print(f"{PACKAGE}: no local copy, so pages depend on the CDN. When online, `make htmx` tries again.")
    for reason in reasons:
        print(f"  {reason}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
