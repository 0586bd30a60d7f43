"""The embedded PostgreSQL server: its data folder, its configuration, its start."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

import psycopg

from lfrplatform.embedded import leftovers
from lfrplatform.embedded.binaries import Binaries
from lfrplatform.embedded.child import Child, Command, tail
from lfrplatform.embedded.identity import (
    SUPERUSER,
    credentials,
    make_server_folders,
    server_user,
    write_private,
)
from lfrplatform.embedded.place import POSTGRES_PORT, EmbeddedError, Place
from lfrplatform.embedded.unit import Behaviour, Say, Unit

SERVER_ENV = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
INITDB_WITHIN_S = 120

# Nothing that a statement carries may reach the log: parameters, statement texts and the DETAIL of an error
# (which quotes whole rows) stay out. docs: design §3, invariant 3.
CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
port = {port}
hba_file = '{hba_file}'
cluster_name = '{cluster_name}'
max_connections = 100
shared_buffers = 128MB
max_wal_size = 512MB
password_encryption = scram-sha-256
timezone = 'UTC'
log_timezone = 'UTC'
fsync = {fsync}
jit = off
logging_collector = off
log_destination = stderr
log_line_prefix = '%m [%p] %u@%d '
log_statement = none
log_min_duration_statement = -1
log_min_duration_sample = -1
log_transaction_sample_rate = 0
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
log_autovacuum_min_duration = -1
"""
HBA = "local all all scram-sha-256\n"


class PostgresServer(Unit):
    behaviour = Behaviour(
        stop_plan=((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0)), first_pause=0.2, longest_pause=5.0
    )

    def __init__(self, place: Place, binaries: Binaries, say: Say, *, durable: bool) -> None:
        super().__init__("postgres", place.log("postgres"), say)
        self._place = place
        self._binaries = binaries
        self._durable = durable
        self._user = server_user(place)

    def spawn(self) -> Child:
        """Start the server, after whatever an earlier one left: it would keep the shared memory or the
        socket."""
        place = self._place
        if ended := leftovers.clear_postgres(place):
            self._say(self.name, f"ended {ended} processes left by an earlier server")
        make_server_folders(place, self._user)
        if not (place.data / "PG_VERSION").exists():
            self._make_cluster()
        # No process of this cluster is left, so the file can only mislead: its number may be anybody's by
        # now.
        (place.data / "postmaster.pid").unlink(missing_ok=True)
        config = self._write_configuration()
        argv = [self._binaries.postgres("postgres"), "-D", str(place.data), "-c", f"config_file={config}"]
        return Child(self._command(argv, self.log, signal.SIGINT))

    def is_ready(self) -> bool:
        try:
            with psycopg.connect(
                superuser_conninfo(self._place), connect_timeout=2, autocommit=True
            ) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _command(self, argv: list[str], log: Path, death_signal: signal.Signals) -> Command:
        """A fast shutdown when we die. As a user of its own, who may be unable to enter our working
        directory."""
        return Command(argv, SERVER_ENV, self._place.home, log, death_signal, self._user)

    def _make_cluster(self) -> None:
        """initdb into a folder beside, renamed when complete, so that an interrupted one is never mistaken
        for data."""
        place, begun = self._place, time.monotonic()
        _forget_lost_data(place)
        building = place.server_home / "new"
        shutil.rmtree(building, ignore_errors=True)
        password_file = place.home / "password"
        write_private(password_file, credentials(place)[SUPERUSER])
        os.chown(password_file, self._user.uid, self._user.gid)
        argv = [self._binaries.postgres("initdb"), "-D", str(building), "-U", SUPERUSER, "--encoding=UTF8"]
        argv += ["--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password_file}"]
        argv += [] if self._durable else ["--no-sync"]
        log = place.log("initdb")
        try:
            child = Child(self._command(argv, log, signal.SIGKILL))
            if not child.wait(INITDB_WITHIN_S) or child.exit_status() != 0:
                child.signal_group(signal.SIGKILL)
                raise EmbeddedError(f"initdb failed ({child.describe_exit()}):\n{tail(log, 12)}")
        finally:
            password_file.unlink(missing_ok=True)
        building.rename(place.data)
        self._say(self.name, f"made a new cluster in {time.monotonic() - begun:.1f} s")

    def _write_configuration(self) -> Path:
        place = self._place
        config, hba_file = place.home / "postgresql.conf", place.home / "pg_hba.conf"
        text = CONFIGURATION.format(
            sockets=place.sockets,
            port=POSTGRES_PORT,
            hba_file=hba_file,
            cluster_name=place.cluster_name,
            fsync="on" if self._durable else "off",
        )
        for path, content in ((config, text), (hba_file, HBA)):
            write_private(path, content)
            path.chmod(0o644)  # holds no secret, and the server's user has to read it
        return config


def superuser_conninfo(place: Place, dbname: str = "postgres") -> str:
    """For bootstrap and checks only; the platform never connects as the superuser."""
    return psycopg.conninfo.make_conninfo(
        host=str(place.sockets),
        port=POSTGRES_PORT,
        user=SUPERUSER,
        password=credentials(place)[SUPERUSER],
        dbname=dbname,
    )


def _forget_lost_data(place: Place) -> None:
    """A data folder without PG_VERSION is what a cleaner of the temporary folder left: no cluster any
    more."""
    if place.data.exists():
        lost = place.server_home / f"lost-{int(time.time())}"
        place.data.rename(lost)
