"""Fetch axe-core, with which the browser tests look for what keeps somebody out. The site itself never loads it."""

from __future__ import annotations

import sys
from pathlib import Path

from app.web.settings import HTMX_URL
from scripts.published import Published

VERSION = "4.14.1"
CDN = HTMX_URL.partition("/npm/")[0]
AXE = Published(
    f"{CDN}/npm/axe-core@{VERSION}/axe.min.js",
    "sha384-xt1SFg49QaDwsyt0Xfs2XAyBtYPClXl3X2q5OOLeGAUmq9jZTYIMdztpF99WdhiH",
    Path(__file__).resolve().parent.parent / "tests" / "vendor" / f"axe-{VERSION}.min.js",
)

if __name__ == "__main__":
    sys.exit(
        AXE.settle("the tests with it are left out. Install npm (Debian: apt-get install npm) and try again online.")
    )
