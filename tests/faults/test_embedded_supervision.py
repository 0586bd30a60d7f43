"""What the embedded supervisor does when nothing is killed from outside: restart, refuse, stop, keep
quiet."""

import re
import signal
import stat
import time

import psycopg
import pytest

from lfrplatform.embedded import share_services, start_services
from lfrplatform.embedded.processes import choose_port
from tests.support.embedded import embedded_clone, until

STAYS = "import time\nwhile True: time.sleep(1)"
DIES = "print('about to die'); raise SystemExit(3)"
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf now")
while True: time.sleep(1)
"""
SECRET = "0.1234567"


@pytest.fixture
def clone(tmp_path):
    with embedded_clone(tmp_path / "clone") as found:
        yield found


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Servers for the tests that kill nothing."""
    with embedded_clone(tmp_path_factory.mktemp("running") / "clone") as found:
        found.start()
        yield found


def test_a_process_that_dies_is_started_again_with_growing_pauses(clone):
    supervised = clone.start_with(stays=STAYS, dies=DIES)
    until(lambda: supervised.output().count("exit status 3") >= 3, "three deaths", 15)
    pauses = re.findall(r"dies +exit status 3; starting it again in ([\d.]+) s", supervised.output())
    assert pauses[:3] == ["0.5", "1", "2"]
    assert "stays      exit" not in supervised.output()
    assert "about to die" in clone.place.log("dies").with_suffix(".1.log").read_text()


def test_a_second_supervisor_is_refused_and_disturbs_nothing(running):
    before = running.pid("postgres")
    second = running.run("services")
    assert second.returncode == 1
    assert "already run by process" in second.stderr
    assert running.pid("postgres") == before
    assert running.is_up()


def test_two_clones_side_by_side_do_not_disturb_each_other(clone, tmp_path):
    with embedded_clone(tmp_path / "another") as other:
        ours, theirs = clone.start(), other.start()
        with clone.connect("owner") as connection:
            connection.execute("CREATE TABLE only_here (n int)")
        assert clone.place.base != other.place.base
        theirs.signal(signal.SIGKILL)
        until(lambda: not other.alive(), "the other is gone", 20)
        assert clone.is_up()
        other.start()
        with other.connect("owner") as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM only_here")
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(
                clone.addresses()["DATABASE_URL"].replace(clone.place.base.name, other.place.base.name)
            )
        assert "killed" not in ours.output()


@pytest.mark.parametrize("how", ["Ctrl-C", "the stop command"])
def test_it_stops_in_order_and_leaves_nothing(clone, how):
    supervised = clone.start_with(stays=STAYS, deaf=DEAF)
    until(lambda: "deaf now" in clone.place.log("deaf").read_text(), "one process ignores SIGTERM")
    begun = time.monotonic()
    supervised.signal(signal.SIGINT) if how == "Ctrl-C" else clone.run("stop")
    assert time.monotonic() - begun < 10
    until(lambda: not clone.alive(), "nothing is left", 5)
    assert "deaf       did not stop in time; killed" in supervised.output()
    assert "database system is shut down" in clone.place.log("postgres").read_text()
    assert not clone.place.env_file.exists()
    assert clone.run("status").returncode == 3
    clone.start()
    assert "recovery" not in clone.place.log("postgres").read_text()


def test_a_command_runs_with_the_addresses_and_its_status_is_passed_on(clone):
    done = clone.run("run", "--profile", "services", "--", "sh", "-c", 'echo "$DATABASE_URL"; exit 7')
    assert done.returncode == 7
    assert "postgresql://lfr_app:" in done.stdout
    assert not clone.alive()


def test_servers_of_ones_own_replace_the_embedded_ones(clone):
    given = {"DATABASE_URL": "postgresql://a@/b?host=%2Fnowhere", "REDIS_URL": "redis://nowhere:1/0"}
    clone.start(env=given)
    assert {name: clone.addresses()[name] for name in given} == given
    assert "DATABASE_OWNER_URL" not in clone.addresses()
    assert not [line for line in clone.alive() if "/bin/postgres" in line or "valkey-server" in line]


def test_the_application_role_owns_nothing_and_can_make_nothing(running):
    with running.connect("owner") as owner:
        owner.execute("CREATE TABLE owned (embedding vector(3))")
        assert owner.execute("SELECT rolcreatedb FROM pg_roles WHERE rolname = 'lfr_owner'").fetchone() == (
            False,
        )
    with running.connect() as application:
        powers = application.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
        assert powers == (False, False, False, False, False)
        for statement in (
            "CREATE TABLE mine (n int)",
            "CREATE TEMPORARY TABLE mine (n int)",
            "CREATE DATABASE mine",
            "SELECT * FROM owned",
            "DROP EXTENSION vector",
            "SET ROLE lfr_owner",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                application.execute(statement)


def test_no_statement_parameter_or_row_reaches_the_log(running):
    """A search that times out, a row that breaks a constraint, a plain mistake. In its line of an error
    PostgreSQL would quote what was wrong: the program that asked is told, and the log is not."""
    with running.connect("owner") as connection:
        connection.execute("CREATE TABLE checked (n float CHECK (n > 1), name text NOT NULL)")
        connection.execute("SET statement_timeout = 100")
        for statement in (
            f"SELECT pg_sleep(5), {SECRET}",
            f"INSERT INTO checked VALUES ({SECRET}, 'x')",
            f"INSERT INTO checked VALUES (2{SECRET}, NULL)",
            f"SELECT {SECRET} FROM nowhere",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement)
        with pytest.raises(psycopg.Error):
            connection.execute("INSERT INTO checked VALUES (%s, 'x')", [float(SECRET)])
    log = running.place.log("postgres").read_text()
    assert "ready to accept connections" in log
    assert "ERROR" not in log
    assert SECRET not in log
    assert "INSERT" not in log


def test_what_holds_passwords_is_readable_by_its_owner_only(running):
    place = running.place
    for path in (place.env_file, place.state_file, place.credentials_file, place.log("postgres")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for path in (place.var, place.logs, place.data, place.sockets):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    assert (place.var / "embedded").resolve() == place.base


def test_shared_services_stop_after_the_last_user_and_not_before(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    with embedded_clone(tmp_path / "clone") as clone:
        first = share_services("main", var=clone.place.var, linger_s=0.3)
        second = share_services("main", var=clone.place.var, linger_s=0.3)
        assert first.env == second.env
        first.stop()
        time.sleep(1)  # longer than it lingers
        assert clone.is_up()
        second.stop()
        until(lambda: not clone.alive(), "the services have stopped", 15)
        with share_services("main", var=clone.place.var, linger_s=0.3):
            assert clone.is_up()


def test_another_port_is_chosen_when_the_usual_one_is_taken():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert choose_port(port) not in {port, 0}
    assert choose_port(port) == port


def test_a_process_that_lives_on_after_its_services_does_not_block_them(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    with embedded_clone(tmp_path / "clone") as clone:
        start_services("main", var=clone.place.var).stop()
        assert clone.run("status").returncode == 3
        with share_services("main", var=clone.place.var, linger_s=0.3):
            assert clone.is_up()
