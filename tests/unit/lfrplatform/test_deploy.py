"""What is in deploy/ starts what the embedded supervisor starts, hardened, without a secret in it."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from lfrplatform.embedded.place import CLONE, locate
from lfrplatform.embedded.processes import platform_processes
from lfrplatform.settings.env import MINIMUM_SECRET_LENGTH

UNITS = CLONE / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
NGINX = (CLONE / "deploy" / "nginx" / "lfr.conf").read_text(encoding="utf-8")
PYTHON = "/opt/lfr/.venv/bin/python"
RUN = [PYTHON, "-m", "lfrplatform.with_credentials", PYTHON]
# What a machine of production chooses for itself: where the schedule lies, and how many shards it carries.
OWN = {"-s", "-c", "--port", "-n"}
SECRET = {"DATABASE_URL", "REDIS_URL", "LFR_SECRET_KEY", "DATABASE_OWNER_URL", "LFR_MAIL_PASSWORD"}


def lines(path: Path) -> list[tuple[str, str]]:
    found = [line.partition("=") for line in path.read_text(encoding="utf-8").splitlines()]
    return [(name, value) for name, equals, value in found if equals and not name.startswith("#")]


def values(path: Path, name: str) -> list[str]:
    return [value for key, value in lines(path) if key == name]


def command(path: Path) -> list[str]:
    """What runs, after the wrapper that brings the secrets; `%%h` is systemd's way to write `%h`."""
    argv = shlex.split(values(path, "ExecStart")[-1].replace("%%", "%"))
    assert argv[: len(RUN)] == RUN
    return argv[len(RUN) :]


def options(argv: list[str]) -> list[str]:
    kept, rest = [], iter(argv)
    for word in rest:
        if word in OWN:
            next(rest)
        else:
            kept.append(word)
    return sorted(kept)


def supervised() -> dict[str, list[str]]:
    processes = platform_processes(locate("main"), 8000)
    return {each.name: list(each.argv)[1:] for each in processes}


def test_every_process_of_the_supervisor_has_a_unit_that_starts_the_same() -> None:
    for name, argv in supervised().items():
        assert options(command(UNITS / f"lfr-{name}.service")) == options(argv), name
    [wanted] = values(UNITS / "lfr.target", "Wants")
    assert set(wanted.split()) == {f"lfr-{name}.service" for name in supervised()}


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_unit_names_only_what_exists(path: Path) -> None:
    first, second, *_ = command(path)
    if first == "-m":
        assert importlib.util.find_spec(second.partition(":")[0]) is not None
    else:
        assert (CLONE / first).name == "manage.py"
        assert second in get_commands()
    assert "docs/how-to/administrator/production.md" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_unit_lets_no_memory_out_and_gives_no_right(path: Path) -> None:
    given = dict(lines(path))
    assert given["LimitCORE"] == "1"  # 0 would leave the pipe, and the platform refuses to start
    assert given["MemorySwapMax"] == "0"
    assert re.fullmatch(r"\d+[MG]", given["MemoryMax"])
    for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "PrivateDevices", "RestrictSUIDSGID"):
        assert given[name] == "yes", name
    assert given["ProtectSystem"] == "strict"
    assert given["CapabilityBoundingSet"] == ""
    assert given["User"] == "lfr"
    assert given["UMask"] == "0077"
    # These would blind checks of the start: they could not see swap, or ask for the clock.
    assert "ProcSubset" not in given
    assert "ProtectClock" not in given
    assert "adjtimex" in " ".join(values(path, "SystemCallFilter"))


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_unit_takes_its_secrets_from_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in values(path, "LoadCredential"):
        variable, _, file = name.partition(":")
        assert variable in SECRET
        assert file.startswith("/etc/lfr/credentials/")
    assert not re.search(r"://\w+:[^@\s]+@|PASSWORD=|SECRET_KEY=", text)
    # Only who migrates or rehearses a backup may be the owner.
    assert ("DATABASE_OWNER_URL" in text) == (path.stem in {"lfr-migrate", "lfr-rehearsal"})


def test_the_environment_file_has_documented_settings_and_no_secret() -> None:
    documented = (CLONE / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    names = dict(lines(CLONE / "deploy" / "lfr.env"))
    assert not set(names) & SECRET
    for name in names:
        assert f"`{name}`" in documented, name


def test_the_wrapper_hands_files_on_as_variables(tmp_path: Path) -> None:
    secret = "s" * MINIMUM_SECRET_LENGTH
    (tmp_path / "LFR_SECRET_KEY").write_text(f"{secret}\n")
    argv = [sys.executable, "-m", "lfrplatform.with_credentials", sys.executable, "-c"]
    argv += ["import os; print(os.environ['LFR_SECRET_KEY'])"]
    env = {**os.environ, "CREDENTIALS_DIRECTORY": str(tmp_path)}
    done = subprocess.run(argv, env=env, cwd=CLONE, capture_output=True, text=True, check=True)
    assert done.stdout == f"{secret}\n"


def here(text: str) -> str:
    return text.replace("/opt/lfr", str(CLONE))


def test_systemd_reads_the_units(tmp_path: Path) -> None:
    """Where systemd is; elsewhere the tests above have to do."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return
    for path in UNITS.glob("lfr*"):
        (tmp_path / path.name).write_text(here(path.read_text(encoding="utf-8")))
    argv = [program, "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def directives() -> Iterator[tuple[str, str]]:
    for line in NGINX.splitlines():
        if found := re.fullmatch(r"\s*(\w+)\s+(.*);", line):
            yield found[1], found[2]


def test_the_proxy_writes_no_face_and_no_link_into_a_file() -> None:
    found = list(directives())
    assert ("proxy_request_buffering", "off") in found
    assert ("proxy_buffering", "off") in found
    assert ("proxy_max_temp_file_size", "0") in found
    assert {value for name, value in found if name == "access_log"} == {"off"}
    assert [value.split()[-1] for name, value in found if name == "error_log"] == ["crit"]


def test_the_proxy_says_who_asks_and_leaves_the_headers_to_the_platform() -> None:
    found = list(directives())
    headers = dict(value.split(None, 1) for name, value in found if name == "proxy_set_header")
    assert headers["X-Forwarded-Proto"] == "$scheme"
    assert headers["X-Forwarded-For"] == "$proxy_add_x_forwarded_for"
    assert headers["Upgrade"] == "$http_upgrade"
    assert "add_header" not in {name for name, _ in found}
    [size] = [value for name, value in found if name == "client_max_body_size"]
    assert int(size.removesuffix("m")) << 20 == settings.LFR_MAX_UPLOAD_BYTES
