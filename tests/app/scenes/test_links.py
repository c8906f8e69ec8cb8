"""A scene of any room has a page, a view, and a link with both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.scenes.filter_scene import FilterScene
from app.scenes.links import links, page_url, view_url, with_parameter
from app.scenes.walk_scene import Scene

if TYPE_CHECKING:
    from flask import Flask


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_addresses_are_those_of_the_room_in_the_readers_language(lang: str, app: Flask) -> None:
    with app.test_request_context(f"/{lang}/"):
        app.preprocess_request()
        assert page_url(Scene(layer="conv1")) == f"/{lang}/walk?layer=conv1"
        assert view_url(Scene(layer="conv1")) == f"/{lang}/walk/view?layer=conv1"
        assert page_url(FilterScene(stride=2)) == f"/{lang}/filters?stride=2"
        assert page_url(FilterScene(), external=True) == f"http://localhost/{lang}/filters"


def test_a_link_has_both_and_is_safe_in_html(app: Flask) -> None:
    with app.test_request_context("/en/"):
        app.preprocess_request()
        both = links(Scene(layer="conv1", cell=(1, 2, 3)))
        assert both == ('href="/en/walk?layer=conv1&amp;cell=1.2.3" hx-get="/en/walk/view?layer=conv1&amp;cell=1.2.3"')
        edit = links(FilterScene(), "add-relu")
        assert edit == 'href="/en/filters?do=add-relu" hx-get="/en/filters/view?do=add-relu"'
        assert "&amp;do=rotate" in links(FilterScene(stride=2), "rotate")


@pytest.mark.parametrize(
    ("query", "value", "expected"),
    [("", "1", "?channel=1"), ("?a=b", "1", "?a=b&channel=1"), ("?a=b", "", "?a=b"), ("", "", "")],
)
def test_a_parameter_is_added_where_it_has_a_value(query: str, value: str, expected: str) -> None:
    assert with_parameter(query, "channel", value) == expected
