"""What the oversight body must never be sent, and where in an answer it could hide.

Nothing here knows a page: it looks at whatever came back.
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote_plus

import numpy as np
import pypdf
import pypdf.errors

# Every member of staff that is made under `named` has both words in their name.
FIRST, LAST = "Odalys", "vandersloot"
TELEPHONE = "07700 900123"
TOLD = f"Sign blown over; Odalys Operatorvandersloot told TS-001, call {TELEPHONE} or odalys@force.example"
MAGIC = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n", "GIF": b"GIF8", "HEIC": b"ftypheic"}
WINDOW = 48
# Tags that bring a picture or a page of elsewhere, and the attribute that names it.
BRINGING = {
    **dict.fromkeys(("img", "source", "iframe", "embed", "video", "audio", "input"), "src"),
    **{"object": "data", "image": "href", "use": "href"},
}
OWN_PICTURES = ("/static/",)


def named(label: str) -> str:
    return f"{FIRST} {re.sub('[^a-z]', '', label.lower()).title()}{LAST}"


@dataclass
class Forbidden:
    """`words` in any case; `pictures` and `templates` as bytes and in every usual spelling of bytes."""

    words: dict[str, str] = field(default_factory=dict)
    pieces: dict[bytes, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()

    def word(self, what: str, *words: str) -> None:
        self.words |= {word.lower(): what for word in words if len(word) > 3}

    def content(self, what: str, content: bytes) -> None:
        middle = len(content) // 2
        piece = content[middle : middle + WINDOW]
        if len(set(piece)) < 4:
            return  # nothing could be told by such bytes
        for text in (base64.b64encode(content), base64.urlsafe_b64encode(content), content.hex().encode()):
            self.pieces[text[len(text) // 2 :][:WINDOW]] = what
            self.pieces[text[:WINDOW]] = what
        self.pieces[piece] = what

    def template(self, what: str, raw: bytes) -> None:
        """Bytes, and its first numbers as a program would print them."""
        self.content(what, raw)
        if len(raw) % 4 == 0 and raw.strip(b"\0"):
            first = np.frombuffer(raw, dtype="<f4")[0]
            self.word(what, f"{float(first):.7f}"[:9], str(float(first)))

    def found_in(self, body: bytes, kind: str, where: str) -> Iterator[str]:
        """What is wrong with an answer, in words."""
        if kind.startswith(("image/", "video/", "audio/")):
            yield f"{where}: an answer of the kind {kind}"
        for name, content in _parts(body, kind, where):
            yield from self._in_part(name, content)

    def _in_part(self, where: str, content: bytes) -> Iterator[str]:
        if reader := _as_pdf(content):
            for number, page in enumerate(reader.pages, start=1):
                yield from (f"{where}: a picture on page {number}" for _ in page.images)
                yield from self._in_text(where, page.extract_text())
            yield from self._in_text(where, str(reader.metadata))
        else:
            yield from (f"{where}: a {name}" for name, start in MAGIC.items() if start in content)
            text = content.decode("utf-8", "replace")
            yield from self._in_text(where, text)
            yield from _brought(where, text)
        yield from {f"{where}: bytes of {what}" for piece, what in self.pieces.items() if piece in content}

    def _in_text(self, where: str, text: str) -> Iterator[str]:
        for own in self.own:
            text = text.replace(own, "")
        text = " ".join(unquote_plus(text).lower().split())
        for word, what in self.words.items():
            if (at := text.find(word)) >= 0:
                yield f"{where}: {what}: …{text[max(at - 60, 0) : at + 60]}…"


def _as_pdf(content: bytes) -> pypdf.PdfReader | None:
    """None also for what only begins like one: then it is looked through as text."""
    if not content.startswith(b"%PDF"):
        return None
    try:
        return pypdf.PdfReader(io.BytesIO(content))
    except pypdf.errors.PyPdfError:
        return None


def _parts(body: bytes, kind: str, where: str) -> Iterator[tuple[str, bytes]]:
    """The answer, or what is packed into it."""
    if not body.startswith(b"PK\x03\x04"):
        yield where, body
        return
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        for name in packed.namelist():
            yield f"{where} ({name})", packed.read(name)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        values = {name: value or "" for name, value in attrs}
        brought = values.get(BRINGING.get(tag, ""), "")
        if tag == "canvas" or (brought and not brought.startswith((*OWN_PICTURES, "#"))):
            self.wrong.append(f"<{tag} {brought[:60]}>")
        for name, value in values.items():
            if re.search(r"(?i)\b(?:data:image|data:application|blob:)", value) or "srcset" in name:
                self.wrong.append(f"<{tag} {name}={value[:60]!r}>")


def _brought(where: str, text: str) -> Iterator[str]:
    tags = _Tags()
    tags.feed(text)
    yield from (f"{where}: {wrong}" for wrong in tags.wrong)
    if re.search(r"data:image/|url\(['\"]?data:", text):
        yield f"{where}: a picture written into the text"


class Links(HTMLParser):
    """Where a page leads: its links, and its GET forms as they stand with each choice of each list."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self._form: dict[str, Any] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in ("a", "link", "area") and values.get("href"):
            self.links.append(values["href"])
        elif tag == "form":
            wanted = values.get("method", "get").lower() == "get"
            self._form = {"action": values.get("action", ""), "fields": {}, "choices": []} if wanted else None
            if wanted:
                self.forms.append(self._form or {})
        elif self._form is not None:
            self._field(tag, values)

    def _field(self, tag: str, values: dict[str, str]) -> None:
        assert self._form is not None
        name = values.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._form["choices"].append((self._select, values.get("value", "")))
        elif tag == "input" and name:
            if values.get("type") in ("radio", "checkbox"):
                self._form["choices"].append((name, values.get("value", "on")))
            else:
                self._form["fields"][name] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
