"""What is fetched is what the pages name, and address and hash of it are written down once."""

from __future__ import annotations

import re
from pathlib import Path

from app.web.settings import HTMX_INTEGRITY, HTMX_URL
from scripts.fetch_axe import AXE
from scripts.fetch_htmx import HTMX

ROOT = Path(__file__).resolve().parents[2]


def test_package_and_file_follow_from_the_address() -> None:
    assert HTMX.package == "htmx.org@4.0.1"
    assert HTMX.member == "dist/htmx.min.js"
    assert HTMX.target == ROOT / "static" / "vendor" / "htmx-4.0.1.min.js"
    assert AXE.package == "axe-core@4.14.1"
    assert AXE.member == "axe.min.js"


def test_address_and_hash_are_written_once() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for room in ("app", "scripts", "templates", "static/js")
        for path in (ROOT / room).rglob("*")
        if path.suffix in {".py", ".html", ".js"}
        and (HTMX_URL in path.read_text("utf-8") or re.search(r"sha384-[\w+/]{60}", path.read_text("utf-8")))
    }
    assert found == {"app/web/settings.py", "scripts/fetch_axe.py"}
    assert HTMX_INTEGRITY.startswith("sha384-")


def test_what_is_fetched_for_tests_is_no_part_of_the_site() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    assert "/tests/vendor/" in ignored
    assert AXE.target.parent == ROOT / "tests" / "vendor"
