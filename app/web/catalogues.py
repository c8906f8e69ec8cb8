"""Message catalogues: edited as *.po, compiled to *.mo when the site starts."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TRANSLATIONS = Path(__file__).resolve().parent.parent / "translations"


def compile_if_stale(folder: Path = TRANSLATIONS) -> list[Path]:
    """Compile each *.po that is newer than its *.mo, and return what was compiled."""
    made = []
    for po in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        mo = po.with_suffix(".mo")
        if not mo.exists() or mo.stat().st_mtime_ns < po.stat().st_mtime_ns:
            _compile(po, mo)
            made.append(mo)
    return made


def _compile(po: Path, mo: Path) -> None:
    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parent.parent.name, abort_invalid=True)
    try:
        handle, name = tempfile.mkstemp(dir=mo.parent, prefix=".messages-")
        with os.fdopen(handle, "wb") as out:
            write_mo(out, catalogue)
        # Atomically, so that a server that starts meanwhile reads the old file or the new one, never half of it.
        draft = Path(name)
        draft.chmod(0o644)
        draft.replace(mo)
    except OSError as fault:
        raise RuntimeError(
            f"{po.name} is newer than {mo}, which cannot be written ({fault.strerror}). "
            f"Make {mo.parent} writable, or start the site once as a user who may write there."
        ) from fault
