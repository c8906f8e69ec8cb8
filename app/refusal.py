"""A refusal: what the reader asked for cannot be shown, and the reason can be said in one sentence.

Any room may raise one; only problems.py knows the words, so that no sentence stands in the middle of the logic.
"""

from __future__ import annotations


class Refusal(Exception):
    """Bad input, with its HTTP status, the code of its sentence, and the values that the sentence names."""

    def __init__(self, status: int, code: str, **values: object) -> None:
        super().__init__(f"{status} {code} {values}")
        self.status = status
        self.code = code
        self.values = values
