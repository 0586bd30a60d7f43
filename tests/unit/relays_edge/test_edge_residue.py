"""What of an earlier use is found, and that the platform is told words, never where a file lies."""

from __future__ import annotations

import json
import os
import re
import resource
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from apps.relays.edge import residue
from apps.relays.edge.config import ExitCode
from apps.relays.edge.residue import Word, is_picture, look

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01"
CORE = b"\x7fELF\x02\x01\x01\0" + bytes(8) + struct.pack("<H", 4) + bytes(40)
PROGRAM = b"\x7fELF\x02\x01\x01\0" + bytes(8) + struct.pack("<H", 3) + bytes(40)


def found(*places: Path, **more: int) -> dict[Word, int]:
    """What lies in these folders; the rest of the machine is as it is."""
    ours = {Word.PICTURES, Word.CORE_FILES, Word.NOT_ALL_SEEN, Word.TOO_MANY}
    return {word: count for word, count in look(places, **more).counts.items() if word in ours}


@pytest.fixture(autouse=True)
def no_dumps_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(residue, "_DUMP_PLACES", ())


@pytest.mark.parametrize(
    "head",
    [
        JPEG,
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"GIF89a\0\0\0\0\0\0\0\0\0\0",
        b"RIFF\0\0\0\0WEBPVP8 ",
        b"RIFF\0\0\0\0AVI LIST",
        b"\0\0\0\x18ftypmp42\0\0\0\0",
        b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\0\0\0\0\0",
        b"BM\x36\0\x0c\0\0\0\0\0\x36\0\0\0\x28\0",
        b"II*\0\x08\0\0\0\0\0\0\0\0\0\0\0",
    ],
    ids=["jpeg", "png", "gif", "webp", "avi", "mp4", "matroska", "bmp", "tiff"],
)
def test_a_picture_is_found_whatever_its_name(head: bytes, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(head)
    assert found(tmp_path) == {Word.PICTURES: 1}


@pytest.mark.parametrize("head", [b"", b"\xff", b"hello, world, hi", PROGRAM, b"RIFF\0\0\0\0WAVEfmt "])
def test_what_is_no_picture_is_left_alone(head: bytes, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(head)
    assert not is_picture(head[:18])
    assert found(tmp_path) == {}


def test_it_looks_into_each_folder_once_and_follows_no_link(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    (inside / "deep" / ".hidden").mkdir(parents=True)
    outside.mkdir()
    (inside / "deep" / ".hidden" / "x").write_bytes(JPEG)
    (outside / "y").write_bytes(JPEG)
    (inside / "link").symlink_to(outside)
    (inside / "round").symlink_to(inside)
    os.mkfifo(inside / "pipe")
    assert found(inside, inside / "deep", inside) == {Word.PICTURES: 1}


def test_a_core_file_is_found_by_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "core.123").write_bytes(CORE)
    (tmp_path / "lib.so").write_bytes(PROGRAM)
    assert found(tmp_path) == {Word.CORE_FILES: 1}


def test_a_search_without_end_is_not_taken_for_a_clean_machine(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}").write_bytes(b"")
    assert found(tmp_path, most_files=3) == {Word.TOO_MANY: 3}
    assert Word.TOO_MANY in look([tmp_path], most_files=3).findings
    assert found(tmp_path, most_files=5) == {}


def test_what_is_said_of_a_large_disk_can_be_done_also_by_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(residue, "places", lambda: (tmp_path,))
    for part in ("_dumps", "_memory_on_disk", "_relays"):
        monkeypatch.setattr(residue, part, lambda found: None)
    (tmp_path / "heap").mkdir()
    for number in range(5):
        (tmp_path / "heap" / f"{number}").write_bytes(b"")
    assert residue.residue_command(["--most-files", "4"]) == ExitCode.RESIDUE
    out = capsys.readouterr().out
    assert "more than 4 files" in out
    assert "as root" not in out
    assert str(tmp_path / "heap") in out, "where they lie is known at this terminal"
    (advised,) = re.findall(r"--most-files (\d+)", out)
    assert residue.residue_command(["--most-files", advised]) == ExitCode.DONE
    assert "nothing is left" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["0", "-1", "many"])
def test_a_number_of_files_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(SystemExit):
        residue.residue_command(["--most-files", number])


@pytest.mark.parametrize(("user", "words"), [(1000, "run this as root"), (0, "root itself")])
def test_what_could_not_be_read_is_said_in_words_for_whoever_runs_it(
    user: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    said = residue.Residue({Word.NOT_ALL_SEEN: 1}).text()
    assert words in said
    assert ("run this as root" in said) == (user != 0)


def test_a_file_that_is_gone_before_it_is_read_is_no_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "short lived").write_bytes(JPEG)

    def gone(path: str, flags: int) -> int:
        Path(path).unlink()
        raise FileNotFoundError(path)

    monkeypatch.setattr(residue, "_without_following", gone)
    assert found(tmp_path) == {}


def test_core_dumps_that_are_on_are_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (4096, resource.RLIM_INFINITY))
    assert Word.CORE_DUMPS in look([]).findings
    for off in (0, 1):
        monkeypatch.setattr(resource, "getrlimit", lambda _, off=off: (off, resource.RLIM_INFINITY))
        assert Word.CORE_DUMPS not in look([]).counts


def test_plain_swap_is_a_warning_and_encrypted_swap_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = {
        "/proc/swaps": "Filename Type\n/dev/sda2 partition\n/dev/dm-1 partition\n/dev/zram0 partition\n",
        "/sys/block/dm-1/dm/uuid": "CRYPT-PLAIN-swap\n",
    }
    monkeypatch.setattr(residue, "_text", lambda path: kernel.get(path, ""))
    assert look([]).warnings == {Word.SWAP: 1}
    assert Word.SWAP not in look([]).findings


def test_the_platform_is_told_words_and_no_names(tmp_path: Path) -> None:
    (tmp_path / "Jane Doe.jpg").write_bytes(JPEG)
    seen = look([tmp_path])
    told = json.dumps(seen.as_dict(now=NOW))
    assert "picture or video files (1)" in json.loads(told)["findings"]
    assert json.loads(told)["checked_at"] == "2027-03-01T09:00:00+00:00"
    assert "Jane" not in told
    assert "Jane Doe.jpg" in seen.text(), "who stands at the machine must find it"


def test_the_command_ends_by_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(residue, "places", tuple)
    for part in ("_dumps", "_memory_on_disk", "_relays"):
        monkeypatch.setattr(residue, part, lambda found: None)
    assert residue.residue_command([]) == ExitCode.DONE
    assert "nothing is left" in capsys.readouterr().out
    (tmp_path / "a\x1b[2Jb").write_bytes(JPEG)
    assert residue.residue_command(["--also", str(tmp_path)]) == ExitCode.RESIDUE
    out = capsys.readouterr().out
    assert "picture or video files (1)" in out
    assert "\x1b" not in out, "a file's name cannot write to the terminal"
    assert residue.residue_command(["--also", str(tmp_path), "--json"]) == ExitCode.RESIDUE
    assert json.loads(capsys.readouterr().out)["findings"] == ["picture or video files (1)"]
