"""Settings are read once; what makes no sense is said by name."""

from __future__ import annotations

import dataclasses
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.web import settings as config
from app.web.settings import Settings, SettingsError

SECRET = "0123456789abcdef0123456789abcdef"


def read(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_environ({"CONVSCOPE_SECRET": SECRET, **environ}, data_folder=tmp_path)


def test_nothing_set_is_a_site_for_this_computer_alone(tmp_path: Path) -> None:
    settings = Settings.from_environ({}, data_folder=tmp_path)
    assert (settings.host, settings.port, settings.cdn) == ("127.0.0.1", 8000, "cdn")
    assert settings.store == f"sqlite:{tmp_path / 'convscope.sqlite3'}"
    assert settings.trusted_hosts == ("127.0.0.1", "localhost")
    assert (settings.frame_ancestors, settings.proxies, settings.rate) == ((), 0, True)


def test_settings_cannot_be_changed_afterwards(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read(tmp_path).port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("host", "cdn"),
    [("127.0.0.1", "cdn"), ("localhost", "cdn"), ("LocalHost", "cdn"), ("0.0.0.0", "local"), ("192.168.1.4", "local")],
)
def test_phones_in_a_classroom_do_not_wait_for_the_cdn(tmp_path: Path, host: str, cdn: str) -> None:
    assert read(tmp_path, HOST=host).cdn == cdn
    assert read(tmp_path, HOST=host, CONVSCOPE_CDN="local").cdn == "local"
    assert read(tmp_path, HOST=host, CONVSCOPE_CDN="cdn").cdn == "cdn"


def test_everything_can_be_set(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        HOST="192.168.1.4",
        PORT="9000",
        CONVSCOPE_STORE="memory:",
        CONVSCOPE_TRUSTED_HOSTS="lab.example, .school.example",
        CONVSCOPE_FRAME_ANCESTORS="self https://course.example:8443 https://*.school.example",
        CONVSCOPE_PROXIES="2",
        CONVSCOPE_RATE="off",
    )
    assert (settings.port, settings.store, settings.proxies, settings.rate) == (9000, "memory:", 2, False)
    assert settings.trusted_hosts == ("127.0.0.1", "localhost", "192.168.1.4", "lab.example", ".school.example")
    assert settings.frame_ancestors == ("'self'", "https://course.example:8443", "https://*.school.example")
    assert settings.secret == SECRET.encode()


def test_names_are_trusted_in_any_letters(tmp_path: Path) -> None:
    settings = read(tmp_path, HOST="Lab-7", CONVSCOPE_TRUSTED_HOSTS="Lab.Example")
    assert settings.trusted_hosts == ("127.0.0.1", "localhost", "lab-7", "lab.example")


def test_a_star_trusts_any_host_and_stays_so(tmp_path: Path) -> None:
    assert read(tmp_path, CONVSCOPE_TRUSTED_HOSTS="*").trusting(("10.0.0.2",)).trusted_hosts is None


def test_printed_addresses_are_added_once(tmp_path: Path) -> None:
    settings = read(tmp_path).trusting(("127.0.0.1", "10.0.0.2"))
    assert settings.trusted_hosts == ("127.0.0.1", "localhost", "10.0.0.2")


def test_empty_counts_as_not_set(tmp_path: Path) -> None:
    assert read(tmp_path, PORT=" ", HOST="", CONVSCOPE_CDN="") == read(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "http", "from 0 to 65535"),
        ("PORT", "65536", "from 0 to 65535"),
        ("PORT", "-1", "from 0 to 65535"),
        ("PORT", "８０", "from 0 to 65535"),
        ("HOST", "::", "IPv4 address"),
        ("HOST", "::1", "IPv4 address"),
        ("HOST", "localhost:8000", "PORT"),
        ("CONVSCOPE_CDN", "yes", "cdn, local"),
        ("CONVSCOPE_RATE", "0", "on, off"),
        ("CONVSCOPE_PROXIES", "many", "whole number"),
        ("CONVSCOPE_SECRET", "short", "32 characters"),
        ("CONVSCOPE_TRUSTED_HOSTS", "https://lab.example", "lab.example"),
        ("CONVSCOPE_TRUSTED_HOSTS", "lab.example *", "or be * alone"),
        ("CONVSCOPE_FRAME_ANCESTORS", "course.example", "https://course.example"),
        ("CONVSCOPE_FRAME_ANCESTORS", "https://a.example;script-src", "https://course.example"),
    ],
)
def test_nonsense_is_refused_by_name(tmp_path: Path, name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, **{name: value})
    assert name in str(refused.value)
    assert expected in str(refused.value)


def test_the_secret_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = Settings.from_environ({}, data_folder=folder).secret
    assert len(first) >= 32
    assert Settings.from_environ({}, data_folder=folder).secret == first
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600
    assert [file.name for file in folder.iterdir()] == ["secret"]
    assert Settings.from_environ({}, data_folder=tmp_path / "other").secret != first


def test_workers_that_start_together_share_one_secret(tmp_path: Path) -> None:
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        with ThreadPoolExecutor(8) as workers:
            found = set(workers.map(lambda _, at=folder: Settings.from_environ({}, data_folder=at).secret, range(8)))
        assert len(found) == 1


def test_a_data_folder_that_cannot_be_made_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="CONVSCOPE_SECRET"):
        Settings.from_environ({}, data_folder=tmp_path / "file" / "data")


def test_a_damaged_secret_says_so(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("half")
    with pytest.raises(SettingsError, match="Delete that file"):
        Settings.from_environ({}, data_folder=tmp_path)


def test_the_secret_is_not_in_what_is_printed(tmp_path: Path) -> None:
    assert SECRET not in repr(read(tmp_path))


def test_every_variable_that_is_read_is_documented() -> None:
    source = Path(config.__file__).read_text("utf-8")
    table, code = source.split('"""', 2)[1:]
    read_by_the_code = set(re.findall(r'"(HOST|PORT|CONVSCOPE_[A-Z_]+)"', code))
    assert len(read_by_the_code) == 9
    assert {name for name in read_by_the_code if name not in table} == set()
