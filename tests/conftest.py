"""What every test may ask for: the site with its store in memory, and the reference data where it is at hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"

# The same examples on every machine and every day: a failure can be repeated, and slow machines are no failure.
settings.register_profile("convscope", derandomize=True, deadline=None)
# For scripts/mutants.py, where it matters only that a test fails: no search for the smallest example.
settings.register_profile("mutants", settings.get_profile("convscope"), phases=[Phase.explicit, Phase.generate])
settings.load_profile("mutants" if os.environ.get("HYPOTHESIS_SHRINK") == "no" else "convscope")


PEERS = ("torch", "cv2")  # compared with where they are installed; modules of the extra `peers`


def pytest_sessionstart() -> None:
    """With REQUIRE_PEERS=1, no comparison may be skipped because its peer is missing."""
    missing = [name for name in PEERS if find_spec(name) is None]
    if missing and os.environ.get("REQUIRE_PEERS") == "1":
        pytest.exit(f"expected {', '.join(PEERS)}, missing {', '.join(missing)}: run `make peers`", returncode=1)


def _absent(what: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not there, and on CI it has to be")
    pytest.skip(f"{what} is not there; the tests that read it are left out")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the checkout that holds the data sets; none of it is needed to run the site."""
    if not SHARED.is_dir():
        _absent(f"the data folder {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The site as a reader on this machine gets it, but forgetting everything and never saying "too often"."""
    from app import create_app
    from app.web.settings import Settings

    environment = {
        "CONVSCOPE_STORE": "memory:",
        "CONVSCOPE_RATE": "off",
        "CONVSCOPE_SECRET": "known to the tests alone, and long enough",
    }
    flask = create_app(Settings.from_environ(environment, tmp_path_factory.mktemp("data")))
    flask.config["TESTING"] = True
    return flask


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    """A browser without a window: cookies are kept within one test."""
    with app.test_client() as client:
        yield client
