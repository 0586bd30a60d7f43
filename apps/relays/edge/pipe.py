"""Messages between the relay and a decoding process: a length, then so many bytes, over a pair of sockets.

Not multiprocessing's own connection, whose reading waits for ever for the rest of a message: a process that
freezes in the middle of one, or means ill, would freeze the side that watches it.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Final

_LENGTH: Final = struct.Struct("!I")


def send(to: socket.socket, data: bytes) -> None:
    """Raises OSError when the other side is gone, or does not take it within the socket's time-out."""
    to.sendall(_LENGTH.pack(len(data)) + data)


def receive(
    source: socket.socket, *, most_bytes: int, go_on: Callable[[], bool] = lambda: True
) -> bytes | None:
    """One whole message; None when `go_on`, asked after each time-out of the socket, said no before it was
    there. Raises EOFError when the other side is gone, ValueError for a message that is too long."""
    head = _read(source, _LENGTH.size, go_on)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > most_bytes:
        raise ValueError("a message longer than agreed")
    return _read(source, length, go_on)


def _read(source: socket.socket, length: int, go_on: Callable[[], bool]) -> bytes | None:
    data = bytearray(length)
    rest = memoryview(data)
    while rest:
        if not go_on():
            return None
        try:
            count = source.recv_into(rest)
        except TimeoutError:
            continue
        if count == 0:
            raise EOFError("the other side is gone")
        rest = rest[count:]
    return bytes(data)
