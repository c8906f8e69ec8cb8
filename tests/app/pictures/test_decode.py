"""Whatever bytes arrive, a small clean picture comes out, or a refusal that can be worded; never anything else."""

from __future__ import annotations

import io
import random
import re
import struct
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.pictures import decode as intake
from app.pictures.decode import PICTURE_SECONDS, STORED_SIDE, decode_png, decode_upload, encode_png, picture_key, renew
from app.refusal import Refusal
from app.store.protocol import open_store

# Tests run with every warning an error; the library's warnings about odd files are ignored when the site runs.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

MIB = 1024 * 1024


def written(image: Image.Image, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def refused(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        decode_upload(data)
    return caught.value


def quarters(width: int = 40, height: int = 40) -> Image.Image:
    """Red, green / blue, grey: every turn and flip of it looks different."""
    image = Image.new("RGB", (width, height))
    for x, y, colour in ((0, 0, (255, 0, 0)), (1, 0, (0, 255, 0)), (0, 1, (0, 0, 255)), (1, 1, (99, 99, 99))):
        image.paste(colour, (x * width // 2, y * height // 2, (x + 1) * width // 2, (y + 1) * height // 2))
    return image


def colours(image: Image.Image) -> list[tuple[int, ...]]:
    """Return the four quarters' colours in reading order."""
    return [pixel(image, image.width * x // 4, image.height * y // 4) for y in (1, 3) for x in (1, 3)]


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return tuple(map(int, found))


def near(first: list[tuple[int, ...]], second: list[tuple[int, ...]], tolerance: int = 12) -> bool:
    return bool(np.abs(np.array(first) - np.array(second)).max() <= tolerance)


# What comes out -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 95}),
        ("JPEG", {"quality": 95, "progressive": True}),
        ("WEBP", {"quality": 95}),
        ("WEBP", {"lossless": True}),
        ("GIF", {}),
        ("BMP", {}),
    ],
)
def test_every_format_gives_its_pixels(form: str, options: dict[str, Any]) -> None:
    image = decode_upload(written(quarters(), form, **options))
    assert (image.mode, image.size) == ("RGB", (40, 40))
    assert near(colours(image), colours(quarters()))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_keeps_its_greys(mode: str) -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None], 4, axis=0)
    grey = Image.fromarray(ramp)
    picture = Image.fromarray(ramp.astype(np.uint16) * 257) if mode == "I;16" else grey.convert(mode)
    assert picture.mode == mode
    got = np.asarray(decode_upload(written(picture, "PNG")))
    if mode == "1":
        assert set(got[0, :, 0]) == {0, 255}
    else:
        np.testing.assert_array_equal(got, np.repeat(ramp[..., None], 3, axis=2))


def test_cmyk_jpeg_keeps_its_colours() -> None:
    image = decode_upload(written(quarters().convert("CMYK"), "JPEG", quality=95))
    assert near(colours(image), colours(quarters()), 25)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_shows_white_paper(form: str) -> None:
    picture = quarters().convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((40, 40)))  # from clear at the top to opaque at the bottom
    image = decode_upload(written(picture, form, lossless=True))
    top, bottom = pixel(image, 0, 0), pixel(image, 0, 39)
    assert top[0] == 255
    assert min(top) > 245
    assert bottom[2] == 255
    assert max(bottom[:2]) < 10
    halfway = pixel(image, 0, 20)
    assert abs(halfway[0] - 127) < 8
    assert halfway[2] == 255


def test_one_transparent_colour_shows_white_paper() -> None:
    palette = Image.new("P", (4, 4), 1)
    palette.putpalette([10, 20, 30, 200, 0, 0])
    palette.putpixel((0, 0), 0)
    for form in ("PNG", "GIF"):
        image = decode_upload(written(palette, form, transparency=1))
        assert pixel(image, 0, 0) == (10, 20, 30)
        assert pixel(image, 2, 2) == (255, 255, 255)
    grey = Image.new("L", (4, 4), 7)
    grey.putpixel((0, 0), 90)
    assert pixel(decode_upload(written(grey, "PNG", transparency=7)), 2, 2) == (255, 255, 255)
    deep = Image.fromarray(np.array([[500, 40_000]], dtype=np.uint16))
    image = decode_upload(written(deep, "PNG", transparency=500))
    assert (pixel(image, 0, 0), pixel(image, 1, 0)) == ((255, 255, 255), (156, 156, 156))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright_whatever_way_the_camera_was_held(orientation: int) -> None:
    upright = quarters(60, 40)
    # What the camera wrote is the upright picture turned back by what the note says.
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    held = upright.transpose(back[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    for form in ("JPEG", "PNG", "WEBP"):
        image = decode_upload(written(held, form, exif=exif, quality=95))
        assert image.size == (60, 40)
        assert near(colours(image), colours(upright))


def test_damaged_notes_do_not_cost_the_picture() -> None:
    exif = b"Exif\0\0II*\0\xff\xff\xff\x7f" + b"\xff" * 30
    assert decode_upload(written(quarters(), "JPEG", exif=exif)).size == (40, 40)


@pytest.mark.parametrize(
    ("size", "stored"),
    [
        ((1, 1), (1, 1)),
        ((1, 64), (1, 64)),
        ((1024, 1024), (1024, 1024)),
        ((1025, 1025), (1024, 1024)),
        ((3000, 2000), (1024, 683)),
        ((2000, 3000), (683, 1024)),
        ((6400, 100), (1024, 16)),
        ((4096, 64), (1024, 16)),
    ],
)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_the_longest_side_is_bounded_and_the_shape_kept(
    form: str, size: tuple[int, int], stored: tuple[int, int]
) -> None:
    assert decode_upload(written(quarters(*size), form)).size == stored


def test_shrinking_averages_instead_of_picking() -> None:
    stripes = np.zeros((4000, 4000), dtype=np.uint8)
    stripes[:, ::2] = 255
    for form in ("PNG", "JPEG"):
        got = np.asarray(decode_upload(written(Image.fromarray(stripes), form)))
        assert abs(got.mean() - 127.5) < 2
        assert got.std() < 12


def test_only_pixels_are_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET camera"
    icc = b"SECRET profile" * 20
    for form in ("JPEG", "PNG", "WEBP"):
        data = written(quarters(), form, exif=exif, icc_profile=icc, comment=b"SECRET words", dpi=(72, 72))
        image = decode_upload(data)
        assert image.info == {}
        assert b"SECRET" not in encode_png(image)
        assert not set(png_chunks(encode_png(image))) - {b"IHDR", b"IDAT", b"IEND"}


def png_chunks(data: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind
        at += 12 + length


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [quarters(), Image.new("RGB", (40, 40), "black")]
    for form in ("GIF", "WEBP", "PNG", "MPO"):
        image = decode_upload(written(frames[0], form, save_all=True, append_images=frames[1:], lossless=True))
        assert near(colours(image), colours(quarters()), 40)


def test_what_is_encoded_is_decoded_again() -> None:
    image = decode_upload(written(Image.effect_noise((200, 100), 90).convert("RGB"), "PNG"))
    np.testing.assert_array_equal(np.asarray(decode_png(encode_png(image))), np.asarray(image))


def test_a_picture_that_is_used_lives_on_and_a_deleted_one_does_not_come_back() -> None:
    now = [0.0]
    store = open_store("memory:", clock=lambda: now[0])
    key = picture_key("0" * 32)
    store.put(key, b"picture", PICTURE_SECONDS)
    now[0] += 7_199
    renew(store, key)
    now[0] += 7_199
    assert store.get(key) == b"picture"
    store.delete(key)
    renew(store, key)
    assert store.get(key) is None


# What is refused ----------------------------------------------------------------------------------------------------


def solid_png(width: int, height: int) -> bytes:
    """Write a PNG of one colour by hand: a header that claims any size, and few bytes of data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def claiming(data: bytes, width: int, height: int) -> bytes:
    """Return a JPEG with another size in its frame header."""
    at = re.search(rb"\xff[\xc0-\xc2]\0[\x0b\x11]\x08", data)
    assert at is not None
    return data[: at.end()] + struct.pack(">HH", height, width) + data[at.end() + 4 :]


def big_gif(width: int, height: int) -> bytes:
    data = bytearray(written(Image.new("P", (4, 4)), "GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def big_bmp(width: int, height: int) -> bytes:
    data = bytearray(written(Image.new("1", (8, 8)), "BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def extended_webp(width: int, height: int) -> bytes:
    data = bytearray(written(Image.new("RGB", (8, 8)), "WEBP", exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"))
    data[24:30] = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return bytes(data)


def lossless_webp(width: int, height: int) -> bytes:
    bits = (width - 1) | (height - 1) << 14
    body = b"\x2f" + struct.pack("<I", bits) + bytes(20)
    return b"RIFF" + struct.pack("<I", 12 + len(body)) + b"WEBPVP8L" + struct.pack("<I", len(body)) + body


JPEG = written(quarters(), "JPEG")
PROGRESSIVE = written(quarters(), "JPEG", progressive=True)

TOO_MANY_PIXELS = [
    pytest.param(claiming(JPEG, 10_000, 6_000), "JPEG", 60.0, 50, id="60 MP jpeg"),
    pytest.param(claiming(JPEG, 65_535, 65_535), "JPEG", 4294.9, 50, id="the largest jpeg there can be"),
    pytest.param(claiming(PROGRESSIVE, 6_000, 4_001), "JPEG", 24.1, 24, id="progressive jpeg"),
    pytest.param(solid_png(4_000, 4_001), "PNG", 16.1, 16, id="png"),
    pytest.param(solid_png(2**31 - 1, 2**31 - 1), "PNG", 4611686014132.5, 16, id="png of exabytes"),
    pytest.param(lossless_webp(6_000, 4_000), "WebP", 24.0, 16, id="24 MP webp"),
    pytest.param(extended_webp(2**24, 2**24), "WebP", 281474976.8, 16, id="webp of terabytes"),
    pytest.param(big_gif(65_535, 65_535), "GIF", 4294.9, 4, id="gif with a huge screen"),
    pytest.param(big_bmp(4_000, -4_001), "BMP", 16.1, 16, id="bmp"),
]


@pytest.mark.parametrize(("data", "form", "got", "limit"), TOO_MANY_PIXELS)
def test_more_pixels_than_a_format_may_have_are_refused_with_numbers(
    data: bytes, form: str, got: float, limit: int
) -> None:
    refusal = refused(data)
    assert refusal.status == 413
    assert refusal.code.startswith("picture-too-many-pixels")
    assert (refusal.values["format"], refusal.values["got"], refusal.values["limit"]) == (form, got, limit)


def test_a_true_bomb_is_refused_quickly_and_in_little_memory() -> None:
    bomb = written(Image.new("L", (10_000, 6_000)), "JPEG")
    assert len(bomb) < MIB
    tracemalloc.start()
    start = time.perf_counter()
    refusal = refused(bomb)
    seconds = time.perf_counter() - start
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refusal.status == 413
    assert seconds < 0.5
    assert peak < MIB


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "picture-empty", id="nothing"),
        pytest.param(solid_png(0, 0), "picture-without-pixels", id="0x0 png"),
        pytest.param(claiming(JPEG, 5, 0), "picture-without-pixels", id="jpeg of no rows"),
        pytest.param(big_bmp(0, 5), "picture-without-pixels", id="bmp of no columns"),
        pytest.param(solid_png(12_001, 300), "picture-side-too-long", id="long side"),
        pytest.param(claiming(JPEG, 4_000, 12_001), "picture-side-too-long", id="long side of a jpeg"),
        pytest.param(solid_png(65, 1), "picture-too-thin", id="thin"),
        pytest.param(solid_png(1, 65), "picture-too-thin", id="upright and thin"),
        pytest.param(solid_png(40, 40), "picture-broken", id="png without its rows"),
        pytest.param(lossless_webp(40, 40), "picture-broken", id="webp without its rows"),
        pytest.param(big_gif(40, 40)[:-5], "picture-broken", id="gif cut short"),
        pytest.param(JPEG[: len(JPEG) // 2], "picture-broken", id="jpeg cut short"),
        pytest.param(PROGRESSIVE[:-9], "picture-broken", id="progressive jpeg cut short"),
        pytest.param(extended_webp(50, 50), "picture-broken", id="webp whose two sizes differ"),
    ],
)
def test_a_picture_of_an_odd_shape_is_refused(data: bytes, code: str) -> None:
    refusal = refused(data)
    assert (refusal.status, refusal.code) == (422, code)


@pytest.mark.parametrize(
    "data",
    [
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>",
        b"PK\x03\x04" + bytes(100),
        b"hello",
        bytes(1000),
        b"\xff\xd8",
        written(quarters(), "TIFF"),
        written(quarters(), "PPM"),
        written(quarters(), "ICO"),
    ],
    ids=["svg", "zip", "text", "zeros", "two bytes", "tiff", "ppm", "ico"],
)
def test_what_is_no_picture_of_these_kinds_is_refused(data: bytes) -> None:
    refusal = refused(data)
    assert (refusal.status, refusal.code) == (415, "not-a-picture")


def test_more_bytes_than_a_file_may_have_are_refused_before_anything_is_read() -> None:
    assert decode_upload(JPEG + bytes(10 * MIB - len(JPEG))).size == (40, 40)
    refusal = refused(JPEG + bytes(10 * MIB - len(JPEG) + 1))
    assert (refusal.status, refusal.code) == (413, "picture-too-many-bytes")
    assert refusal.values == {"got": 10.1, "limit": 10}


def with_scans(count: int, size: tuple[int, int] | None = None) -> bytes:
    """Return a progressive JPEG whose last scan is repeated until there are that many."""
    at = PROGRESSIVE.rindex(b"\xff\xda")
    last = PROGRESSIVE[at:-2]
    data = PROGRESSIVE[:-2] + last * (count - PROGRESSIVE.count(b"\xff\xda")) + b"\xff\xd9"
    return claiming(data, *size) if size else data


def test_a_jpeg_of_hundreds_of_scans_is_refused_at_once() -> None:
    start = time.perf_counter()
    refusal = refused(with_scans(500))
    assert time.perf_counter() - start < 0.5
    assert (refusal.status, refusal.code) == (422, "picture-too-many-scans")
    assert refusal.values == {"got": 500, "limit": 64}


def test_scans_cost_more_the_larger_the_picture() -> None:
    assert decode_upload(with_scans(64)).size == (40, 40)
    refusal = refused(with_scans(21, (5_000, 4_000)))
    assert refusal.values == {"got": 21, "limit": 20}
    # With 20 it would be read; that there are no such pixels in it is found out only then.
    assert intake.check_header(with_scans(20, (5_000, 4_000))).scans == 20


def test_a_baseline_jpeg_in_several_scans_is_held_whole_and_counts_as_such() -> None:
    at = JPEG.rindex(b"\xff\xda")
    twice = JPEG[:-2] + JPEG[at:-2] + b"\xff\xd9"
    refusal = refused(claiming(twice, 6_000, 5_000))
    assert (refusal.status, refusal.values["limit"]) == (413, 24)


@pytest.mark.parametrize("at", range(0, 100, 4))
def test_a_file_cut_anywhere_is_a_picture_or_a_refusal(at: int) -> None:
    for data in SEEDS:
        only_pictures_and_refusals(data[: len(data) * at // 100])


def test_only_two_are_unpacked_at_once_and_the_rest_is_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    def slow(data: bytes, header: object) -> Image.Image:
        inside.release()
        leave.wait(30)
        return quarters()

    monkeypatch.setattr(intake, "_decode_within_limits", slow)
    monkeypatch.setattr(intake, "DECODING_WAIT_SECONDS", 0.01)
    workers = [threading.Thread(target=decode_upload, args=(JPEG,)) for _ in range(2)]
    for worker in workers:
        worker.start()
        assert inside.acquire(timeout=30)
    refusal = refused(JPEG)
    # What is refused by its header waits for nobody.
    assert refused(b"hello").status == 415
    leave.set()
    for worker in workers:
        worker.join()
    assert (refusal.status, refusal.code) == (503, "decoding-busy")
    assert refusal.values["retry_after"] == 0.01
    assert decode_upload(JPEG).size == (40, 40)


def test_a_refusal_gives_its_place_back() -> None:
    for _ in range(5):
        assert refused(JPEG[: len(JPEG) // 2]).code == "picture-broken"
    assert decode_upload(JPEG).size == (40, 40)


# Bytes from nowhere -------------------------------------------------------------------------------------------------


def _seeds() -> list[bytes]:
    noise = Image.effect_noise((40, 30), 90).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    return [
        written(noise, "PNG", exif=exif),
        written(noise.convert("P"), "PNG", transparency=3),
        written(noise.convert("I;16"), "PNG"),
        written(noise, "PNG", save_all=True, append_images=[noise.rotate(90)]),
        written(noise, "JPEG", exif=exif),
        written(noise, "JPEG", progressive=True),
        written(noise.convert("CMYK"), "JPEG"),
        written(noise, "MPO", save_all=True, append_images=[noise]),
        written(noise, "WEBP"),
        written(noise, "WEBP", lossless=True, exif=exif),
        written(noise, "WEBP", save_all=True, append_images=[noise.rotate(90)]),
        written(noise.convert("P"), "GIF", transparency=1, comment=b"a comment"),
        written(noise, "GIF", save_all=True, append_images=[noise.rotate(90)], loop=0),
        written(noise, "BMP"),
        written(noise.convert("P"), "BMP"),
    ]


SEEDS = _seeds()


def only_pictures_and_refusals(data: bytes) -> None:
    try:
        image = decode_upload(data)
    except Refusal as refusal:
        status = refusal.status
    else:
        status = 200
        assert image.mode == "RGB"
        assert 1 <= max(image.size) <= STORED_SIDE
    assert status in (200, 413, 415, 422)


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(data: bytes) -> None:
    only_pictures_and_refusals(data)


@given(st.sampled_from([seed[:12] for seed in SEEDS]), st.binary(max_size=300))
def test_random_bytes_after_an_honest_beginning_are_refused(start: bytes, data: bytes) -> None:
    only_pictures_and_refusals(start + data)


@settings(max_examples=400)
@given(st.sampled_from(SEEDS), st.data())
def test_changed_bytes_give_a_picture_or_a_refusal(seed: bytes, data: st.DataObject) -> None:
    changed = bytearray(seed)
    # Headers stand in front, so that is where changes hurt most.
    places = st.integers(0, min(150, len(seed) - 1)) | st.integers(0, len(seed) - 1)
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=8)):
        changed[place] = value
    if data.draw(st.booleans()):
        mend_checksums(changed)
    only_pictures_and_refusals(bytes(changed))


def mend_checksums(data: bytearray) -> None:
    """Make the checksums of a PNG right again, so that more than the checksum is tried."""
    at = 8
    while data[:4] == b"\x89PNG" and at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            return
        struct.pack_into(">I", data, at + 8 + length, zlib.crc32(data[at + 4 : at + 8 + length]))
        at += 12 + length


def test_moved_and_doubled_bytes_give_a_picture_or_a_refusal() -> None:
    rng = random.Random(20)
    for _ in range(1_500):
        data = bytearray(rng.choice(SEEDS))
        at, other = rng.randrange(min(len(data), 200)), rng.randrange(len(data))
        act = rng.randrange(3)
        if act == 0:
            del data[at : at + rng.choice((1, 2, 4, 50))]
        elif act == 1:
            data[at:at] = data[other : other + rng.randrange(40)]
        else:
            data[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff", b"\0\0\0\1"))
        mend_checksums(data)
        only_pictures_and_refusals(bytes(data))
