"""Whose picture it is: a name that only the site can make, from its secret, the uploader's token and the pixels.

The same picture from the same browser has the same name. Nobody else can work a name out, or prove that it is theirs.
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
    """Return a token that nobody can guess; whoever holds it may delete what was uploaded with it."""
    return secrets.token_hex(BITS_128)


def read_token(text: str | None) -> str | None:
    """Return the token, or None where the text is none: what a browser sends is not always what was given to it."""
    return text if text is not None and TOKEN.fullmatch(text) else None


def picture_id(secret: bytes, token: str, image: Image.Image) -> str:
    """Return the name under which this picture of this uploader is kept and shown."""
    # The token has one length and the size ends with its line, so no two inputs run together into the same bytes.
    message = f"{token} {image.mode} {image.width}x{image.height}\n".encode() + image.tobytes()
    return hmac.new(secret, message, hashlib.sha256).digest()[:BITS_128].hex()


def owns(secret: bytes, token: str, claimed_id: str, image: Image.Image) -> bool:
    """Return whether the picture under that name was uploaded with this token."""
    return hmac.compare_digest(picture_id(secret, token, image), claimed_id)
