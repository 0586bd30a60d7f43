"""The embedded Valkey server: memory only, on a socket, with no command left that could write to disk."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

from lfrplatform.embedded import leftovers
from lfrplatform.embedded.binaries import Binaries
from lfrplatform.embedded.child import Child, Command
from lfrplatform.embedded.identity import make_server_folders, server_user
from lfrplatform.embedded.place import Place
from lfrplatform.embedded.postgres import SERVER_ENV
from lfrplatform.embedded.unit import Behaviour, Say, Unit

DATABASES = 64
MAXIMUM_MEMORY = "256mb"
# Persistence off, and the commands renamed away that would switch it on by hand; no slow log and no crash
# log, both of which quote the arguments of commands, that is: frames.
OPTIONS = (
    *("--port", "0", "--protected-mode", "yes", "--daemonize", "no", "--set-proc-title", "no"),
    *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--maxmemory", MAXIMUM_MEMORY),
    *("--databases", str(DATABASES), "--loglevel", "notice", "--logfile", ""),
    *("--slowlog-log-slower-than", "-1", "--crash-log-enabled", "no", "--crash-memcheck-enabled", "no"),
    *(
        "--rename-command",
        "SAVE",
        "",
        "--rename-command",
        "BGSAVE",
        "",
        "--rename-command",
        "BGREWRITEAOF",
        "",
    ),
    *("--rename-command", "REPLICAOF", "", "--rename-command", "SLAVEOF", "", "--rename-command", "SYNC", ""),
    *("--rename-command", "PSYNC", ""),
)


class ValkeyServer(Unit):
    behaviour = Behaviour(stop_plan=((signal.SIGTERM, 5.0),), first_pause=0.2, longest_pause=5.0)

    def __init__(self, place: Place, binaries: Binaries, say: Say) -> None:
        super().__init__("valkey", place.log("valkey"), say)
        self._place = place
        self._program = str(binaries.valkey_server)
        self._user = server_user(place)

    def spawn(self) -> Child:
        if ended := leftovers.clear_valkey(self._place):
            self._say(self.name, f"ended {ended} processes left by an earlier server")
        make_server_folders(self._place, self._user)
        self._place.valkey_socket.unlink(missing_ok=True)
        argv = [self._program, *OPTIONS]
        argv += ["--unixsocket", str(self._place.valkey_socket), "--unixsocketperm", "700"]
        cwd = (
            self._place.home
        )  # as root a folder that the server cannot write to: nothing could be saved there
        return Child(Command(argv, SERVER_ENV, cwd, self.log, signal.SIGKILL, self._user))

    def is_ready(self) -> bool:
        return answers(self._place.valkey_socket)


def answers(path: Path) -> bool:
    """Whether a server at this socket answers PING."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
