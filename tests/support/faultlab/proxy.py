"""A TCP link that can be cut, joined and made slow: what lies between the van and the platform."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

SLICE = 4096


class Proxy:
    """Carries bytes between whoever connects and `target`. `rate` is bytes a second from the van, or None."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.rate: int | None = None
        self._joined = True
        self._pairs: list[socket.socket] = []
        self._guard = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()

    def cut(self) -> None:
        """Every connection ends, and each new one is turned away, until `join`."""
        with self._guard:
            self._joined = False
            pairs, self._pairs = self._pairs, []
        for end in pairs:
            _hang_up(end)

    def join(self) -> None:
        with self._guard:
            self._joined = True

    def close(self) -> None:
        self.cut()
        _hang_up(self._listener)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self._connect(near)

    def _connect(self, near: socket.socket) -> None:
        # A small buffer: what is slow must be slow for the van too, and not vanish into this machine's.
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * SLICE)
        try:
            far = socket.create_connection(self.target, timeout=5)
        except OSError:
            _hang_up(near)
            return
        far.settimeout(None)
        with self._guard:
            if not self._joined:
                _hang_up(near)
                _hang_up(far)
                return
            self._pairs += [near, far]
        for source, sink, from_van in ((near, far, True), (far, near, False)):
            threading.Thread(target=self._carry, args=(source, sink, from_van), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, from_van: bool) -> None:
        with suppress(OSError):
            while data := source.recv(SLICE):
                if from_van and self.rate:
                    time.sleep(len(data) / self.rate)
                sink.sendall(data)
        _hang_up(source)
        _hang_up(sink)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
