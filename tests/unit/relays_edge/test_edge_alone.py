"""The relay installs alone: the standard library, its own lock, three folders of ours, two of them empty."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
EDGE = ROOT / "apps" / "relays" / "edge"
# What each package of the lock is imported as.
IMPORTED = {"av": "av", "numpy": "numpy", "opencv-python-headless": "cv2", "websockets": "websockets"}
ONLY_THESE = """
import sys
ALLOWED = set(sys.stdlib_module_names) | {allowed!r} | {{"apps"}}
class Closed:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] not in ALLOWED:
            raise ImportError("not in the van: " + name)
sys.meta_path.insert(0, Closed)
for name in {modules!r}:
    __import__("apps.relays.edge." + name)
from apps.relays.edge.command import main
try:
    main(["--help"])
except SystemExit as done:
    sys.exit(done.code)
"""


def locked(name: str) -> dict[str, set[str]]:
    """Versions by package; several where it depends on Python's version."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(
        r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements" / name).read_text(), re.M
    ):
        found.setdefault(package, set()).add(version)
    return found


def test_the_van_and_the_platform_run_the_same_versions() -> None:
    van, platform = locked("relay.txt"), locked("base.txt")
    assert set(van) == set(IMPORTED)
    assert {name: platform[name] for name in van} == van


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """What is copied to a van: docs/how-to/install-a-relay.md."""
    for folder in ("apps", "apps/relays"):
        (tmp_path / folder).mkdir()
        shutil.copy(ROOT / folder / "__init__.py", tmp_path / folder)
        assert (tmp_path / folder / "__init__.py").stat().st_size == 0
    shutil.copytree(EDGE, tmp_path / "apps" / "relays" / "edge", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_it_imports_nothing_else(installed: Path) -> None:
    modules = sorted(path.stem for path in EDGE.glob("*.py") if not path.stem.startswith("__"))
    done = subprocess.run(
        [sys.executable, "-B", "-c", ONLY_THESE.format(allowed=set(IMPORTED.values()), modules=modules)],
        cwd=installed,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--status-port" in done.stdout


UNIT = EDGE / "lfr-relay.service"


def settings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_says_what_the_relay_enforces_and_more() -> None:
    unit = settings()
    for name, value in {
        "DynamicUser": "yes",
        "NoNewPrivileges": "yes",
        "ProtectSystem": "strict",
        "ProtectHome": "yes",
        "PrivateTmp": "yes",
        "LimitCORE": "1",
        "LimitFSIZE": "0",
        "MemorySwapMax": "0",
        "CapabilityBoundingSet": "",
        "UMask": "0077",
        "Restart": "always",
        "RestartPreventExitStatus": "2",
    }.items():
        assert unit[name] == [value], name
    (command,) = unit["ExecStart"]
    assert "--key-file %d/key" in command
    assert "lfr1." not in command
    assert "rtsp" not in command
    for writable in ("ReadWritePaths", "StateDirectory", "CacheDirectory", "LogsDirectory"):
        assert writable not in unit


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    (tmp_path / "lfr-relay.service").write_text(
        UNIT.read_text().replace("/opt/lfr-relay/venv/bin/python", sys.executable)
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "lfr-relay.service")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "lfr-relay" in line]
    assert not ours
