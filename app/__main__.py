"""`python -m app`: serve the site, and the other commands.

    python -m app                                    serve on http://127.0.0.1:8000
    python -m app --host 0.0.0.0 --port 9000         serve to the whole local network
    python -m app train --help                       train a network anew
    python -m app measure --help                     the confusion matrix of a network

HOST, PORT and the CONVSCOPE_... variables mean the same; app/web/settings.py lists them.
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import select
import sys
from collections.abc import Sequence

from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server  # type: ignore[import-untyped]

from app import create_app
from app.web.hosts import is_known, reachable_hosts
from app.web.settings import Settings, SettingsError

THREADS = 64

LARGEST_BODY = 33_554_432
"""Bytes that the server takes in at all. It is more than the site accepts, so that a photo somewhat too large is
refused by the site, in a sentence, and not by the server."""

CONNECTIONS = 1000
"""A class of forty browsers holds six each."""

BAD_USAGE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    # Imported late, for NumPy comes with it: by now `import app` has said how many threads NumPy may start.
    from app.commands import measure as measuring
    from app.commands import train as training

    parser = argparse.ArgumentParser(
        prog="python -m app", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=serve)
    _add_address(parser)
    commands = parser.add_subparsers(title="commands", metavar="")
    serving = commands.add_parser("serve", help="serve the site (what happens when no command is named)")
    _add_address(serving)
    training.add_command(commands)
    measuring.add_command(commands)
    arguments = parser.parse_args(argv)
    status: int = arguments.run(arguments)
    return status


def _add_address(parser: argparse.ArgumentParser) -> None:
    # Suppressed, so that `--port 9000 serve` keeps its port: a default of the second parser would replace it.
    parser.add_argument("--host", default=argparse.SUPPRESS, help="where to listen; 0.0.0.0 lets others in (HOST)")
    parser.add_argument("--port", default=argparse.SUPPRESS, help="on which port; 0 takes any free one (PORT)")


def serve(arguments: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    named = {name.upper(): getattr(arguments, name) for name in ("host", "port") if hasattr(arguments, name)}
    try:
        settings = Settings.from_environ({**os.environ, **named})
        if not is_known(settings.host):
            raise SettingsError(_unknown(settings.host))
        hosts = reachable_hosts(settings.host)
        app = create_app(settings.trusting(hosts))
    except SettingsError as fault:
        print(fault, file=sys.stderr)
        return BAD_USAGE
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        server = listen(app, settings)
    except OSError as fault:
        print(_cannot_listen(fault, settings), file=sys.stderr)
        return 1
    _announce(hosts, _port(server))
    server.run()
    return 0


def listen(app: Flask, settings: Settings) -> MultiSocketServer | BaseWSGIServer:
    """Open the port; raises OSError where that cannot be done."""
    return create_server(
        app,
        host=settings.host,
        port=settings.port,
        ipv6=False,  # a name that also has an IPv6 address would open a second port, which nobody is told of
        threads=THREADS,
        connection_limit=CONNECTIONS,
        max_request_body_size=LARGEST_BODY,
        # select() gives up beyond 1,024 open files.
        asyncore_use_poll=hasattr(select, "poll"),
        # The site itself reads these, from as many proxies as it was told of; without any they are worth nothing.
        clear_untrusted_proxy_headers=settings.proxies == 0,
        ident=None,
    )


def _port(server: MultiSocketServer | BaseWSGIServer) -> int:
    listening = getattr(server, "effective_listen", None)
    return int(listening[0][1] if listening else server.effective_port)


def _announce(hosts: tuple[str, ...], port: int) -> None:
    print(f"Convscope is at http://{hosts[0]}:{port}", flush=True)
    for host in hosts[1:]:
        print(f"On this network: http://{host}:{port}", flush=True)


def _unknown(host: str) -> str:
    return (
        f"HOST must be an IPv4 address of this computer or a name that it knows, but it is {host!r}. "
        "Take 127.0.0.1 for this computer alone, or 0.0.0.0 for the whole network: python -m app --host 0.0.0.0."
    )


def _cannot_listen(fault: OSError, settings: Settings) -> str:
    where = f"port {settings.port} of {settings.host}"
    if fault.errno == errno.EADDRINUSE:
        return (
            f"Expected {where} to be free, but another program listens there (perhaps this one, started before). "
            "Stop it, or take any port that is free: make run PORT=0, or python -m app --port 0."
        )
    if fault.errno in (errno.EACCES, errno.EPERM):
        return f"The system does not let you listen on {where}. Take a port from 1024 up: python -m app --port 8000."
    return f"Cannot listen on {where}: {fault.strerror}. Check HOST (127.0.0.1, or 0.0.0.0 for the whole network)."


if __name__ == "__main__":
    sys.exit(main())
