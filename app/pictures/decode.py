"""Decode untrusted picture files: check the header first, decode within limits, keep the pixels alone.

The constants below are the whole policy: which formats, which sizes, and what is stored.
"""

from __future__ import annotations

import io
import math
import struct
import threading
import warnings
import zlib

import numpy as np
from PIL import Image, ImageFile, PngImagePlugin

from app.pictures.file_header import PictureHeader, broken, read_header
from app.refusal import Refusal
from app.store.protocol import Store

MIB = 1024 * 1024
MEGAPIXEL = 1_000_000

MAX_BYTES = 10 * MIB
MAX_BODY_BYTES = MAX_BYTES + 64 * 1024
"""A picture and the multipart form around it."""
MAX_FORM_PARTS = 20
MAX_MEGAPIXELS = {"JPEG": 50, "PNG": 16, "WEBP": 16, "GIF": 4, "BMP": 16}
MAX_MEGAPIXELS_IN_PASSES = 24
MAX_SIDE = 12_000
MAX_ASPECT = 64
MAX_SCANS = 64
MAX_SCANNED_PIXELS = 400_000_000
DECODING_AT_ONCE = 2
DECODING_WAIT_SECONDS = 5
STORED_SIDE = 1_024
PICTURE_SECONDS = 2 * 60 * 60
"""Lifetime of a stored picture after its last use."""

# Process-wide settings of Pillow, set once: changing them around one decoding would affect other threads.
Image.MAX_IMAGE_PIXELS = max(MAX_MEGAPIXELS.values()) * MEGAPIXEL
ImageFile.LOAD_TRUNCATED_IMAGES = False
PngImagePlugin.MAX_TEXT_MEMORY = 16 * MIB
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")

_DECODERS = threading.BoundedSemaphore(DECODING_AT_ONCE)

# Pillow documents OSError for damaged files, but its readers index, unpack, divide by and assert values of the file
# without checking them. This is what untrusted bytes can raise.
_PILLOW_FAULTS = (
    OSError,
    EOFError,
    SyntaxError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    LookupError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode_upload(data: bytes) -> Image.Image:
    """Decode a picture file: RGB, upright, transparency on white, the longest side at most STORED_SIDE pixels.

    Raises Refusal: 413 too large, 415 not a supported format, 422 broken or of an extreme shape, 503 busy.
    """
    header = check_header(data)
    if not _DECODERS.acquire(timeout=DECODING_WAIT_SECONDS):
        raise Refusal(503, "decoding-busy", retry_after=DECODING_WAIT_SECONDS)
    try:
        return _decode_within_limits(data, header)
    except _PILLOW_FAULTS as fault:
        raise broken(header.name) from fault
    finally:
        _DECODERS.release()


def check_header(data: bytes) -> PictureHeader:
    """Read the header and check it against the limits; nothing is decoded. Raises Refusal 413, 415 or 422."""
    check_bytes(len(data), MAX_BYTES)
    if not data:
        raise Refusal(422, "picture-empty")
    header = read_header(data)
    if header is None:
        raise Refusal(415, "not-a-picture")
    size = {"format": header.name, "width": header.width, "height": header.height}
    pixels = header.width * header.height
    # For several passes the decoder keeps the whole picture in memory, at two bytes a value.
    in_passes = header.progressive or header.scans > 1
    most = MAX_MEGAPIXELS_IN_PASSES if in_passes else MAX_MEGAPIXELS[header.format]
    if pixels > most * MEGAPIXEL:
        got = math.ceil(pixels / MEGAPIXEL * 10) / 10
        code = "picture-too-many-pixels-in-passes" if in_passes else "picture-too-many-pixels"
        raise Refusal(413, code, got=got, limit=most, **size)
    if pixels == 0:
        raise Refusal(422, "picture-without-pixels", **size)
    longest, shortest = max(header.width, header.height), min(header.width, header.height)
    if longest > MAX_SIDE:
        raise Refusal(422, "picture-side-too-long", limit=MAX_SIDE, **size)
    if longest > shortest * MAX_ASPECT:
        raise Refusal(422, "picture-too-thin", limit=MAX_ASPECT, **size)
    if header.scans > MAX_SCANS or header.scans * pixels > MAX_SCANNED_PIXELS:
        most_scans = min(MAX_SCANS, MAX_SCANNED_PIXELS // pixels)
        raise Refusal(422, "picture-too-many-scans", got=header.scans, limit=most_scans)
    return header


def check_bytes(count: int, limit: int) -> None:
    """Raise Refusal 413 where a picture file, or a form with one in it, has more than `limit` bytes."""
    if count > limit:
        raise Refusal(413, "picture-too-many-bytes", got=math.ceil(count / MIB * 10) / 10, limit=MAX_BYTES // MIB)


def encode_png(image: Image.Image) -> bytes:
    """Encode the pixels as PNG, the format in which the store keeps them."""
    out = io.BytesIO()
    # Level 1 takes a third of the time of the default and makes the files a fifth larger (photographs, measured).
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def decode_png(data: bytes) -> Image.Image:
    """Decode what encode_png wrote."""
    with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
        picture.load()
        return picture.copy()


def picture_key(picture_id: str) -> str:
    """The store's key of an uploaded picture."""
    return f"picture:{picture_id}"


def renew(store: Store, key: str) -> bool:
    """Renew the lifetime of a stored picture; False where it is no longer there.

    The bytes are not put again, so a picture that its owner deletes meanwhile stays deleted.
    """
    return store.renew(key, PICTURE_SECONDS)


def _decode_within_limits(data: bytes, header: PictureHeader) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=(header.format,)) as picture:
        if picture.size != (header.width, header.height):
            raise ValueError(f"the header says {header}, but the decoder would make {picture.size}")
        width, height = _fitting(header.width, header.height)
        # A JPEG can be decoded at 1/2, 1/4 or 1/8 of its size, so 50 megapixels cost little.
        picture.draft(None, (width, height))
        picture.load()
        turn = _TURNS.get(_orientation(picture))
        shown = _on_white(picture)
    if shown.size != (width, height):
        shown = shown.resize((width, height), Image.Resampling.LANCZOS)
    if turn is not None:
        shown = shown.transpose(turn)
    # From the bytes of the pixels: a copy would keep the file's metadata.
    return Image.frombytes("RGB", shown.size, shown.tobytes())


def _fitting(width: int, height: int) -> tuple[int, int]:
    """(width, height) with the longest side at most STORED_SIDE."""
    longest = max(width, height)
    if longest <= STORED_SIDE:
        return width, height
    return max(1, round(width * STORED_SIDE / longest)), max(1, round(height * STORED_SIDE / longest))


def _orientation(picture: Image.Image) -> int:
    """The EXIF orientation, 1 to 8 (1 is upright); 1 where the EXIF data is damaged."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except _PILLOW_FAULTS:
        return 1


def _on_white(picture: Image.Image) -> Image.Image:
    """Convert to RGB; transparency is composited on white."""
    if picture.mode.startswith("I;16"):
        # Pillow would clip 16-bit values at 255, and nearly everything would be white.
        picture = _upper_byte(picture)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    white = Image.new("RGB", picture.size, "white")
    white.paste(clear, mask=clear)
    return white


def _upper_byte(picture: Image.Image) -> Image.Image:
    values = np.asarray(picture)
    grey = Image.fromarray((values >> 8).astype(np.uint8))
    clear = picture.info.get("transparency")
    if isinstance(clear, int):
        grey.putalpha(Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8)))
    return grey
