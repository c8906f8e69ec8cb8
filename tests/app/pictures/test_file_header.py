"""What a picture file declares is read from its bytes alone, in all the ways in which it may be written."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from app.pictures.file_header import PNG_CHUNKS_BESIDE_DATA, PictureHeader, read_header
from app.refusal import Refusal

SIZES = [(1, 1), (7, 300), (640, 480), (1000, 3)]


def written(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def animated(size: tuple[int, int], form: str) -> bytes:
    frames = [Image.new("RGB", size, colour) for colour in ("red", "blue")]
    return written(frames[0], form, save_all=True, append_images=frames[1:], duration=100)


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


WRITERS: dict[str, tuple[str, Callable[[tuple[int, int]], bytes]]] = {
    "png": ("PNG", lambda size: written(Image.new("RGB", size), "PNG")),
    "png animated": ("PNG", lambda size: animated(size, "PNG")),
    "jpeg": ("JPEG", lambda size: written(Image.new("RGB", size), "JPEG")),
    "jpeg grey with restarts": (
        "JPEG",
        lambda size: written(Image.effect_noise(size, 90), "JPEG", restart_marker_blocks=1, quality=95),
    ),
    "jpeg of two pictures": ("JPEG", lambda size: animated(size, "MPO")),
    "jpeg with a preview": (
        "JPEG",
        lambda size: written(
            Image.new("RGB", size), "JPEG", exif=b"Exif\0\0" + written(Image.new("RGB", (9, 9)), "JPEG")
        ),
    ),
    "webp": ("WEBP", lambda size: written(Image.new("RGB", size), "WEBP")),
    "webp lossless": ("WEBP", lambda size: written(Image.new("RGB", size), "WEBP", lossless=True)),
    "webp extended": (
        "WEBP",
        lambda size: written(Image.new("RGB", size), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
    ),
    "webp animated": ("WEBP", lambda size: animated(size, "WEBP")),
    "gif": ("GIF", lambda size: written(Image.new("P", size), "GIF")),
    "gif animated": ("GIF", lambda size: animated(size, "GIF")),
    "gif with a comment": ("GIF", lambda size: written(Image.new("P", size), "GIF", comment=b"long " * 200)),
    "bmp": ("BMP", lambda size: written(Image.new("RGB", size), "BMP")),
    "bmp with two colours": ("BMP", lambda size: written(Image.new("1", size), "BMP")),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("kind", WRITERS)
def test_reads_the_size_that_the_library_wrote(kind: str, size: tuple[int, int]) -> None:
    form, write = WRITERS[kind]
    assert read_header(write(size)) == PictureHeader(form, *size)


@pytest.mark.parametrize(
    ("size", "extra", "kind"), [((640, 480), {}, b"VP8 "), ((640, 480), {"lossless": True}, b"VP8L")]
)
def test_webp_writers_above_cover_each_kind(size: tuple[int, int], extra: dict[str, Any], kind: bytes) -> None:
    assert written(Image.new("RGB", size), "WEBP", **extra)[12:16] == kind
    assert WRITERS["webp extended"][1](size)[12:16] == b"VP8X"


def test_counts_the_scans_of_a_progressive_jpeg() -> None:
    header = read_header(written(Image.new("RGB", (64, 48)), "JPEG", progressive=True))
    assert header == PictureHeader("JPEG", 64, 48, progressive=True, scans=10)
    grey = read_header(written(Image.new("L", (64, 48)), "JPEG", progressive=True))
    assert grey == PictureHeader("JPEG", 64, 48, progressive=True, scans=6)


def test_scans_after_the_end_of_the_picture_do_not_count() -> None:
    data = written(Image.new("RGB", (64, 48)), "JPEG")
    assert read_header(data + data) == PictureHeader("JPEG", 64, 48)


def test_the_first_frame_of_a_gif_may_reach_beyond_its_screen() -> None:
    data = bytearray(written(Image.new("P", (30, 20)), "GIF"))
    data[6:10] = struct.pack("<HH", 10, 40)
    assert read_header(bytes(data)) == PictureHeader("GIF", 30, 40)


def test_a_bmp_may_run_from_top_to_bottom_or_be_very_old() -> None:
    data = bytearray(written(Image.new("RGB", (30, 20)), "BMP"))
    data[22:26] = struct.pack("<i", -20)
    assert read_header(bytes(data)) == PictureHeader("BMP", 30, 20)
    old = b"BM" + struct.pack("<IHHI", 0, 0, 0, 26) + struct.pack("<IHHHH", 12, 30, 20, 1, 24)
    assert read_header(old) == PictureHeader("BMP", 30, 20)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"B",
        b"BM",
        b"BMW is a car, and this is a text about one.",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + bytes(50),
        b"%PDF-1.7",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"II*\0" + bytes(40),
        b"\x00\x00\x00\x1cftypheic" + bytes(40),
        b"\xff\xd8",
        b"GIF88a" + bytes(40),
        b"\x89PNG\r\n" + bytes(40),
    ],
)
def test_what_is_no_picture_of_these_kinds_is_none_or_broken(data: bytes) -> None:
    if data == b"BM":
        with pytest.raises(Refusal):
            read_header(data)
    else:
        assert read_header(data) is None


def test_kinds_that_the_decoder_is_not_asked_to_read_are_none() -> None:
    lossless_jpeg = bytearray(written(Image.new("RGB", (8, 8)), "JPEG"))
    lossless_jpeg[lossless_jpeg.index(b"\xff\xc0") + 1] = 0xC3
    assert read_header(bytes(lossless_jpeg)) is None
    run_lengths = bytearray(written(Image.new("P", (8, 8)), "BMP"))
    run_lengths[30:34] = struct.pack("<I", 1)
    assert read_header(bytes(run_lengths)) is None


PNG = written(Image.new("RGB", (20, 20)), "PNG")
JPEG = written(Image.new("RGB", (20, 20)), "JPEG")
GIF = written(Image.new("P", (20, 20)), "GIF")
GIF_BODY = 13 + (3 << (GIF[10] & 7) + 1 if GIF[10] & 0x80 else 0)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(PNG[:20], id="png cut in its header"),
        pytest.param(PNG[:8] + png_chunk(b"IDAT", b"") + PNG[8:], id="png that does not begin with its header"),
        pytest.param(PNG[:33] + PNG[8:], id="png with two headers"),
        pytest.param(
            PNG[:33] + png_chunk(b"iCCP", b"x") * (PNG_CHUNKS_BESIDE_DATA + 1) + PNG[33:], id="png of many notes"
        ),
        pytest.param(PNG[:33] + png_chunk(b"IDAT", b"") * 800_000 + PNG[33:], id="png of many empty chunks"),
        pytest.param(JPEG[:100], id="jpeg without a frame"),
        pytest.param(JPEG[: JPEG.index(b"\xff\xda")], id="jpeg without a scan"),
        pytest.param(JPEG[:2] + JPEG, id="jpeg that begins twice"),
        pytest.param(JPEG[: JPEG.index(b"\xff\xda")] + JPEG[2:], id="jpeg with two frames"),
        pytest.param(JPEG[:2] + b"\xff" * 10_000_000 + JPEG[2:], id="jpeg with much filling"),
        pytest.param(JPEG[:3] + bytes(10_000_000), id="jpeg of zeros"),
        pytest.param(JPEG[:2] + b"\xff\xe5\0\2" * 2_500_000 + JPEG[2:], id="jpeg of many segments"),
        pytest.param(GIF[:GIF_BODY], id="gif without a frame"),
        pytest.param(GIF[:GIF_BODY] + b"a" * 10_000_000 + GIF[GIF_BODY:], id="gif with junk"),
        pytest.param(
            GIF[:GIF_BODY] + b"\x21\xfe" + b"\1a" * 5_000_000 + b"\0" + GIF[GIF_BODY:], id="gif of many blocks"
        ),
        pytest.param(b"RIFF\x40\0\0\0WEBPVP8 \x10\0\0\0" + bytes(16), id="webp without its start code"),
        pytest.param(b"RIFF\x40\0\0\0WEBPVP8X", id="webp cut in its header"),
        pytest.param(b"RIFF\x40\0\0\0WEBPJUNK" + bytes(40), id="webp that begins with something else"),
        pytest.param(b"BM" + bytes(12) + struct.pack("<I", 40) + bytes(6), id="bmp cut in its header"),
    ],
)
def test_odd_files_are_refused_at_once(data: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(Refusal) as caught:
        read_header(data)
    # A page is allowed 50 ms to refuse; many times that is allowed here, for a busy machine.
    assert time.perf_counter() - start < 1.0
    assert (caught.value.status, caught.value.code) == (422, "picture-broken")


def test_filling_and_metadata_of_honest_size_are_read_over() -> None:
    metadata = b"\xff\xe1" + struct.pack(">H", 60_000) + bytes(59_998)
    assert read_header(JPEG[:2] + b"\xff" * 500 + metadata * 100 + JPEG[2:]) == PictureHeader("JPEG", 20, 20)
    notes = png_chunk(b"tEXt", b"key\0value") * 50
    assert read_header(PNG[:33] + notes + PNG[33:]) == PictureHeader("PNG", 20, 20)
