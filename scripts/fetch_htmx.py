"""Fetch the local copy of htmx, which the site serves where the CDN is out of reach."""

from __future__ import annotations

import sys
from pathlib import Path

from app.web.settings import HTMX_FILE, HTMX_INTEGRITY, HTMX_URL
from scripts.published import Published

TARGET = Path(__file__).resolve().parent.parent / "static" / HTMX_FILE
HTMX = Published(HTMX_URL, HTMX_INTEGRITY, TARGET)

if __name__ == "__main__":
    sys.exit(HTMX.settle("pages depend on the CDN. When online, `make htmx` tries again."))
