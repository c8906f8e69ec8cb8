"""Who owns an upload: its id is an HMAC of the uploader's token and the pixels, keyed with the site's secret.

The same picture from the same browser has the same id. Nobody else can compute an id, or prove that it is theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from PIL import Image

BITS_128 = 16
TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)
PICTURE_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def new_token() -> str:
    """A random token of 128 bits, in hex. Its holder may delete what was uploaded with it."""
    return secrets.token_hex(BITS_128)


def read_token(text: str | None) -> str | None:
    """The token, or None where the text does not have the form of one: cookies and headers are untrusted."""
    return text if text is not None and TOKEN.fullmatch(text) else None


def picture_id(secret: bytes, token: str, image: Image.Image) -> str:
    """The id of this uploader's picture, 128 bits in hex: HMAC-SHA-256, truncated."""
    # The token has a fixed length and the header ends with a newline, so different inputs give different messages.
    message = f"{token} {image.mode} {image.width}x{image.height}\n".encode() + image.tobytes()
    return hmac.new(secret, message, hashlib.sha256).digest()[:BITS_128].hex()


def owns(secret: bytes, token: str, claimed_id: str, image: Image.Image) -> bool:
    """Whether the picture with that id was uploaded with this token."""
    return hmac.compare_digest(picture_id(secret, token, image), claimed_id)
