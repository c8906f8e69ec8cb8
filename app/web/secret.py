"""The site's secret key: made on the first start, readable by its owner alone, shared by all later processes."""

from __future__ import annotations

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

SHORTEST_SECRET = 32


class SecretError(Exception):
    """The folder gives no secret key; the text says why, and what to do."""


def kept_secret(folder: Path) -> bytes:
    """Return the secret key of this folder; create it where there is none. Raises SecretError."""
    file = folder / "secret"
    try:
        if not file.exists():
            _make(file)
        secret = file.read_bytes().strip()
    except OSError as fault:
        raise SecretError(
            f"A secret of {SHORTEST_SECRET} or more characters is kept in {file}, but: {fault.strerror}. "
            "Make that folder writable."
        ) from fault
    if len(secret) < SHORTEST_SECRET:
        raise SecretError(
            f"A secret of {SHORTEST_SECRET} or more characters is kept in {file}, but it has {len(secret)}. "
            "Delete that file, and a new one is made."
        )
    return secret


def _make(file: Path) -> None:
    """Write a new key atomically, so that two processes that start together end up with the same one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".secret-")  # mode 600 from the start
    draft = Path(name)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_hex(SHORTEST_SECRET))
        with suppress(FileExistsError):  # another process was first: its key is used
            os.link(draft, file)
    finally:
        draft.unlink()
