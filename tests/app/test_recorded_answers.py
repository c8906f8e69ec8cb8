"""The site answers as it was recorded: pages, fragments, API, files and errors, in both languages."""

from __future__ import annotations

from tests.app.recorded_answers import RECORD, differing, make_client, record


def test_answers_are_the_recorded_ones() -> None:
    """After a change that readers are meant to see: python -m tests.app.recorded_answers --record."""
    kept = record()
    assert len(kept) >= 300
    assert differing(make_client(), kept) == [], f"these differ from {RECORD.name}"
