"""`python -m app`, as it is typed."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.web.build_id import ROOT

ANSWER_SECONDS = 60


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    # The system's own variables stay (Windows needs some); those that would set up the site do not.
    own = {name: value for name, value in os.environ.items() if not re.fullmatch("HOST|PORT|CONVSCOPE_.*", name)}
    return {**own, "CONVSCOPE_STORE": "memory:", "XDG_DATA_HOME": str(tmp_path), "PYTHONUNBUFFERED": "", **more}


def run(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
    )


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A site of its own on a free port, and the lines that it printed until it was there."""
    arguments, env = getattr(request, "param", (["--port", "0"], {}))
    command = [sys.executable, "-m", "app", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(tmp_path, **env), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, [process.stdout.readline().strip()]
        process.terminate()


def get(url: str, host: str | None = None) -> tuple[int, dict[str, str]]:
    asked = urllib.request.Request(url, headers={"Host": host} if host else {})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=ANSWER_SECONDS) as answer:
        return answer.status, dict(answer.headers)


def test_it_prints_its_address_and_answers_there(served: tuple[subprocess.Popen[str], list[str]]) -> None:
    _process, lines = served
    found = re.fullmatch(r"Convscope is at (http://127\.0\.0\.1:\d+)", lines[0])
    assert found
    status, headers = get(f"{found[1]}/healthz")
    assert status == 200
    assert "Server" not in headers


@pytest.mark.parametrize("served", [(["serve"], {"PORT": "0", "HOST": "0.0.0.0"})], indirect=True)
def test_it_can_be_opened_to_the_network(served: tuple[subprocess.Popen[str], list[str]]) -> None:
    _process, lines = served
    found = re.fullmatch(r"Convscope is at (http://127\.0\.0\.1:\d+)", lines[0])
    assert found
    assert get(f"{found[1]}/healthz")[0] == 200
    assert "cdn.jsdelivr.net" not in get(f"{found[1]}/healthz")[1]["Content-Security-Policy"]


def test_help_names_the_commands_and_the_options(tmp_path: Path) -> None:
    answer = run("--help", env=environment(tmp_path))
    assert answer.returncode == 0
    assert answer.stderr == ""
    for word in ("serve", "train", "--host", "--port"):
        assert word in answer.stdout
    assert "--data" in run("train", "--help", env=environment(tmp_path)).stdout


@pytest.mark.parametrize("order", [["--port", "{}", "serve"], ["serve", "--port", "{}"], ["--port", "{}"]])
def test_a_port_in_use_is_said_without_a_traceback(order: list[str], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = run(*(word.format(port) for word in order), env=environment(tmp_path))
    assert answer.returncode == 1
    assert f"port {port} of 127.0.0.1" in answer.stderr
    assert "take any port that is free" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"HOST": "300.1.1.1"}, "HOST must be an IPv4 address"),
        ({"HOST": "no-such-host.invalid"}, "no-such-host.invalid"),
        ({"HOST": "::"}, "HOST must be an IPv4 address"),
        ({"CONVSCOPE_STORE": "floppy:a"}, "CONVSCOPE_STORE"),
        ({"CONVSCOPE_SECRET": "short"}, "CONVSCOPE_SECRET"),
    ],
)
def test_a_setting_that_makes_no_sense_is_said_without_a_traceback(
    env: dict[str, str], named: str, tmp_path: Path
) -> None:
    answer = run(env=environment(tmp_path, **env))
    assert answer.returncode == 2
    assert named in answer.stderr
    assert answer.stderr.count("\n") == 1
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize("served", [(["--host", "LOCALHOST", "--port", "0"], {})], indirect=True)
def test_a_name_answers_in_any_letters(served: tuple[subprocess.Popen[str], list[str]]) -> None:
    _process, lines = served
    found = re.fullmatch(r"Convscope is at (http://localhost:(\d+))", lines[0])
    assert found
    for host in (f"localhost:{found[2]}", f"LocalHost:{found[2]}"):
        assert get(f"{found[1]}/healthz", host)[0] == 200


def test_a_host_that_is_not_ours_is_said_without_a_traceback(tmp_path: Path) -> None:
    answer = run("--host", "192.0.2.1", "--port", "0", env=environment(tmp_path))
    assert answer.returncode == 1
    assert "Check HOST" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_numpy_is_told_to_use_one_thread_before_it_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys, app, os; print('numpy' in sys.modules, "
        "*(os.environ[n + '_NUM_THREADS'] for n in ('OPENBLAS', 'OMP', 'MKL')))"
    )
    env = {name: value for name, value in environment(tmp_path).items() if not name.endswith("_NUM_THREADS")}
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["False", "1", "1", "1"]


def listening(proxies: int, tmp_path: Path) -> Any:
    from app import create_app
    from app.__main__ import listen
    from app.web.settings import Settings

    environ = {"PORT": "0", "CONVSCOPE_STORE": "memory:", "CONVSCOPE_PROXIES": str(proxies)}
    settings = Settings.from_environ(environ, data_folder=tmp_path)
    return listen(create_app(settings), settings)


@pytest.mark.parametrize(("proxies", "cleared"), [(0, True), (1, False)])
def test_forwarded_addresses_reach_the_site_only_with_proxies(proxies: int, cleared: bool, tmp_path: Path) -> None:
    server = listening(proxies, tmp_path)
    try:
        assert server.adj.clear_untrusted_proxy_headers is cleared
        assert [thread.daemon for thread in threads_of_the_server()] == [True] * 64
    finally:
        server.task_dispatcher.shutdown()
        server.close()


def threads_of_the_server() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("waitress")]
