"""The room that docs/adding-a-room.md builds works as it stands there, and is as short as it says."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from jinja2 import ChoiceLoader, FileSystemLoader

import app
import app.scenes
from app import create_app
from app.web.settings import Settings

if TYPE_CHECKING:
    from flask.testing import FlaskClient

TEXT = Path(__file__).resolve().parents[2] / "docs" / "adding-a-room.md"
FILE = re.compile(r"^`([\w/.]+)`\n\n```\w+\n(.*?)^```$", re.M | re.S)
MOST_LINES = 60


def files() -> dict[str, str]:
    return dict(FILE.findall(TEXT.read_text("utf-8")))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """Somebody who reads a site that has the room besides its own."""
    folder = tmp_path_factory.mktemp("room")
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    environ = {"CONVSCOPE_STORE": "memory:", "CONVSCOPE_SECRET": "known to the tests alone, and long enough"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "__path__", [*app.__path__, str(folder / "app")])
        patch.setattr(app.scenes, "__path__", [*app.scenes.__path__, str(folder / "app" / "scenes")])
        site = create_app(Settings.from_environ(environ, folder))
        loader = site.jinja_loader
        assert loader is not None
        site.jinja_loader = ChoiceLoader([loader, FileSystemLoader(folder / "templates")])
        importlib.import_module("app.sizes.routes").register(site)
        with site.test_client() as client:
            yield client
        for name in ("app.sizes", "app.sizes.routes", "app.scenes.sizes_scene"):
            sys.modules.pop(name, None)


def test_it_is_short() -> None:
    lines = [line for text in files().values() for line in text.splitlines() if line.strip()]
    assert set(files()) == {
        "app/scenes/sizes_scene.py",
        "app/sizes/__init__.py",
        "app/sizes/routes.py",
        "templates/sizes/page.html",
        "templates/sizes/view.html",
    }
    assert 0 < len(lines) < MOST_LINES


def test_its_page_says_what_the_core_counts(reader: FlaskClient) -> None:
    page = BeautifulSoup(reader.get("/en/sizes?side=10").text, "html.parser")
    assert [heading.text for heading in page.select("main h1")] == ["8 places"]
    assert [str(link["href"]) for link in page.select("nav.rooms a[aria-current]")] == ["/en/sizes"]


def test_one_scene_has_one_address(reader: FlaskClient) -> None:
    answer = reader.get("/en/sizes?kernel=5&side=28")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/en/sizes?kernel=5")


def test_its_fragment_is_a_part_and_names_the_address(reader: FlaskClient) -> None:
    answer = reader.get("/zh/sizes/view?kernel=5")
    assert answer.headers["HX-Push-Url"] == "/zh/sizes?kernel=5"
    assert "<html" not in answer.text
    link = BeautifulSoup(answer.text, "html.parser").select_one("#larger")
    assert link is not None
    assert (link["href"], link["hx-get"]) == ("/zh/sizes?kernel=7", "/zh/sizes/view?kernel=7")
    again = reader.get("/zh/sizes/view?kernel=5", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_its_api_answers_and_is_described(reader: FlaskClient) -> None:
    assert reader.get("/api/v1/sizes?side=10&kernel=4").get_json() == {"side": 10, "kernel": 4, "places": 7}
    operation = reader.get("/api/v1/openapi.json").get_json()["paths"]["/sizes"]["get"]
    assert operation["summary"] == "The number of places that a kernel finds along a side."
    assert [param["name"] for param in operation["parameters"]] == ["side", "kernel"]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("kernel=x", 400, "Expected a whole number for the kernel, and “x” came."),
        ("side=2", 422, "A kernel of 3 finds no place on a side of 2."),
    ],
)
def test_its_problems_are_answered_in_the_form_that_was_asked_for(
    query: str, status: int, said: str, reader: FlaskClient
) -> None:
    page, part = reader.get(f"/en/sizes?{query}"), reader.get(f"/en/sizes/view?{query}")
    problem = reader.get(f"/api/v1/sizes?{query}")
    assert {answer.status_code for answer in (page, part, problem)} == {status}
    assert said in page.text
    assert said in part.text
    assert ("<html" in page.text, "<html" in part.text) == (True, False)
    assert said in problem.get_json()["detail"]
    assert problem.get_json().get("nearest") == ("/api/v1/sizes" if status == 422 else None)
