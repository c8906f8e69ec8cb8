"""A refusal carries what its message needs, and repeats bad input only in part."""

from __future__ import annotations

from app.refusal import LONGEST_REPEATED, Refusal, shortened


def test_a_refusal_carries_status_code_and_values() -> None:
    refusal = Refusal(422, "crop-outside", x=3, width=2)
    assert (refusal.status, refusal.code, refusal.values) == (422, "crop-outside", {"x": 3, "width": 2})
    assert str(refusal) == "422 crop-outside {'x': 3, 'width': 2}"


def test_only_long_input_is_shortened() -> None:
    longest = "x" * LONGEST_REPEATED
    assert shortened(longest) == longest
    assert shortened(longest + "y") == longest + "…"
