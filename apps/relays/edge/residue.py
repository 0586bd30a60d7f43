"""`residue`: is anything of an earlier use left on this machine, or could something come to lie on its disk?

Before a box is lent on, and at each enrolment. Findings stop an enrolment; warnings say what the machine's
owner should know. Where a file lies is printed here; only closed words go to the platform.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from apps.relays.edge.config import ExitCode

_DUMP_PLACES: Final = (Path("/var/lib/systemd/coredump"), Path("/var/crash"))
MOST_FILES: Final = 200_000
_SHOWN: Final = 20
_HEAD_BYTES: Final = 18
_CORE_HEAD: Final = b"\x7fELF"


class Word(StrEnum):
    """What can be found. WARNINGS do not stop an enrolment."""

    PICTURES = "picture or video files"
    CORE_FILES = "core files"
    CORE_DUMPS = "core dumps enabled"
    RELAY_RUNNING = "another relay is running"
    NOT_ALL_SEEN = "not everything could be looked at"
    TOO_MANY = "more files than were looked at"
    CORE_HANDLER = "a handler takes core dumps"
    SWAP = "swap is not encrypted"
    HIBERNATION = "the machine may hibernate"


WARNINGS: Final = frozenset({Word.CORE_HANDLER, Word.SWAP, Word.HIBERNATION})
_ADVICE: Final = {
    Word.PICTURES: "move them off this machine, or delete them",
    Word.CORE_FILES: "delete them: they hold what was in memory",
    Word.CORE_DUMPS: "ulimit -c 0, or LimitCORE=1 in the unit",
    Word.RELAY_RUNNING: "stop it first: systemctl stop lfr-relay",
    Word.NOT_ALL_SEEN: "run this as root",
    Word.TOO_MANY: "start it in a folder that holds little, move what is not the relay's off this machine, or"
    " look at all of it: --most-files",
    Word.CORE_HANDLER: "the relay's own processes give none; see kernel.core_pattern",
    Word.SWAP: "swapoff -a, or an encrypted swap: memory may be written there",
    Word.HIBERNATION: "systemctl mask hibernate.target hybrid-sleep.target",
}


@dataclass(frozen=True, slots=True)
class Residue:
    """Counts by word; `where` says for this terminal only which files they are."""

    counts: dict[Word, int]
    where: dict[Word, list[str]] = field(default_factory=dict)

    @property
    def findings(self) -> dict[Word, int]:
        return {word: count for word, count in self.counts.items() if word not in WARNINGS}

    @property
    def warnings(self) -> dict[Word, int]:
        return {word: count for word, count in self.counts.items() if word in WARNINGS}

    def as_dict(self, *, now: datetime) -> dict[str, Any]:
        """What the platform is told."""
        return {
            "checked_at": now.isoformat(timespec="seconds"),
            "findings": [f"{word.value} ({count})" for word, count in self.findings.items()],
            "warnings": [word.value for word in self.warnings],
        }

    def text(self) -> str:
        """For the terminal, a line each."""
        lines = []
        for word, count in self.counts.items():
            kind = "warning" if word in WARNINGS else "FOUND"
            lines.append(f"{kind}: {word.value} ({count}): {_advice(word, count)}")
            lines += [f"    {_printable(path)}" for path in self.where.get(word, [])[:_SHOWN]]
        return "\n".join(lines) or "nothing is left on this machine"


def _advice(word: Word, count: int) -> str:
    if word is Word.NOT_ALL_SEEN and os.geteuid() == 0:
        return "root itself could not read these: unmount where they lie, or delete them"
    # Of more files than `count` nobody knows how many there are: ten times as many is a next try.
    return f"{_ADVICE[word]} {count * 10}" if word is Word.TOO_MANY else _ADVICE[word]


class _Findings:
    def __init__(self) -> None:
        self.counts: dict[Word, int] = {}
        self.where: dict[Word, list[str]] = {}

    def add(self, word: Word, where: str = "") -> None:
        self.counts[word] = self.counts.get(word, 0) + 1
        if where:
            self.where.setdefault(word, []).append(where)


def places() -> tuple[Path, ...]:
    """Where a program of this user could have left files."""
    own = (Path.cwd(), Path.home(), Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 - looked at, not used
    return tuple(dict.fromkeys(place.resolve() for place in own))


def look(where: Sequence[Path] | None = None, *, most_files: int = MOST_FILES) -> Residue:
    """Look at the machine. `where` takes the place of the usual folders."""
    found = _Findings()
    _files(found, places() if where is None else where, most_files)
    _dumps(found)
    _memory_on_disk(found)
    _relays(found)
    return Residue(counts=found.counts, where=found.where)


def _files(found: _Findings, where: Sequence[Path], most_files: int) -> None:
    seen = 0
    for path in _below(found, where):
        seen += 1
        if seen > most_files:
            found.counts[Word.TOO_MANY] = most_files
            found.where[Word.TOO_MANY] = [f"more than {most_files} files; it stopped in {path.parent}"]
            return
        try:
            with open(path, "rb", opener=_without_following) as file:
                head = file.read(_HEAD_BYTES)
        except FileNotFoundError:
            continue  # gone meanwhile
        except OSError:
            found.add(Word.NOT_ALL_SEEN, str(path))
            continue
        if is_core(head):
            found.add(Word.CORE_FILES, str(path))
        elif is_picture(head):
            found.add(Word.PICTURES, str(path))


def _without_following(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _below(found: _Findings, where: Sequence[Path]) -> Iterator[Path]:
    """Every regular file below, once, what is mounted there included; no link is followed."""
    entered: set[tuple[int, int]] = set()
    waiting = [place for place in where if place.is_dir()]
    while waiting:
        folder = waiting.pop()
        try:
            about = folder.stat(follow_symlinks=False)
            if (about.st_dev, about.st_ino) in entered:
                continue
            entered.add((about.st_dev, about.st_ino))
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        yield Path(entry.path)
        except FileNotFoundError:
            continue  # gone meanwhile
        except OSError:
            found.add(Word.NOT_ALL_SEEN, str(folder))


def is_picture(head: bytes) -> bool:
    """Whether a file that starts so is a picture or a video, whatever its name."""
    return (
        head.startswith(
            (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"\x1aE\xdf\xa3", b"II*\0", b"MM\0*")
        )
        or (head[:4] == b"RIFF" and head[8:12] in (b"WEBP", b"AVI "))
        or head[4:8] == b"ftyp"  # MP4, MOV, HEIC, AVIF
        or (head[:2] == b"BM" and head[6:10] == b"\0\0\0\0")
    )


def is_core(head: bytes) -> bool:
    """Whether a file that starts so is a core dump."""
    return head.startswith(_CORE_HEAD) and head[16:18] in (b"\x04\0", b"\0\x04")  # ET_CORE, either order


def _dumps(found: _Findings) -> None:
    if resource.getrlimit(resource.RLIMIT_CORE)[0] not in (0, 1):  # no core file is as small as one byte
        found.add(Word.CORE_DUMPS)
    if _text("/proc/sys/kernel/core_pattern").startswith("|"):
        found.add(Word.CORE_HANDLER)
    for place in _DUMP_PLACES:
        try:
            names = sorted(path for path in place.iterdir() if path.is_file()) if place.is_dir() else []
        except OSError:
            found.add(Word.NOT_ALL_SEEN, str(place))
            continue
        for path in names:
            found.add(Word.CORE_FILES, str(path))


def _memory_on_disk(found: _Findings) -> None:
    for line in _text("/proc/swaps").splitlines()[1:]:
        name = Path(line.split()[0]).resolve().name
        mapped = _text(f"/sys/block/{name}/dm/uuid")
        if not name.startswith("zram") and not mapped.startswith("CRYPT-"):
            found.add(Word.SWAP, line.split()[0])
    if _text("/sys/power/resume").strip() not in ("", "0:0"):
        found.add(Word.HIBERNATION)


def _relays(found: _Findings) -> None:
    for folder in Path("/proc").glob("[0-9]*"):
        words = _text(str(folder / "cmdline")).split("\0")
        running = "apps.relays.edge" in words and not {"enrol", "residue"} & set(words)
        if running and int(folder.name) != os.getpid():
            found.add(Word.RELAY_RUNNING, f"process {folder.name}")


def _text(path: str) -> str:
    """What is in a file of the kernel; empty when this machine has none such."""
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def add_most_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--most-files",
        type=_a_number,
        default=MOST_FILES,
        help=f"how many files are looked at (default {MOST_FILES}); with more on the disk it is not clean",
    )


def _a_number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def residue_command(arguments: Sequence[str]) -> int:
    """Print what is left, and end with ExitCode.RESIDUE when there are findings."""
    parser = argparse.ArgumentParser(
        prog="python -m apps.relays.edge residue",
        description="Says what of an earlier use is left on this machine.",
    )
    parser.add_argument("--also", type=Path, action="append", default=[], help="look into this folder too")
    add_most_files(parser)
    parser.add_argument("--json", action="store_true", help="what the platform would be told, as JSON")
    options = parser.parse_args(arguments)
    residue = look((*places(), *options.also), most_files=options.most_files)
    print(json.dumps(residue.as_dict(now=datetime.now(UTC))) if options.json else residue.text())
    return ExitCode.RESIDUE if residue.findings else ExitCode.DONE
