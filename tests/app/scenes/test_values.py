"""The words of a parameter's list are read as they are written, and nothing else is."""

from __future__ import annotations

import pytest

from app.render.map_images import SCOPES
from app.scenes.values import HEATS, INKS, OFS, PRECISIONS, RULES, WAYS, literal


@pytest.mark.parametrize("choices", [HEATS, INKS, OFS, PRECISIONS, RULES, SCOPES, WAYS])
def test_every_word_of_a_list_is_read(choices: tuple[str, ...]) -> None:
    read = literal(choices)
    assert tuple(map(read, choices)) == choices


@pytest.mark.parametrize("text", ["", "Dark", "dark ", "auto,dark", "ｄark"])
def test_no_other_word_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        literal(INKS)(text)
