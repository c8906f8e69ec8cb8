"""A site with a few addresses of its own that fail, answer and compute on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from flask.typing import ResponseReturnValue

    from app.web.settings import Settings

SECRET = "a secret that only the tests know, long enough"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that keep nothing on the disk."""
    from app.web.settings import Settings

    environ = {"CONVSCOPE_STORE": "memory:", "CONVSCOPE_SECRET": SECRET}
    return Settings.from_environ(environ, data_folder=tmp_path)


@pytest.fixture
def trial(settings: Settings) -> Flask:
    """A site of one's own, to which a test may add addresses before it asks for any."""
    from app import create_app

    return create_app(settings)


@pytest.fixture
def add(trial: Flask) -> Callable[[str, str, Callable[[], ResponseReturnValue]], None]:
    """Add an address: its path behind the language (or from the root), its endpoint, and what it does."""

    def at(path: str, endpoint: str, view: Callable[[], ResponseReturnValue]) -> None:
        rule = path if path.startswith("/") else f"/<any(en, zh):lang>/{path}"
        trial.add_url_rule(rule, endpoint=endpoint, view_func=view)

    return at


@pytest.fixture
def reader(trial: Flask) -> Iterator[FlaskClient]:
    """Somebody who reads that site."""
    with trial.test_client() as client:
        yield client
