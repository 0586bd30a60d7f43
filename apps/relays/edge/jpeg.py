"""JPEG at the level of its segments: the size it announces, a comment put into it. Nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_APP0: Final = 0xE0
_COMMENT: Final = 0xFE
_START_OF_SCAN: Final = 0xDA
# Start-of-frame markers: C0 to CF but DHT (C4), JPG (C8) and DAC (CC).
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xDA)})
MAX_COMMENT_BYTES: Final = 65_533


class JpegError(ValueError):
    """Bytes that are no complete JPEG."""


def _segments(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, first byte of the payload, byte after it) up to and with the first start of scan."""
    position = len(_START)
    while position + 4 <= len(jpeg):
        if jpeg[position] != 0xFF:
            raise JpegError("JPEG segment without a marker")
        marker = jpeg[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        if marker == 0 or marker in _STANDALONE:
            raise JpegError(f"JPEG marker {marker:#04x} before the scan")
        length = int.from_bytes(jpeg[position + 2 : position + 4], "big")
        end = position + 2 + length
        if length < 2 or end > len(jpeg):
            raise JpegError("JPEG segment runs past the end")
        yield marker, position + 4, end
        if marker == _START_OF_SCAN:
            return
        position = end
    raise JpegError("JPEG without a scan")


def jpeg_size(jpeg: bytes) -> tuple[int, int]:
    """Return (width, height) in px as the one frame header says.

    Raises JpegError when the bytes do not start and end as a JPEG, a segment is broken, or there is not
    exactly one frame header before the scan (two would let a reader and a decoder believe different sizes).
    """
    if not jpeg.startswith(_START) or not jpeg.endswith(_END):
        raise JpegError("not a complete JPEG")
    sizes = []
    for marker, first, end in _segments(jpeg):
        if marker in _FRAME_MARKERS:
            if end - first < 6:
                raise JpegError("JPEG frame header too short")
            height = int.from_bytes(jpeg[first + 1 : first + 3], "big")
            width = int.from_bytes(jpeg[first + 3 : first + 5], "big")
            sizes.append((width, height))
    if len(sizes) != 1:
        raise JpegError(f"JPEG with {len(sizes)} frame headers before the scan")
    if 0 in sizes[0]:
        raise JpegError("JPEG of unknown size")
    return sizes[0]


def with_comment(jpeg: bytes, comment: bytes) -> bytes:
    """Return the same JPEG with a COM segment, behind APP0 where there is one (JFIF wants that first).

    Raises JpegError for a comment over MAX_COMMENT_BYTES or bytes that are no JPEG.
    """
    if len(comment) > MAX_COMMENT_BYTES:
        raise JpegError(f"comment of {len(comment)} bytes, at most {MAX_COMMENT_BYTES}")
    if not jpeg.startswith(_START):
        raise JpegError("not a JPEG")
    marker, _, end = next(_segments(jpeg))
    position = end if marker == _APP0 else len(_START)
    segment = bytes((0xFF, _COMMENT)) + (len(comment) + 2).to_bytes(2, "big") + comment
    return jpeg[:position] + segment + jpeg[position:]


def comments(jpeg: bytes) -> list[bytes]:
    """Return the payloads of all COM segments before the scan. Raises JpegError."""
    return [jpeg[first:end] for marker, first, end in _segments(jpeg) if marker == _COMMENT]
