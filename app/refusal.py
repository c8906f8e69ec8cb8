"""The error for a request that cannot be fulfilled: an HTTP status, a code, and the values of its message.

Any package may raise it. The messages are in the problem texts, in two languages, looked up by code.
"""

from __future__ import annotations

LONGEST_REPEATED = 60
"""Characters of bad input that an error message repeats."""


class Refusal(Exception):
    """Bad input or a missing resource. values: what the message of this code names; "nearest" is an address that works.

    status: the HTTP status of the answer.
    """

    def __init__(self, status: int, code: str, **values: object) -> None:
        super().__init__(f"{status} {code} {values}")
        self.status = status
        self.code = code
        self.values = values


def shortened(text: str) -> str:
    """Truncate input that an error message repeats."""
    return text if len(text) <= LONGEST_REPEATED else text[:LONGEST_REPEATED] + "…"
