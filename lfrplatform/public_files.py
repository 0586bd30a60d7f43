"""The public pages from files, ahead of Django: they stay up while PostgreSQL, Valkey and workers are down.

`apps/notices/public_files.py` writes the files, this serves them. Standard library only, so that it also runs
where nothing else starts (lfrplatform/public_only.py).

A file is served as it is until its `fresh_until`: what is said of the clock ("starts tomorrow") holds until
then. Past that, or while a change is being written, Django is asked, and the file is what is shown when
Django cannot answer; it then says when it was written.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import tempfile
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
AsgiApplication = Callable[[Any, Any, Any], Awaitable[None]]

# A language, slugs and one extension: no dot can lead out of the folder.
PATH = re.compile(r"(?:/[a-z]{2})?/notices/(?:[A-Za-z0-9_-]+(?:\.[a-z]+)?/?){0,5}")
PAGE, CHANGING = ".page", ".changing"
# Django with a database that is away says so after three seconds (the patience of its pool).
PATIENCE_S = 5.0
# After a failure the files are shown at once for so long, so that not every reader waits.
LEFT_ALONE_S = 10.0
KEPT_IN_MEMORY = 256
ERROR = 500
SAID = (
    '<div class="warning" role="status"><p><strong>This page was last brought up to date {when}.</strong> '
    "Parts of this service do not answer at the moment. What changes by the hour may be old.</p></div>"
)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer. Times are seconds since the epoch; `stamp` says of what state of the database it is."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    written_at: float
    fresh_until: float
    stamp: str = ""

    def with_its_age(self) -> Page:
        """The same, saying when it was written; a feed has no place to say so."""
        begin = self.body.find(b"<main")
        cut = self.body.find(b">", begin) + 1
        if begin < 0 or not cut:
            return self
        written = datetime.fromtimestamp(self.written_at, UTC)
        said = SAID.format(when=f"on {written:%d %B %Y at %H:%M} UTC").encode()
        return Page(self.headers, self.body[:cut] + said + self.body[cut:], self.written_at, self.fresh_until)


def name_of(path: str) -> str | None:
    """The name of the file of an address, None for an address that is no public page."""
    if not PATH.fullmatch(path):
        return None
    return path.removeprefix("/").replace("/", "~")


def write(folder: Path, path: str, page: Page) -> None:
    """By atomic rename: a reader gets the old page or the new one, never half of either."""
    name = name_of(path)
    if name is None:
        raise ValueError(f"{path!r} is not the address of a public page")
    head = {
        "headers": page.headers,
        "written_at": page.written_at,
        "fresh_until": page.fresh_until,
        "stamp": page.stamp,
    }
    folder.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(json.dumps(head).encode() + b"\n" + page.body)
            os.fchmod(out.fileno(), 0o644)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, folder / f"{name}{PAGE}")
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read(folder: Path, name: str) -> Page | None:
    """None where there is none, or none that can be read."""
    try:
        head, _, body = (folder / f"{name}{PAGE}").read_bytes().partition(b"\n")
        told = json.loads(head)
        headers = tuple((str(key), str(value)) for key, value in told["headers"])
        return Page(headers, body, float(told["written_at"]), float(told["fresh_until"]), str(told["stamp"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_stamp(folder: Path, name: str) -> tuple[str, float]:
    """(stamp, fresh until) of a file, without its body; empty and 0 where there is none."""
    try:
        with (folder / f"{name}{PAGE}").open("rb") as file:
            told = json.loads(file.readline())
        return str(told["stamp"]), float(told["fresh_until"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", 0.0


class PublicFiles:
    """`application`, with the files of `folder` ahead of it.

    `is_personal` says of a request's headers that somebody signed in asks, whose page is Django's; `is_ours`
    that it came by https where that is asked for, and for a host of ours. `clock` gives the epoch in seconds.
    """

    def __init__(
        self,
        application: AsgiApplication,
        folder: Path,
        *,
        is_personal: Callable[[Scope], bool],
        is_ours: Callable[[Scope], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.application, self.folder, self.clock = application, folder, clock
        self.is_personal, self.is_ours = is_personal, is_ours
        self._kept: OrderedDict[str, tuple[tuple[int, int, int], Page]] = OrderedDict()
        self._failed_until = 0.0

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        page, is_current = self._page(scope)
        if page is None:
            await self.application(scope, receive, send)
        elif is_current and not self.is_personal(scope):
            await answer(scope, send, page)
        elif time.monotonic() < self._failed_until or not await self._asked(scope, receive, send):
            await answer(scope, send, page if is_current else page.with_its_age())

    def _page(self, scope: Scope) -> tuple[Page | None, bool]:
        """The file for this request, if it is one for a file, and whether it is as the database has it."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"} or scope["query_string"]:
            return None, False
        name = name_of(scope["path"])
        if name is None or not self.is_ours(scope):
            return None, False
        page = self._read(name)
        if page is None:
            return None, False
        changing = os.path.exists(f"{self.folder}/{name}{CHANGING}")
        return page, not changing and self.clock() < page.fresh_until

    def _read(self, name: str) -> Page | None:
        try:
            found = os.stat(f"{self.folder}/{name}{PAGE}")
        except OSError:
            return None
        version = (found.st_mtime_ns, found.st_ino, found.st_size)
        kept = self._kept.get(name)
        if kept is not None and kept[0] == version:
            return kept[1]
        page = read(self.folder, name)
        if page is not None:
            self._kept[name] = (version, page)
            if len(self._kept) > KEPT_IN_MEMORY:
                self._kept.popitem(last=False)
        return page

    async def _asked(self, scope: Scope, receive: Any, send: Any) -> bool:
        """Whether Django answered, with anything but that it cannot."""
        started, refused = asyncio.Event(), False

        async def sending(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] >= ERROR:
                refused = True
            if not refused:
                started.set()
                await send(message)

        asking = asyncio.ensure_future(self.application(scope, receive, sending))
        waiting = asyncio.ensure_future(started.wait())
        await asyncio.wait({asking, waiting}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if started.is_set():
            await asking
            return True
        asking.cancel()
        # What it raised has been logged by Django; here it only means that the file is shown.
        await asyncio.gather(asking, return_exceptions=True)
        self._failed_until = time.monotonic() + LEFT_ALONE_S
        return False


async def answer(scope: Scope, send: Any, page: Page) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in page.headers]
    headers.append((b"content-length", str(len(page.body)).encode()))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else page.body})


def header(scope: Scope, name: bytes) -> str:
    """The values of a header of the request, as one text."""
    found: Iterable[bytes] = (value for key, value in scope["headers"] if key.lower() == name)
    return "; ".join(value.decode("latin-1") for value in found)
