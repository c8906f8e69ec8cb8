"""Read format, size and number of scans from the header of a picture file, without an imaging library.

A few bytes can declare gigabytes of pixels or minutes of decoding, so the header is checked before anything is decoded.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from app.refusal import Refusal

# Pillow reads these one by one in Python, so a file of nothing else would keep it busy for seconds. Real files stay
# far below: a few metadata chunks, one segment per 64 kB of metadata, one block per 255 bytes.
PNG_CHUNKS = 20_000
PNG_CHUNKS_BESIDE_DATA = 100
JPEG_SEGMENTS = 2_000
JPEG_FILL = 1_024
GIF_BLOCKS = 10_000

_PNG_DATA = (b"IDAT", b"fdAT", b"fcTL")
# A marker: neither a stuffed zero, nor a restart marker inside a scan, nor a fill byte before a marker.
_JPEG_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_JPEG_FRAMES = (0xC0, 0xC1, 0xC2)
_JPEG_OTHER_FRAMES = (0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF)
_JPEG_UNKNOWN = range(0x01, 0xC0)
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA


@dataclass(frozen=True)
class PictureHeader:
    """What a file declares. format: Pillow's name of it; width and height in pixels; scans: passes of a JPEG."""

    format: str
    width: int
    height: int
    progressive: bool = False
    scans: int = 1

    @property
    def name(self) -> str:
        """The format's name for readers."""
        return "WebP" if self.format == "WEBP" else self.format


def read_header(data: bytes) -> PictureHeader | None:
    """Read the declared format and size; None where the bytes are not a supported picture.

    Raises Refusal 422 where they begin like one but cannot be parsed.
    """
    for name, magic, read in _FORMATS:
        if magic.match(data):
            try:
                return read(data)
            except (struct.error, IndexError) as fault:
                raise broken(name) from fault
    return None


def broken(name: str) -> Refusal:
    """The refusal of a file that is damaged, truncated or malicious."""
    return Refusal(422, "picture-broken", format=name)


def _png(data: bytes) -> PictureHeader:
    length, kind, width, height = struct.unpack_from(">I4sII", data, 8)
    if kind != b"IHDR" or length != 13:
        raise broken("PNG")
    at = 8
    beside_data = 0
    for _ in range(PNG_CHUNKS):
        if at + 8 > len(data):
            return PictureHeader("PNG", width, height)
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IEND":
            return PictureHeader("PNG", width, height)
        beside_data += kind not in _PNG_DATA
        # A second IHDR would change the size that was checked.
        if beside_data > PNG_CHUNKS_BESIDE_DATA or (kind == b"IHDR" and at > 8):
            break
        at += 12 + length
    raise broken("PNG")


def _jpeg(data: bytes) -> PictureHeader | None:
    """Go from marker to marker and count the scans: the decoder has no limit on how many it decodes."""
    frame: tuple[int, int, int] | None = None
    scans = 0
    at = 2
    for _ in range(JPEG_SEGMENTS):
        # Inside a scan the next marker may be anywhere; before the first scan only fill bytes may precede it.
        found = _JPEG_MARKER.search(data, at, len(data) if scans else at + JPEG_FILL)
        marker = _END if found is None else data[found.end() - 1]
        if marker == _END or found is None:
            if frame is None or scans == 0:
                break
            kind, height, width = frame
            return PictureHeader("JPEG", width, height, kind == 0xC2, scans)
        if marker == _START or marker in _JPEG_UNKNOWN:
            break
        if marker in _JPEG_OTHER_FRAMES:
            return None
        if marker in _JPEG_FRAMES:
            if frame is not None:
                break
            frame = (marker, *struct.unpack_from(">HH", data, found.end() + 3))
        scans += marker == _SCAN
        at = found.end() + struct.unpack_from(">H", data, found.end())[0]
    raise broken("JPEG")


def _webp(data: bytes) -> PictureHeader:
    chunk = data[12:16]
    if chunk == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", data, 26)
        return PictureHeader("WEBP", width & 0x3FFF, height & 0x3FFF)
    if chunk == b"VP8L" and data[20] == 0x2F:
        (bits,) = struct.unpack_from("<I", data, 21)
        return PictureHeader("WEBP", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if chunk == b"VP8X" and len(data) >= 30:
        return PictureHeader(
            "WEBP", int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        )
    raise broken("WebP")


def _gif(data: bytes) -> PictureHeader:
    """Find the first frame: the picture grows if that reaches beyond the declared screen."""
    screen_width, screen_height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    blocks = 0
    while blocks < GIF_BLOCKS:
        if data[at] == 0x2C:
            left, top, width, height = struct.unpack_from("<HHHH", data, at + 1)
            return PictureHeader("GIF", max(screen_width, left + width), max(screen_height, top + height))
        if data[at] != 0x21:
            break
        at += 2
        while data[at] and blocks < GIF_BLOCKS:
            at += 1 + data[at]
            blocks += 1
        at += 1
        blocks += 1
    raise broken("GIF")


def _bmp(data: bytes) -> PictureHeader | None:
    (size,) = struct.unpack_from("<I", data, 14)
    if size == 12:
        return PictureHeader("BMP", *struct.unpack_from("<HH", data, 18))
    if size not in (40, 52, 56, 64, 108, 124):
        return None
    # A negative height means that the rows are stored from top to bottom.
    width, height, _, _, compression = struct.unpack_from("<IiHHI", data, 18)
    # Pillow decodes run lengths in a Python loop: 16 megapixels of them take many seconds.
    return PictureHeader("BMP", width, abs(height)) if compression in (0, 3) else None


_FORMATS: tuple[tuple[str, re.Pattern[bytes], Callable[[bytes], PictureHeader | None]], ...] = (
    ("PNG", re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    ("JPEG", re.compile(rb"\xff\xd8\xff"), _jpeg),
    ("WebP", re.compile(rb"RIFF....WEBP", re.DOTALL), _webp),
    ("GIF", re.compile(rb"GIF8[79]a"), _gif),
    ("BMP", re.compile(rb"BM"), _bmp),
)
