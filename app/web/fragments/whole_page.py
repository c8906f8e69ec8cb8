"""A page out of fragments: the scene is put into their links, their forms and the mark of the selected cell.

Fragments say what a control changes and not what stays, so that they are the same for everybody. A page that is sent as
a whole says it all: each link has the full address of what it leads to, and works without JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import unescape
from urllib.parse import parse_qsl

from markupsafe import escape
from werkzeug.datastructures import MultiDict

_LINK = re.compile(r'href="\?([^"#]*)')
FORM_FIELD = '<input type="hidden" name="from">'
"""In a fragment's form: the field that says which page it stands in."""


def whole_page(
    text: str, query: str, address: Callable[[MultiDict[str, str]], str], picked: str, marks: Iterable[str]
) -> str:
    """Put a scene into a text made of fragments.

    query: of the scene. address: of the page to which changes lead. picked: the value of the selected cell's
    button. marks: the data-mark of the links that are current.
    """
    known: dict[str, str] = {}

    def full(found: re.Match[str]) -> str:
        changes = found[1]
        if changes not in known:
            args = MultiDict(parse_qsl(unescape(changes), keep_blank_values=True))
            known[changes] = f'href="{escape(address(args))}'
        return known[changes]

    text = _LINK.sub(full, text)
    text = text.replace(FORM_FIELD, f'<input type="hidden" name="from" value="{escape(query[1:])}">')
    for name in marks:
        text = text.replace(f' data-mark="{name}"', f' data-mark="{name}" aria-current="true"')
    return mark(text, picked)


def mark(text: str, picked: str) -> str:
    """Mark the button of the selected cell: it is the one that the Tab key stops at."""
    if not picked:
        return text
    button = re.compile(rf'(<button name="(?:cell|at)" value="{re.escape(picked)}" class="[^"]*") tabindex="-1"')
    return button.sub(r'\1 aria-current="true"', text)
