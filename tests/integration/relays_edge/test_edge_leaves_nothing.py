"""Nothing on a disk, ever: not in a run, not after the relay was killed outright."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.support.children import children_of

ROOT = Path(__file__).resolve().parents[3]
KEY = "lfr1.herts.k7.s3cr3t-value"


def files(*places: Path) -> set[tuple[str, int, int]]:
    """Each file below with its size and the time of its last change."""
    found = set()
    for place in places:
        for folder, _, names in os.walk(place):
            for name in names:
                about = (Path(folder) / name).lstat()
                found.add((f"{folder}/{name}", about.st_size, about.st_mtime_ns))
    return found


def written_by(pid: int) -> list[str]:
    """Regular files that a process has open for writing."""
    found = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        about = descriptor.stat()
        if stat.S_ISREG(about.st_mode) and descriptor.lstat().st_mode & stat.S_IWUSR:
            found.append(os.readlink(descriptor))
    return found


def writable_maps(pid: int) -> list[str]:
    """Files of this machine, shared memory among them, that a process changes through its memory."""
    lines = [line.split(maxsplit=5) for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    return [line[5] for line in lines if len(line) == 6 and line[1] == "rw-s" and line[5].startswith("/")]


async def test_a_run_that_is_killed_leaves_the_disk_as_it_was(
    tmp_path: Path, platform: Any, conduct: Any, make_video: Callable[..., Path], eventually: Any
) -> None:
    places = [tmp_path / name for name in ("home", "temporary", "here")]
    for place in places:
        place.mkdir()
    home, temporary, here = places
    shared = Path("/dev/shm")
    video = make_video(seconds=60)
    shared_before = {path.name for path in shared.iterdir()}
    async with platform(conduct(reports=True)) as server:
        camera = ("--camera", f"{UUID(int=41)}={video}", "--status-port", str(free_port()))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "apps.relays.edge", "--url", server.url, *camera),
            cwd=here,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={"LFR_RELAY_KEY": KEY, "PYTHONPATH": str(ROOT), "HOME": str(home), "TMPDIR": str(temporary)},
        )
        try:
            await eventually(lambda: len(server.frames) >= 5)
            everyone = {process.pid, *children_of(process.pid)}
            assert len(everyone) >= 2
            for pid in everyone:
                limits = Path(f"/proc/{pid}/limits").read_text()
                assert "Max file size             0                    0 " in limits
                if no_core_by_a_pipe():
                    assert "Max core file size        1                    1 " in limits
                if os.geteuid() == 0:  # the kernel lets nobody else look into such a process
                    assert written_by(pid) == []
                    assert writable_maps(pid) == []
        finally:
            process.kill()
            await process.wait()
        await eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in everyone), within_s=10)
    assert files(*places) == set()
    new = {path.name for path in shared.iterdir()} - shared_before
    assert not [name for name in new if any(str(pid) in name for pid in everyone)]


def no_core_by_a_pipe() -> bool:
    """core(5): where core dumps are piped to a program a limit of 0 means nothing, and 1 ends them. Where the
    tests themselves may have no core at all, 1 is more than can be set."""
    return resource.getrlimit(resource.RLIMIT_CORE)[1] != 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


TRIES = """
import os, tempfile
from apps.relays.edge import protect
protect.protect(writes_files=False)
for attempt in (
    lambda: open("frame.jpg", "wb", buffering=0).write(b"x"),
    lambda: open("/dev/shm/lfr-edge-%d" % os.getpid(), "wb", buffering=0).write(b"x"),
    lambda: os.write(os.memfd_create("frame"), b"x"),
    lambda: os.ftruncate(os.memfd_create("frame"), 1),
    lambda: tempfile.TemporaryFile(buffering=0).write(b"x"),
):
    try:
        attempt()
        print("WRITTEN")
    except (OSError, ValueError) as error:
        print(type(error).__name__)
os.unlink("/dev/shm/lfr-edge-%d" % os.getpid())
"""


def test_the_kernel_refuses_each_byte_whatever_the_code_does(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRIES],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": os.defpath, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split(), done.stderr
    assert "WRITTEN" not in done.stdout
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]


@pytest.mark.parametrize("number", [6, 11], ids=["abort", "segfault"])
def test_a_crash_dumps_no_core(number: int, tmp_path: Path) -> None:
    crash = (
        "import os, resource; most = resource.getrlimit(resource.RLIMIT_CORE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (most, most))\n"
        "from apps.relays.edge import protect; protect.protect(writes_files=False)\n"
        f"os.kill(os.getpid(), {number})"
    )
    done = subprocess.run(
        [sys.executable, "-c", crash],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -number, done.stderr
    assert list(tmp_path.iterdir()) == []
