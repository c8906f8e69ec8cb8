"""The path says the language, every sentence exists in both, and the switch keeps the scene."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from bs4 import BeautifulSoup

from app.web.build_id import ROOT
from app.web.catalogues import TRANSLATIONS, compile_if_stale

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%.")

# Names and formulas that are the same in both languages.
SAME_IN_BOTH = {"ReLU", "softmax", "z − %(largest)s"}


def extracted() -> set[str | tuple[str, ...]]:
    """Every message of the code and the templates, found as `make messages` finds it."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, "babel.cfg")  # type: ignore[no-untyped-call]
    keywords = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None}
    found = set()
    for _file, _line, message, _comments, _context in extract_from_dir(ROOT, methods, options, keywords):
        found.add(tuple(message) if isinstance(message, (tuple, list)) else message)
    return found


def chinese() -> Catalog:
    with (TRANSLATIONS / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="zh", abort_invalid=True)


def messages() -> Iterator[Message]:
    return (message for message in chinese() if message.id)


def forms(message: Message) -> tuple[list[str], list[str]]:
    """Return the English forms of a message, singular and plural, and the Chinese ones."""
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
    return ids, [string or "" for string in strings]


def names(text: str) -> list[str]:
    return sorted(match[0] for match in PLACEHOLDER.finditer(text))


def test_every_message_is_in_the_chinese_catalogue_and_no_other() -> None:
    catalogued = {message.id for message in messages()}
    missing = extracted() - catalogued
    assert not missing, f"run `make messages` and translate: {sorted(map(str, missing))}"
    left_over = catalogued - extracted()
    assert not left_over, f"run `make messages`, nobody says these any more: {sorted(map(str, left_over))}"
    assert not chinese().obsolete


def test_every_message_is_translated() -> None:
    for message in messages():
        _ids, strings = forms(message)
        assert strings, message.id
        assert all(strings), f"no Chinese for {message.id!r}"
        assert not message.fuzzy, f"the Chinese for {message.id!r} is only a guess"
        if message.id not in SAME_IN_BOTH:
            # A sentence of names and numbers alone has Chinese punctuation at least.
            assert all(re.search(r"[\u4e00-\u9fff，：]", string) for string in strings), message.id


def test_translations_have_the_placeholders_of_the_original() -> None:
    for message in messages():
        ids, strings = forms(message)
        for string in strings:
            assert names(string) == names(ids[-1]), message.id


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        (None, "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-CN, en;q=0.9", "zh"),
        ("zh-Hans-CN", "zh"),
        ("zh_TW", "zh"),
        ("en-GB,zh;q=0.9", "en"),
        ("fr, zh;q=0.3, en;q=0.2", "zh"),
        ("fr", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("*", "en"),
        ("nonsense;;q=x", "en"),
    ],
)
def test_the_front_door_leads_to_the_preferred_language(
    accepts: str | None, language: str, reader: FlaskClient
) -> None:
    answer = reader.get("/", headers={} if accepts is None else {"Accept-Language": accepts})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/{language}/")
    assert "Accept-Language" in answer.headers["Vary"]


def test_the_path_wins_over_the_browser(reader: FlaskClient) -> None:
    page = BeautifulSoup(reader.get("/zh/nothing", headers={"Accept-Language": "en"}).text, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == "zh-Hans"
    page = BeautifulSoup(reader.get("/en/nothing", headers={"Accept-Language": "zh"}).text, "html.parser")
    assert page.html is not None
    assert page.html["lang"] == "en"


def switch(text: str) -> tuple[str, str]:
    link = BeautifulSoup(text, "html.parser").select_one("#languages a")
    assert link is not None
    return link.text, str(link["href"])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/en/nothing?image=sample.digit-8&cell=1.2.3", ("中文", "/zh/nothing?image=sample.digit-8&cell=1.2.3")),
        ("/zh/nothing?patch=0.1,0%3B1", ("EN", "/en/nothing?patch=0.1,0%3B1")),
        ("/en/en/zh", ("中文", "/zh/en/zh")),
        ("/en/%E5%8D%B7?%22%3E", ("中文", "/zh/%E5%8D%B7?%22%3E")),
        ("/english", ("中文", "/zh/")),
        ("/nothing", ("中文", "/zh/")),
    ],
)
def test_the_switch_leads_to_the_same_scene(path: str, expected: tuple[str, str], reader: FlaskClient) -> None:
    assert switch(reader.get(path).text) == expected


def test_the_switch_of_a_refused_post_leads_to_a_page(reader: FlaskClient) -> None:
    assert switch(reader.post("/en/walk").text) == ("中文", "/zh/")


def test_the_switch_holds_under_a_prefix(reader: FlaskClient) -> None:
    answer = reader.get("/en/nothing?cell=1", base_url="http://localhost/lab")
    assert switch(answer.text) == ("中文", "/lab/zh/nothing?cell=1")
    assert reader.get("/", base_url="http://localhost/lab").headers["Location"] == "/lab/en/"


def test_addresses_keep_the_language(trial: Flask, add: Callable[..., None], reader: FlaskClient) -> None:
    from flask import url_for

    add("there", "pages.there", lambda **_: url_for("pages.there", cell="1"))
    assert reader.get("/zh/there").text == "/zh/there?cell=1"
    assert reader.get("/en/there").text == "/en/there?cell=1"


def test_languages_that_are_not_spoken_are_not_found(reader: FlaskClient) -> None:
    assert reader.get("/fr/walk").status_code == 404


def test_imported_macros_know_the_language(trial: Flask, add: Callable[..., None], reader: FlaskClient) -> None:
    from flask import render_template_string

    source = '{% from "macros/languages.html" import language_switch %}{{ language_switch("/x") }}'
    add("macro", "pages.macro", lambda **_: render_template_string(source))
    assert 'lang="zh-Hans">中文</a>' in reader.get("/en/macro").text
    assert 'lang="en">EN</a>' in reader.get("/zh/macro").text


def catalogue(folder: Path, chinese: str) -> Path:
    po = folder / "zh" / "LC_MESSAGES" / "messages.po"
    po.parent.mkdir(parents=True, exist_ok=True)
    po.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        f'msgid "window"\nmsgstr "{chinese}"\n\n#, fuzzy\nmsgid "kernel"\nmsgstr "猜"\n',
        "utf-8",
    )
    return po


def compiled(po: Path) -> Catalog:
    with po.with_suffix(".mo").open("rb") as file:
        return read_mo(file)


def test_catalogues_are_compiled_when_they_are_newer(tmp_path: Path) -> None:
    po = catalogue(tmp_path, "窗口")
    assert compile_if_stale(tmp_path) == [po.with_suffix(".mo")]
    assert compiled(po)["window"].string == "窗口"
    assert compiled(po).get("kernel") is None
    assert compile_if_stale(tmp_path) == []
    later = po.with_suffix(".mo").stat().st_mtime_ns + 1_000_000_000
    catalogue(tmp_path, "滑窗")
    os.utime(po, ns=(later, later))
    assert compile_if_stale(tmp_path) == [po.with_suffix(".mo")]
    assert compiled(po)["window"].string == "滑窗"
    assert sorted(file.name for file in po.parent.iterdir()) == ["messages.mo", "messages.po"]


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Permissions do not hold for root, who may run these tests; a folder that is gone does.
    po = catalogue(tmp_path, "窗口")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("app.web.catalogues.tempfile.mkstemp", refuse)
    with pytest.raises(RuntimeError, match=f"Make {po.parent} writable"):
        compile_if_stale(tmp_path)
