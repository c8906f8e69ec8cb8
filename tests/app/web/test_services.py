"""What a site was given is found by its type."""

from __future__ import annotations

import pytest
from flask import Flask

from app.web.services import provide, service


class Clock:
    """Something that a request may need."""


def test_a_service_is_found_by_its_type_in_its_own_site() -> None:
    one, other = Flask("one"), Flask("other")
    clock = provide(one, Clock, Clock())
    assert service(Clock, one) is clock
    with one.app_context():
        assert service(Clock) is clock
    with other.app_context(), pytest.raises(LookupError, match="no Clock was provided"):
        service(Clock)


def test_the_last_one_that_was_provided_counts() -> None:
    site = Flask("site")
    provide(site, Clock, Clock())
    later = provide(site, Clock, Clock())
    assert service(Clock, site) is later
