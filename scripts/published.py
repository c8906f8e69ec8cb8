"""One file of an npm package, fetched once: out of the package if npm is there, or else from the CDN that serves it.

It is kept only if its hash is right.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SECONDS = 30  # for each source


class NotFetched(Exception):
    """A source did not give the file; the text says what it gave instead."""


def integrity(data: bytes) -> str:
    """Name data by its hash, in the form of a script's integrity attribute."""
    return "sha384-" + base64.b64encode(hashlib.sha384(data).digest()).decode()


@dataclass(frozen=True)
class Published:
    """A file that others publish: its address on the CDN, what its bytes must hash to, and where our copy belongs."""

    url: str
    integrity: str
    target: Path

    # The address ends in what npm calls the package, and in the file's place in that package.
    @property
    def package(self) -> str:
        """Name and version of the package, as npm writes them."""
        return self.url.partition("/npm/")[2].partition("/")[0]

    @property
    def member(self) -> str:
        """The place of the file in its package."""
        return self.url.partition("/npm/")[2].partition("/")[2]

    def from_npm(self) -> bytes:
        """Take the file out of the package that `npm pack` brings."""
        npm = shutil.which("npm")
        if npm is None:
            raise NotFetched("there is no npm on this machine")
        with tempfile.TemporaryDirectory() as folder:
            command = [npm, "pack", self.package, "--pack-destination", folder, "--silent", "--fetch-retries=0"]
            try:
                subprocess.run(command, check=True, capture_output=True, timeout=SECONDS, cwd=folder)
                with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
                    member = archive.extractfile(f"package/{self.member}")
                    return b"" if member is None else member.read()
            except (subprocess.SubprocessError, OSError, StopIteration, tarfile.TarError, KeyError) as error:
                raise NotFetched(f"npm: {error}") from error

    def from_cdn(self) -> bytes:
        """Ask the CDN."""
        try:
            with urllib.request.urlopen(self.url, timeout=SECONDS) as answer:
                data: bytes = answer.read()
                return data
        except (urllib.error.URLError, OSError) as error:
            raise NotFetched(f"CDN: {error}") from error

    def is_there(self) -> bool:
        """Say whether our copy is there, whole and unaltered."""
        return self.target.is_file() and integrity(self.target.read_bytes()) == self.integrity

    def fetch(self, sources: tuple[Callable[[], bytes], ...] = ()) -> list[str]:
        """Keep the first source's file that has the right hash; answer why each source before it did not do."""
        reasons = []
        for source in sources or (self.from_npm, self.from_cdn):
            try:
                data = source()
            except NotFetched as reason:
                reasons.append(str(reason))
                continue
            received = integrity(data)
            if received == self.integrity:
                self.target.parent.mkdir(parents=True, exist_ok=True)
                unfinished = self.target.with_suffix(".part")
                unfinished.write_bytes(data)
                unfinished.replace(self.target)
                break
            reasons.append(f"{source.__name__}: expected {self.integrity}, received {received} ({len(data)} bytes)")
        return reasons

    def settle(self, without: str) -> int:
        """Fetch unless the right file is there already; 0 if it is there in the end, else say what happens without."""
        if self.is_there():
            return 0
        reasons = self.fetch()
        if self.is_there():
            print(f"{self.package}: local copy in {self.target}")
            return 0
        print(f"{self.package}: no local copy, so {without}")
        for reason in reasons:
            print(f"  {reason}")
        return 1
