import struct

import cv2
import numpy as np

from apps.ops.tracecheck.carving import WAL_PAGE, carve, without_wal_headers
from tests.support.trace_values import noise, textured_jpeg

CHUNK = 1996


def encoded(suffix: str) -> bytes:
    image = cv2.imdecode(np.frombuffer(textured_jpeg(), np.uint8), cv2.IMREAD_COLOR)
    ok, data = cv2.imencode(suffix, image)
    assert ok
    return data.tobytes()


def test_it_cuts_out_exactly_the_picture():
    for suffix, form in ((".jpg", "JPEG"), (".png", "PNG"), (".webp", "WebP")):
        picture = encoded(suffix)
        [carved] = [
            c for c in carve(noise(1, 3001) + picture + noise(2, 3001)) if c.form == form and c.offset == 3001
        ]
        assert carved.data == picture


def test_it_finds_each_of_two_pictures_that_touch():
    one, two = textured_jpeg(1), textured_jpeg(2)
    assert [carved.data for carved in carve(one + two)] == [one, two]


def test_it_finds_the_thumbnail_inside_a_picture():
    outer, inner = textured_jpeg(1), textured_jpeg(2, side=48)
    segment = b"\xff\xe1" + struct.pack(">H", len(inner) + 8) + b"Exif\0\0" + inner
    assert inner in [carved.data for carved in carve(outer[:2] + segment + outer[2:])]


def test_half_a_picture_is_kept():
    [carved] = carve(textured_jpeg()[:9000])
    assert len(carved.data) == 9000


def test_a_start_mark_without_a_picture_is_nothing():
    assert not list(carve(b"\xff\xd8\xff" + bytes(500) + b"\xff\xd8\xff\x00 text"))


def test_it_puts_a_picture_together_from_chunks_in_any_order():
    """As PostgreSQL stores a bytea: a page is filled from its end, so the first chunk comes last."""
    picture = textured_jpeg()
    parts = [picture[at : at + CHUNK] for at in range(0, len(picture), CHUNK)]
    assert len(parts) > 5
    stored = [
        noise(n, 17) + struct.pack("<III", 16789, n, (len(part) + 4) << 2) + part
        for n, part in enumerate(parts)
    ]
    assert picture in [carved.data for carved in carve(b"".join(reversed(stored)))]


def test_an_overwritten_chunk_leaves_what_was_before_it():
    picture = textured_jpeg()
    first = struct.pack("<III", 16789, 0, (CHUNK + 4) << 2) + picture[:CHUNK]
    assert picture[:CHUNK] in [carved.data for carved in carve(bytes(40) + first + bytes(5000))]


def test_page_headers_of_the_log_do_not_hide_what_they_cut():
    record = noise(3, 30_000)
    pages, at = [], 0
    while at < len(record):
        header = bytearray(40 if not pages else 24)
        header[0:4] = struct.pack("<HH", 0xD118, 0x0002 if not pages else 0x0001)
        room = WAL_PAGE - len(header)
        pages.append(bytes(header) + record[at : at + room])
        at += room
    assert without_wal_headers(b"".join(pages)) == record
