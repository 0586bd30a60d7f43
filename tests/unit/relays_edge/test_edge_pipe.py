"""Between the relay and its decoding processes: a whole message or none, and never waiting without an end."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator

import pytest

from apps.relays.edge import pipe


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    here.settimeout(0.01)
    with here, there:
        yield here, there


def turns(number: int) -> Iterator[bool]:
    yield from [True] * number
    while True:
        yield False


def test_messages_come_whole_and_in_order(ends: tuple[socket.socket, socket.socket]) -> None:
    here, there = ends
    for message in (b"", b"one", b"x" * 50_000):
        pipe.send(there, message)
        assert pipe.receive(here, most_bytes=50_000) == message


@pytest.mark.parametrize("half", [b"", b"\0\0", struct.pack("!I", 9), struct.pack("!I", 9) + b"half"])
def test_half_a_message_is_waited_for_only_as_long_as_is_wanted(
    half: bytes, ends: tuple[socket.socket, socket.socket]
) -> None:
    here, there = ends
    there.sendall(half)
    left = turns(6)
    assert pipe.receive(here, most_bytes=100, go_on=lambda: next(left)) is None


def test_nothing_is_read_of_a_message_that_is_too_long(ends: tuple[socket.socket, socket.socket]) -> None:
    here, there = ends
    there.sendall(struct.pack("!I", 2**32 - 1))
    with pytest.raises(ValueError, match="longer than agreed"):
        pipe.receive(here, most_bytes=100)


def test_an_end_that_hung_up_is_told_apart(ends: tuple[socket.socket, socket.socket]) -> None:
    here, there = ends
    there.sendall(struct.pack("!I", 9) + b"half")
    there.close()
    with pytest.raises(EOFError):
        pipe.receive(here, most_bytes=100)
