"""A page out of fragments: full addresses, the scene in every form, and what is selected marked."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from app.web.fragments.whole_page import FORM_FIELD, whole_page


def address(args: MultiDict[str, str]) -> str:
    return "/en/room?" + "&".join(f"{name}={value}" for name, value in sorted(args.items()))


def test_every_change_becomes_an_address_and_every_form_says_its_scene() -> None:
    text = f'<a href="?b=1&amp;a=#there" hx-get="/change?b=1">x</a><form>{FORM_FIELD}</form><a href="/other?b=1">y</a>'
    assert whole_page(text, "?c=2&d=3", address, "", ()) == (
        '<a href="/en/room?a=&amp;b=1#there" hx-get="/change?b=1">x</a>'
        '<form><input type="hidden" name="from" value="c=2&amp;d=3"></form><a href="/other?b=1">y</a>'
    )


def test_the_selected_cell_and_what_it_belongs_to_are_marked_and_nothing_else() -> None:
    buttons = "".join(f'<button name="cell" value="1.0.{j}" class="c9" tabindex="-1">0</button>' for j in (1, 11))
    links = "".join(f'<a data-mark="{name}">x</a>' for name in ("conv1", "conv1.1", "conv1.11"))
    found = whole_page(buttons + links, "", address, "1.0.1", ("conv1", "conv1.1"))
    assert found.count('aria-current="true"') == 3
    assert '<button name="cell" value="1.0.1" class="c9" aria-current="true">' in found
    assert found.endswith('<a data-mark="conv1.1" aria-current="true">x</a><a data-mark="conv1.11">x</a>')
