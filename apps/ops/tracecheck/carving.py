"""Cuts pictures out of any bytes: whole JPEG, PNG and WebP streams, and those PostgreSQL stored in TOAST
chunks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

JPEG_START = b"\xff\xd8\xff"
PNG_START = b"\x89PNG\r\n\x1a\n"
RIFF_START = b"RIFF"
MAX_PICTURE = 8 << 20
MIN_PICTURE = 128  # no face fits in less
AFTER_CUT = 256 << 10  # a decoder may find its way again
STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
WAL_PAGE = 8192
WAL_LONG_HEADER = 0x0002
TOAST_CHUNK = 1996
TOAST_MAX_CHUNKS = MAX_PICTURE // TOAST_CHUNK


@dataclass(frozen=True)
class Carved:
    """`data` may be cut short: half a face is a trace too."""

    offset: int
    data: bytes
    form: str


def carve(block: bytes) -> Iterator[Carved]:
    """Every place in `block` where a picture begins, with its bytes as far as they can be followed."""
    for start in places(block, JPEG_START):
        chunks = toast_chunks(block, start)
        if chunks:
            yield Carved(start, chunks, "JPEG in TOAST")
        end = jpeg_end(block, start)
        if end is not None and end - start >= MIN_PICTURE:
            yield Carved(start, block[start:end], "JPEG")
    for start in places(block, PNG_START):
        yield Carved(start, toast_chunks(block, start) or block[start : png_end(block, start)], "PNG")
    for start in places(block, RIFF_START):
        if block[start + 8 : start + 12] == b"WEBP":
            size = min(int.from_bytes(block[start + 4 : start + 8], "little") + 8, MAX_PICTURE)
            yield Carved(start, toast_chunks(block, start) or block[start : start + size], "WebP")


def places(block: bytes, mark: bytes) -> Iterator[int]:
    at = block.find(mark)
    while at >= 0:
        yield at
        at = block.find(mark, at + 1)


def jpeg_end(block: bytes, start: int) -> int | None:
    """Where the JPEG that begins at `start` ends, or a little after it is cut off; None if it is none."""
    limit = min(len(block), start + MAX_PICTURE)
    at, scanning = start + 2, False
    while at + 4 <= limit:
        if block[at] != 0xFF:
            return min(limit, at + AFTER_CUT) if scanning else None
        marker = block[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker == 0xFF:
            at += 1
        elif marker in STANDALONE:
            at += 2
        elif marker in {0x00, 0xD8}:
            return min(limit, at + AFTER_CUT) if scanning else None
        else:
            at += 2 + int.from_bytes(block[at + 2 : at + 4], "big")
            if marker == 0xDA:
                scanning = True
                at = next_marker(block, at, limit)
    return limit if scanning else None


def next_marker(block: bytes, at: int, limit: int) -> int:
    """The next marker after entropy-coded data: 0xFF not followed by a stuffed zero or a restart."""
    while True:
        at = block.find(b"\xff", at, limit)
        if at < 0 or at + 1 >= limit:
            return limit
        if block[at + 1] != 0x00 and block[at + 1] not in STANDALONE:
            return at
        at += 2


def png_end(block: bytes, start: int) -> int:
    limit = min(len(block), start + MAX_PICTURE)
    at = start + len(PNG_START)
    while at + 12 <= limit:
        length = int.from_bytes(block[at : at + 4], "big")
        name = block[at + 4 : at + 8]
        at += 12 + length
        if name == b"IEND":
            return min(at, limit)
    return limit


def toast_chunks(block: bytes, start: int) -> bytes:
    """The value whose first TOAST chunk begins at `start`, put together from `block`; empty if it is no
    chunk.

    A chunk stands in a page or a log record as: chunk id, sequence number from 0, length word, bytes. Pages
    are filled from their end, so that the chunks of one value are not in order.
    """
    if start < 12:
        return b""
    chunk_id, sequence, header = struct.unpack_from("<III", block, start - 12)
    size = (header >> 2) - 4
    if header & 3 or chunk_id == 0 or sequence != 0 or not 0 < size <= TOAST_CHUNK:
        return b""
    parts = [block[start : start + size]]
    while size == TOAST_CHUNK and len(parts) < TOAST_MAX_CHUNKS:
        at = block.find(struct.pack("<II", chunk_id, len(parts)))
        if at < 0 or at + 12 > len(block):
            break  # overwritten: what is left is judged as it is
        (header,) = struct.unpack_from("<I", block, at + 8)
        size = (header >> 2) - 4
        if header & 3 or not 0 < size <= TOAST_CHUNK:
            break
        parts.append(block[at + 12 : at + 12 + size])
    return b"".join(parts)


def is_wal_page(block: bytes) -> bool:
    """Whether `block` begins like a page of the write-ahead log (magic 0xD1xx) rather than like anything
    else.
    """
    return len(block) >= WAL_PAGE and block[1] == 0xD1 and block[3] == 0x00


def without_wal_headers(block: bytes) -> bytes:
    """The log's records without the page headers that cut through them; `block` begins at a page."""
    pages = []
    for at in range(0, len(block), WAL_PAGE):
        flags = int.from_bytes(block[at + 2 : at + 4], "little")
        pages.append(block[at + (40 if flags & WAL_LONG_HEADER else 24) : at + WAL_PAGE])
    return b"".join(pages)
