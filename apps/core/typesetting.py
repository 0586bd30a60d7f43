"""PDF from a template of ours and texts of others: tagged (PDF/UA-1), A4, and the same bytes every time.

Texts are handed over as data and are never read as markup. Only the typefaces inside the typst wheel are used
and nothing is fetched, so equal input gives equal bytes as long as the libraries stay the same.
"""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import qrcode
import qrcode.image.svg
import typst
from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
# An attachment is found by its type, in files of ours and in whatever strangers send instead.
MARK, STREAM = b"/EmbeddedFile", re.compile(rb">>\s{0,4}stream\r?\n")
LENGTH = re.compile(rb"/Length (\d{1,9})")
HEADER_BYTES = 400
MOST_ATTACHMENTS = 8
MOST_ATTACHED_BYTES = 2 * 1024 * 1024


# What the typefaces of the wheel were seen to have. PDF/UA allows no sign that cannot be shown.
COVERED = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x2AF),
    (0x370, 0x4FF),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x2030, 0x2040),
    (0x20A0, 0x20C0),
    (0x2190, 0x223F),
)


def displayable(value: Any) -> Any:
    """The same texts, lists and mappings, with each sign that cannot be shown as its number: [U+6F22]."""
    if isinstance(value, str):
        return "".join(_shown(character) for character in unicodedata.normalize("NFC", value))
    if isinstance(value, Mapping):
        return {key: displayable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [displayable(inner) for inner in value]
    return value


def _shown(character: str) -> str:
    code = ord(character)
    if character == "\n":
        return character
    known = any(first <= code <= last for first, last in COVERED) and unicodedata.category(character) != "Cn"
    return character if known else f"[U+{code:04X}]"


def typeset(template: str, *, data: Mapping[str, Any], at: datetime, **texts: str) -> bytes:
    """The PDF of a template under templates/. `at` is its date; `texts` are further inputs."""
    written = typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(displayable(data), ensure_ascii=False, sort_keys=True), **texts},
        pdf_standards=["ua-1"],
        timestamp=at.replace(microsecond=0),  # typst takes no smaller part
    )
    if not isinstance(written, bytes):  # a list is for pictures of pages
        raise TypeError(f"typst returned {type(written).__name__} instead of one document")
    return written


def qr_svg(text: str) -> str:
    """A QR code as a picture for a template."""
    made = io.BytesIO()
    qrcode.make(text, image_factory=qrcode.image.svg.SvgPathImage, border=0).save(made)
    return made.getvalue().decode()


def attachments(pdf: bytes) -> Iterator[bytes]:
    """What is attached to a PDF that this module made. Of other files it may find nothing; it never raises,
    and never unpacks more than a few megabytes."""
    at = -1
    for _ in range(MOST_ATTACHMENTS):
        at = pdf.find(MARK, at + 1)
        if at < 0:
            return
        begins = STREAM.search(pdf, at, at + HEADER_BYTES)
        header = pdf[max(0, at - HEADER_BYTES) : at + HEADER_BYTES if begins is None else begins.start()]
        lengths = LENGTH.findall(header)
        if begins is None or not lengths:
            continue
        packed = pdf[begins.end() : begins.end() + int(lengths[-1])]
        if b"/FlateDecode" not in header[header.rfind(b" obj") :]:
            yield packed[:MOST_ATTACHED_BYTES]
            continue
        try:
            yield zlib.decompressobj().decompress(packed, MOST_ATTACHED_BYTES)
        except zlib.error:
            continue
