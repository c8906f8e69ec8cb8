"""What the site answered at some 300 addresses, recorded as digests, so that a rebuilt inside shows the same outside.

    python -m tests.app.recorded_answers            compare with the record; name what differs
    python -m tests.app.recorded_answers --dump D   also write every answer into the folder D, to be compared with diff
    python -m tests.app.recorded_answers --record   write the record anew, after a change that readers are meant to see

Names of assets are left out of the comparison. White space is no difference where it cannot be seen: a run of it counts
as one space, and beside the tags of blocks as none.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
from bs4 import BeautifulSoup

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

RECORD = Path(__file__).with_suffix(".json")
HEADERS = ("Content-Type", "Location", "HX-Push-Url", "HX-Replace-Url", "Content-Disposition", "Retry-After", "Allow")
ASSETS = re.compile(r"<script\b[^>]*>\s*</script>|<link\b[^>]*>|/static/[^\"'\s)]*")
BESIDE_BLOCKS = re.compile(
    r"\s*(</?(?:p|div|section|main|header|footer|figure|table|tbody|thead|tr|ul|ol|li|h\d)\b[^>]*>)\s*"
)
LONG_DECIMAL = re.compile(r"-?\d+\.\d{10,}(?:e[-+]?\d+)?")

# Pages that are crawled for more addresses, so many a path and set of parameters.
STARTS = (
    "/en/",
    "/zh/",
    "/en/walk",
    "/zh/walk",
    "/en/walk?way=backward",
    "/zh/walk?way=backward&layer=conv1&of=weight",
    "/en/walk?network=photos&layer=conv2",
    "/en/walk?way=backward&layer=pool1&of=input&cell=0.1.1",
    "/en/walk?way=backward&layer=loss",
    "/zh/walk?layer=pool1&cell=1.2.2",
    "/en/walk?layer=relu1&cell=0.1.1",
    "/zh/walk?layer=dense&cell=3.0.0",
    "/en/walk?way=backward&layer=relu1&of=input",
    "/en/filters",
    "/zh/filters",
    "/en/filters?kernel=sobel-x&then=relu~max.2.2",
    "/zh/filters?kernel=gaussian&stride=2&pixel=0.3.3&sliding=5",
)
A_SHAPE = 2  # addresses of one path with the same names of parameters
A_PAGE = 14  # addresses that one page adds, spread over it
BY_HAND = (
    "/",
    "/healthz",
    "/robots.txt",
    "/samples/cat.png",
    "/samples/nothing.png",
    "/en/nowhere",
    "/zh/nowhere",
    "/fr/walk",
    "/en/walk?network=nothing",
    "/zh/walk?network=nothing",
    "/en/walk?layer=nothing",
    "/zh/walk/view?layer=nothing",
    "/en/walk?cell=900.0.0",
    "/zh/walk/microscope?cell=a",
    "/en/walk/view?cell=1.2",
    "/en/walk?image=nothing",
    "/zh/walk?image=upload.00000000000000000000000000000000",
    "/en/walk/view?image=upload.00000000000000000000000000000000",
    "/en/walk?precision=99",
    "/en/walk?way=sideways",
    "/zh/walk/learn?way=backward&steps=100000",
    "/en/walk/heat?heat=nothing",
    "/zh/walk/check?way=backward&check=-1",
    "/en/filters?kernel=nothing",
    "/zh/filters?kernel=nothing",
    "/en/filters/view?stride=0",
    "/zh/filters/view?padding=10000",
    "/en/filters?then=max.0.0",
    "/en/filters?n=5&kernel=box",
    "/en/filters?do=transpose",
    "/zh/filters?do=nothing",
    "/en/filters/take/nothing.txt",
    "/en/filters/take/kernel.txt",
    "/filters/source?channel=0",
    "/filters/result?kernel=sobel-x",
    "/filters/difference?kernel=box&kernel2=gaussian",
    "/filters/result?kernel=nothing",
    "/en/walk/pictures",
    "/zh/walk/pictures?network=photos",
    "/en/walk/strip",
    "/zh/walk/strip?way=backward",
    "/en/walk/microscope?layer=conv2&cell=3.2.2",
    "/zh/walk/microscope?way=backward&layer=conv2&of=weight",
    "/en/walk/check?way=backward&layer=conv1&of=weight&check=0.01",
    "/en/walk/learn?way=backward&steps=3&optimizer=adam",
    "/zh/walk/heat?way=backward&heat=cam",
    "/en/walk/heat?way=backward&heat=integrated",
    "/en/walk?way=backward&layer=softmax",
    "/en/walk/view?way=backward&layer=pool2&of=input",
    "/zh/walk/view?network=photos&way=backward&layer=pool1&of=input",
    "/api/v1/samples",
    "/api/v1/networks",
    "/api/v1/openapi.json",
    "/api/v1/forward",
    "/api/v1/forward?image=sample.cat",
    "/api/v1/forward?network=photos&image=sample.rocket",
    "/api/v1/forward?network=nothing",
    "/api/v1/forward?image=nothing",
    "/api/v1/activations?layer=conv1",
    "/api/v1/activations?layer=pool2",
    "/api/v1/activations?layer=nothing",
    "/api/v1/activations?layer=conv1&format=npy",
    "/api/v1/gradients?layer=conv1&of=weight",
    "/api/v1/gradients?layer=conv1&of=bias",
    "/api/v1/gradients?layer=pool1&of=input",
    "/api/v1/gradients?layer=dense&of=weight&target=3",
    "/api/v1/gradients?layer=dense&of=nothing",
    "/api/v1/heat?heat=cam",
    "/api/v1/heat?heat=gradient",
    "/api/v1/heat?heat=occlusion",
    "/api/v1/heat?heat=nothing",
    "/api/v1/filter",
    "/api/v1/filter?kernel=sobel-x&stride=2",
    "/api/v1/filter?kernel=gaussian&then=relu~max.2.2",
    "/api/v1/filter?kernel=nothing",
    "/api/v1/filter?format=png",
    "/api/v1/filter?format=npy",
    "/api/v1/filter?format=gif",
    "/api/v1/trace?layer=conv1&cell=0.3.3",
    "/api/v1/trace?layer=pool1&cell=0.3.3",
    "/api/v1/trace?layer=relu1&cell=0.3.3",
    "/api/v1/trace?layer=dense&cell=4.0.0",
    "/api/v1/trace?way=backward&layer=conv1&of=weight&cell=0.0.0.0",
    "/api/v1/trace?way=backward&layer=conv1&of=input&cell=0.3.3",
    "/api/v1/trace?way=backward&layer=pool1&of=input&cell=0.3.3",
    "/api/v1/trace?way=backward&layer=relu1&of=input&cell=0.3.3",
    "/api/v1/trace?way=backward&layer=dense&of=input&cell=3.0.0",
    "/api/v1/trace?way=backward&layer=dense&of=weight&at=3.5",
    "/api/v1/trace?way=backward&layer=loss&of=input&cell=3.0.0",
    "/api/v1/trace?layer=conv1&cell=99.0.0",
    "/api/v1/trace?layer=nothing",
    "/api/v1/nothing",
)


def make_client() -> FlaskClient:
    """A site that keeps nothing and was not asked before."""
    from app import create_app
    from app.web.settings import Settings

    environ = {
        "CONVSCOPE_STORE": "memory:",
        "CONVSCOPE_RATE": "off",
        "CONVSCOPE_SECRET": "known to the tests alone, and long enough",
    }
    return create_app(Settings.from_environ(environ, Path(tempfile.mkdtemp()))).test_client()


def crawl(client: FlaskClient) -> list[str]:
    """Addresses that the pages lead to, in the order in which they are met, few of each shape."""
    seen: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    found = list(STARTS)
    for start in STARTS:
        answer = client.get(start, follow_redirects=True)
        soup = BeautifulSoup(answer.text, "html.parser")
        links = [
            str(tag.get(name, ""))
            for tag in soup.select("[href], [hx-get], img[src]")
            for name in ("href", "hx-get", "src")
        ]
        added = []
        for link in dict.fromkeys(link for link in links if link.startswith("/") and not link.startswith("/static")):
            path, _, query = link.partition("?")
            same = seen.setdefault((path, tuple(part.partition("=")[0] for part in query.split("&"))), [])
            if len(same) < A_SHAPE and link not in found:
                same.append(link)
                added.append(link)
        found += added[:: max(1, len(added) // A_PAGE)]
    return found


def plain(answer: TestResponse) -> bytes:
    """What is compared of an answer's body: without assets, decimals to nine digits, relative links from the root."""
    if (answer.mimetype or "").startswith("image/"):
        return bytes(answer.data)
    if answer.data.startswith(b"\x93NUMPY"):
        array = np.load(io.BytesIO(answer.data))
        return f"{array.dtype} {array.shape} ".encode() + " ".join(f"{value:.9g}" for value in array.flat).encode()
    text = ASSETS.sub("", answer.data.decode("utf-8", "surrogateescape"))
    text = text.replace('href="?', f'href="{answer.request.path}?')
    text = LONG_DECIMAL.sub(lambda match: f"{float(match[0]):.9g}", text)
    if answer.mimetype == "text/html":
        text = BESIDE_BLOCKS.sub(r"\1", text)
    return re.sub(r"\s+", " ", text).encode("utf-8", "surrogateescape")


def digest(answer: TestResponse) -> dict[str, object]:
    """One line of the record: the status, the headers that steer a browser, and the body's digest."""
    headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
    return {"status": answer.status_code, **headers, "body": hashlib.sha256(plain(answer)).hexdigest()[:24]}


def record() -> dict[str, dict[str, object]]:
    """The record as it was kept."""
    kept: dict[str, dict[str, object]] = json.loads(RECORD.read_text("utf-8"))
    return kept


def differing(client: FlaskClient, addresses: Iterable[str], folder: Path | None = None) -> list[str]:
    """The addresses whose answer is another one than was recorded."""
    kept, others = record(), []
    for address in addresses:
        answer = client.get(address, buffered=True)
        if kept[address] != digest(answer):
            others.append(address)
        if folder:
            head = "".join(f"{name}: {value}\n" for name, value in digest(answer).items())
            name = quote(address, safe="=?&,.-")[:200]
            (folder / name).write_bytes(head.encode() + plain(answer).replace(b"><", b">\n<"))
    return others


def main() -> None:
    """Compare, dump or record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--dump", type=Path)
    options = parser.parse_args()
    client = make_client()
    if options.record:
        addresses = list(dict.fromkeys([*crawl(client), *BY_HAND]))
        lines = {address: digest(client.get(address, buffered=True)) for address in addresses}
        rows = [f" {json.dumps(address)}: {json.dumps(line, ensure_ascii=False)}" for address, line in lines.items()]
        RECORD.write_text("{\n" + ",\n".join(rows) + "\n}\n", "utf-8")
    if options.dump:
        options.dump.mkdir(parents=True, exist_ok=True)
    others = differing(client, record(), options.dump)
    print(f"{len(record())} addresses, {len(others)} differ", *others, sep="\n")


if __name__ == "__main__":
    main()
