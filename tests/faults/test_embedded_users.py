"""Root, for whom PostgreSQL must run as somebody else, and an ordinary user in a clone of their own."""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import psutil
import pytest

from lfrplatform.embedded.place import CLONE
from tests.support.embedded import embedded_clone

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
USE_IT = """
import os, pathlib, psycopg
from lfrplatform.embedded import start_services
from lfrplatform.embedded.valkey import answers
with start_services() as services:
    with psycopg.connect(services.env["DATABASE_OWNER_URL"]) as connection:
        connection.execute("CREATE TABLE faces (embedding halfvec(128))")
    home = pathlib.Path(services.env["LFR_EMBEDDED_HOME"])
    assert answers(home / "s" / "valkey.sock")
    assert (home / "pg" / "data").stat().st_uid == os.getuid()
    print("used as", os.getuid(), home)
print("stopped")
"""


@AS_ROOT
def test_as_root_the_servers_run_as_somebody_else_even_from_a_closed_folder(tmp_path):
    """Programs, data and sockets must be within reach of that user though the clone is not."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with embedded_clone(closed / "clone") as clone:
        clone.start()
        assert clone.is_up()
        for name in ("postgres", "valkey"):
            process = psutil.Process(clone.pid(name))
            assert process.uids().real != 0
            assert process.gids().real != 0
            assert set(os.getgrouplist("root", 0)).isdisjoint(groups(process.pid))
        assert clone.place.data.stat().st_uid != 0
        assert clone.place.home.stat().st_uid == 0


def groups(pid):
    with open(f"/proc/{pid}/status") as file:
        line = next(line for line in file if line.startswith("Groups:"))
    return {int(word) for word in line.split()[1:]}


def test_an_ordinary_user_needs_no_help(tmp_path_factory):
    """As root: run as another user, with an interpreter and packages that this user can read."""
    if os.geteuid() != 0:
        with embedded_clone(tmp_path_factory.mktemp("ordinary") / "clone") as clone:
            done = subprocess.run(
                [sys.executable, "-c", USE_IT], env=clone.env, cwd=CLONE, capture_output=True, text=True
            )
            check(done, os.geteuid())
        return
    user = pwd.getpwnam("daemon")
    # Not below pytest's own folder, which only root may enter.
    folder = Path(tempfile.gettempdir()) / f"lfr-ordinary-{os.getpid()}"
    try:
        check(run_as(user, folder), user.pw_uid)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_as(user, folder):
    """A copy of the package in a folder of the user's own, with its data there too."""
    folder.mkdir(mode=0o755)
    shutil.copytree(
        CLONE / "lfrplatform", folder / "lfrplatform", ignore=shutil.ignore_patterns("__pycache__")
    )
    site_packages = sysconfig.get_path("purelib")
    (folder / "t").mkdir()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "PYTHONPATH": f"{folder}:{site_packages}"}
    env |= {"LFR_EMBEDDED_DIR": str(folder / "t"), "PYTHONDONTWRITEBYTECODE": "1"}
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    python = interpreter_for(env, identity)
    return subprocess.run(
        [python, "-c", USE_IT], env=env, cwd=folder, capture_output=True, text=True, timeout=120, **identity
    )


def interpreter_for(env, identity):
    """One of this version that the user can run and that finds the packages."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, f"/usr/bin/{name}", f"/usr/local/bin/{name}"):
        try:
            subprocess.run([candidate, "-c", "import psycopg, psutil"], env=env, check=True, **identity)
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    pytest.skip(f"no {name} here that another user can run with these packages")


def check(done, uid):
    assert done.returncode == 0, done.stderr
    assert f"used as {uid}" in done.stdout
    assert done.stdout.rstrip().endswith("stopped")
    assert not [line for line in map(command_line, psutil.process_iter()) if home_of(done) in line]


def home_of(done):
    return done.stdout.split("used as")[1].split()[1]


def command_line(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
