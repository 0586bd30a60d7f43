"""Answers that go out piece by piece, on either kind of web server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from channels.db import database_sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def stream(request: HttpRequest, pieces: Iterator[bytes], *, content_type: str) -> StreamingHttpResponse:
    """The force context and the transaction of this request are gone before the first byte: `pieces` must not
    need them, or open their own for each piece."""
    found = _in_threads(pieces) if isinstance(request, ASGIRequest) else pieces
    return StreamingHttpResponse(found, content_type=content_type)


async def _in_threads(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Piece by piece: left to itself, Django would read a plain iterator to its end before the first byte."""
    step = database_sync_to_async(next, thread_sensitive=False)
    while (piece := await step(pieces, None)) is not None:
        yield piece
