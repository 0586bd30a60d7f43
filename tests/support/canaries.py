"""Values that stand for what must never be in a log, and where to look for them."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import cv2
import numpy as np
from PIL import Image

NAME = "Quillon Fazackerzimt"
STAFF = "Odalys Knryvandersloot"
REFERENCE = "KNRY-REF-4471"
OFFENCE = "knryoffence of a serious kind"
WORDS = f"Knrywords: {NAME} said it, call 07700 900471 or knry.person@knry.example"
MAIL = "knry.person@knry.example"
TELEPHONE = "07700900471"
PASSWORD = "seven knrypassword otters"
TOKEN = "Knrytoken0123456789abcdef"
SLUG = "knry-fazackerzimt"
# One of these is in each of the values above.
MARKS = ("knry", "fazackerzimt", "quillon", "07700 900471", TELEPHONE)
# Whatever a form of the platform is sent, and more: fields that nothing reads do no harm.
FIELDS = {
    **dict.fromkeys(("reason", "reasons", "note", "words", "findings", "text", "answer", "summary"), WORDS),
    **dict.fromkeys(
        ("lessons", "conditions", "examined_words", "closing_words", "course", "question"), WORDS
    ),
    **dict.fromkeys(("display_name", "name", "service_name", "q", "search", "person", "title"), NAME),
    **dict.fromkeys(("reference", "consent_reference", "collar_number", "body_worn"), REFERENCE),
    **dict.fromkeys(("username", "email", "login", "mail", "address"), MAIL),
    **dict.fromkeys(("password", "old_password", "new_password", "password1", "password2"), PASSWORD),
    **dict.fromkeys(("code", "token", "authenticator_code", "otp", "state", "credential", "secret"), TOKEN),
    **dict.fromkeys(("offence", "power_other", "search_other", "place_name", "special_reason"), OFFENCE),
    **dict.fromkeys(("telephone", "phone", "number_to_call"), TELEPHONE),
}


def portrait() -> bytes:
    """Noise with a name in its EXIF, as a camera or a person may have written it; no face in it."""
    pixels = np.random.default_rng(44).integers(0, 255, (240, 240, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x013B], exif[0x010E] = NAME, WORDS
    out = io.BytesIO()
    Image.fromarray(cv2.blur(pixels, (3, 3))).save(out, "JPEG", exif=exif)
    return out.getvalue()


def template() -> np.ndarray[Any, Any]:
    vector = np.random.default_rng(45).normal(size=128).astype(np.float32)
    return vector / np.linalg.norm(vector)


def spelt(content: bytes) -> Iterator[bytes]:
    """How bytes may stand in a log: a piece as such, in base 64, in hexadecimal, as Python shows it."""
    piece = content[len(content) // 2 :][:30]
    yield piece
    yield base64.b64encode(content)[len(content) // 3 * 2 :][:32]
    yield piece.hex().encode()
    yield repr(piece)[2:-1].encode()


def needles(*secrets: str, pictures: tuple[bytes, ...] = (), floats: Any = ()) -> list[bytes]:
    """Everything to look for, in lower case."""
    found = [form.lower().encode() for mark in (*MARKS, *secrets) for form in {mark, quote(mark)}]
    found += [base64.b64encode(mark.encode()).rstrip(b"=")[:-1].lower() for mark in (NAME, WORDS, PASSWORD)]
    found += [form.lower() for picture in pictures for form in spelt(picture)]
    found += [f"{value:.6f}"[:8].encode() for value in floats]
    return found


def found_in(log: bytes, wanted: list[bytes]) -> list[str]:
    """The lines that hold one of them, shortened."""
    return [
        f"{needle!r} in {line[:300]!r}"
        for line in log.splitlines()
        for needle in wanted
        if needle in line.lower()
    ]


def memory_of(valkey: Any, *, but: bytes) -> bytes:
    """Every key of this index and everything under it, with messages of tasks as they were before base 64;
    but for keys with `but` in them."""
    readers = {
        b"string": valkey.get,
        b"hash": valkey.hgetall,
        b"list": lambda key: valkey.lrange(key, 0, -1),
        b"set": valkey.smembers,
        b"zset": lambda key: valkey.zrange(key, 0, -1, withscores=True),
        b"stream": valkey.xrange,
    }
    parts = []
    for key in valkey.scan_iter("*"):
        if but in key:
            continue
        said = repr(readers[valkey.type(key)](key)).encode()
        parts += [key, said, *_decoded(said)]
    return b"\n".join(parts)


def _decoded(said: bytes) -> Iterator[bytes]:
    for piece in said.replace(b"\\", b"").split(b'"'):
        if len(piece) > 40 and len(piece) % 4 == 0 and b" " not in piece:
            try:
                yield base64.b64decode(piece, validate=True)
            except ValueError:
                continue
