"""`make load`: how many presses one process carries, played by a class of clients on the same machine.

    python -m benchmarks.load                  a table, in some two minutes
    python -m benchmarks.load --seconds 5      the same, hurried

The site runs as `python -m app` runs it, in a process of its own, on loopback; another process plays the clients. Its
floor is an empty Flask view behind the same server. Nothing here goes anywhere but to 127.0.0.1, and it ends by itself.
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from benchmarks.machine import processor

CLIENTS = 8
TICKS = os.sysconf("SC_CLK_TCK")
FLOOR = """
from flask import Flask
from waitress import serve
app = Flask("floor")
app.add_url_rule("/", view_func=lambda: "")
serve(app, host="127.0.0.1", port={port}, threads=8)
"""
WALK = {"conv1": (8, 26), "relu1": (8, 26), "pool1": (8, 13), "conv2": (16, 11), "relu2": (16, 11), "pool2": (16, 5)}
LAYERS = ("input", *WALK, "dense", "softmax")

Asks = Iterator[str]


@dataclass
class Tally:
    """What the clients saw. seconds: of each answer. errors: answers that were none."""

    seconds: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    errors: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def share(self, part: float) -> float:
        """The time within which this share of the answers came, in milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Server:
    """A process that serves on a free port of loopback until it is closed."""

    def __init__(self, command: Callable[[int], list[str]], ready: str) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = taken.getsockname()[1]
        environment = os.environ | {"CONVSCOPE_STORE": "memory:", "CONVSCOPE_RATE": "off", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(command(self.port), env=environment, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                if get(http.client.HTTPConnection("127.0.0.1", self.port, timeout=2), ready)[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server did not come up")

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Megabytes that are resident."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024

    def close(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(20)


def get(connection: http.client.HTTPConnection, address: str) -> tuple[int, int]:
    """Ask for an address; return the status and how many bytes came, uncompressed."""
    connection.request("GET", address)
    response = connection.getresponse()
    return response.status, len(response.read())


def play(port: int, asks: Callable[[random.Random], Asks], seconds: float, clients: int, pause: float = 0.0) -> Tally:
    """Let clients ask one after the other, each with a connection of its own; pause: seconds between two presses."""
    tally, end = Tally(), time.monotonic() + seconds

    def client(number: int) -> None:
        rng = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        time.sleep(rng.random() * pause)
        for address in asks(rng):
            if time.monotonic() > end:
                break
            start = time.perf_counter()
            try:
                status, size = get(connection, address)
            except OSError:
                status, size = 0, 0
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            took = time.perf_counter() - start
            with tally.lock:
                tally.seconds.append(took)
                tally.sizes.append(size)
                tally.errors += status != 200
            if pause:
                time.sleep(max(0.0, pause - took))
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tally


def changed(scene: str, changes: str) -> str:
    """The address that a press asks for."""
    return f"/en/walk/change?from={quote(scene)}&{changes}"


def other_cells(rng: random.Random) -> Asks:
    """Cells of one map of a picture that is known, none of them asked for before."""
    layer, place = "conv1", (rng.randrange(26), rng.randrange(26))
    while True:
        layer = rng.choice(("conv1", "conv2"))
        maps, side = WALK[layer]
        channel = rng.randrange(maps)
        for _ in range(20):
            scene = f"image=sample.digit-3&layer={layer}&cell={channel}.{place[0] % side}.{place[1] % side}"
            place = (rng.randrange(side), rng.randrange(side))
            # A precision that differs from client to client keeps them out of each other's answers.
            yield changed(f"{scene}&precision={rng.choice('23456')}", f"cell={channel}.{place[0]}.{place[1]}")


def mixed(rng: random.Random) -> Asks:
    """A reader who presses cells and layers, turns round, and looks at pixels of the filters."""
    layer, way = "conv1", ""
    while True:
        digit = rng.randrange(10)
        scene = f"image=sample.digit-{digit}{way}&layer={layer}"
        kind = rng.random()
        if kind < 0.5 and layer in WALK:
            maps, side = WALK[layer]
            yield changed(scene, f"cell={rng.randrange(maps)}.{rng.randrange(side)}.{rng.randrange(side)}")
        elif kind < 0.75:
            layer = rng.choice(LAYERS[:-1] if way else LAYERS)
            yield changed(scene, f"layer={layer}")
        elif kind < 0.85:
            way, to = ("", "forward") if way else ("&way=backward", "backward")
            yield changed(scene, f"way={to}")
            layer = "conv1" if layer == "softmax" else layer
        else:
            kernel = rng.choice(("sobel-x", "gaussian", "sharpen"))
            yield f"/en/filters/view?kernel={kernel}&cell=0.{rng.randrange(200)}.{rng.randrange(200)}"


def same(rng: random.Random) -> Asks:
    """Twenty addresses, over and over."""
    while True:
        k = rng.randrange(20)
        yield changed("image=sample.digit-3&layer=conv2&cell=1.0.0", f"cell=1.{k % 11}.{k // 11}")


def drawings(rng: random.Random) -> Asks:
    """Drawings that nobody has drawn before."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    while True:
        strokes = "".join(digits[rng.randrange(8, 56)] for _ in range(2 * rng.randrange(6, 30)))
        yield changed("image=drawn.QQRR", f"image=drawn.{strokes}")


def line(name: str, server: Server, tally: Tally, seconds: float, cpu: float) -> str:
    """One line of the table."""
    count = len(tally.seconds)
    waits = " | ".join(f"{tally.share(part):.1f}" for part in (0.5, 0.95, 0.99))
    return (
        f"| {name} | {count / seconds:.0f} | {waits} | "
        f"{1000 * cpu / count:.2f} | {sum(tally.sizes) / count / 1000:.1f} | {max(tally.sizes) / 1000:.1f} | "
        f"{server.memory():.0f} | {tally.errors} |"
    )


def main() -> None:
    """Play every part and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=12.0, help="of each part; the class plays 5 times that")
    parser.add_argument("--long", type=float, default=0.0, metavar="SECONDS", help="mixed presses in the end")
    options = parser.parse_args()
    print(f"{processor()}, {os.cpu_count()} cores, one server process, {CLIENTS} clients on the same machine\n")
    print("| | a second | p50 ms | p95 ms | p99 ms | CPU ms each | kB | most kB | MB after | errors |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    floor = Server(lambda port: [sys.executable, "-c", FLOOR.format(port=port)], "/")
    _part("an empty Flask view", floor, lambda _rng: iter(lambda: "/", None), options.seconds, CLIENTS)
    floor.close()
    site = Server(lambda port: [sys.executable, "-m", "app", "--port", str(port)], "/healthz")
    try:
        for address in ("/en/walk?image=sample.digit-3", "/en/walk?image=sample.digit-3&layer=conv2", "/en/filters"):
            get(http.client.HTTPConnection("127.0.0.1", site.port), address)
        parts: tuple[tuple[str, Callable[[random.Random], Asks]], ...] = (
            ("another cell of a known picture", other_cells),
            ("mixed presses", mixed),
            ("the same addresses again", same),
            ("drawings never seen", drawings),
        )
        for name, asks in parts:
            _part(name, site, asks, options.seconds, CLIENTS)
        _part("300 students, a press in 6 s each", site, mixed, 5 * options.seconds, 300, 6.0)
        if options.long:
            _part("mixed presses, on and on", site, mixed, options.long, CLIENTS)
    finally:
        site.close()


def _part(
    name: str, server: Server, asks: Callable[[random.Random], Asks], seconds: float, clients: int, pause: float = 0.0
) -> None:
    before, start = server.cpu(), time.monotonic()
    tally = play(server.port, asks, seconds, clients, pause)
    print(line(name, server, tally, time.monotonic() - start, server.cpu() - before), flush=True)


if __name__ == "__main__":
    main()
