"""A key for a one-time code: neither is ever shown, and neither is lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from apps.relays.edge import command, enrol, residue
from apps.relays.edge.config import ExitCode
from apps.relays.edge.enrol import PlatformUnreachable, read_answer, read_box_id
from apps.relays.edge.residue import Residue, Word
from apps.relays.edge.usage import UsageError

KEY = "lfr1.herts.0123456789abcdef." + "k" * 43
CODE = "herts.ABCDE-FGHIJ-KLMNO-PQRST"
GOOD: dict[str, Any] = {
    "key": KEY,
    "name": "van 1",
    "socket": "wss://lfr.example/ws/relay/",
    "cameras": [{"id": str(UUID(int=5)), "name": "High Street"}],
}


class Platform:
    """Answers every POST the same way and keeps what it was asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, json.dumps(GOOD).encode()
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[str, bytes]] = []
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                platform.asked.append((self.path, self.rfile.read(length)))
                self.send_response(platform.status)
                for name, value in platform.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(platform.body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def platform() -> Iterator[Platform]:
    made = Platform()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join(10)


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrol, "look", lambda **_: Residue({Word.SWAP: 1}))


@pytest.fixture
def run(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(*more: str, url: str = "") -> int:
        monkeypatch.setenv("CODE", CODE)
        words = ["enrol", "--url", url or platform.url, "--code-env", "CODE", "--box-id", "van-0001"]
        return command.main([*words, "--key-file", str(tmp_path / "key"), *more])

    return run


@pytest.mark.usefixtures("clean")
def test_the_key_is_kept_for_its_owner_only_and_shown_to_nobody(
    platform: Platform, run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == ExitCode.DONE
    key_file = tmp_path / "key"
    assert key_file.read_text() == KEY + "\n"
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert command.read_key(key_file) == KEY
    ((path, body),) = platform.asked
    assert path == "/relay/enrol/"
    told = json.loads(body)
    assert (told["code"], told["box_id"]) == (CODE, "van-0001")
    assert told["residue"]["findings"] == []
    assert told["residue"]["warnings"] == ["swap is not encrypted"]
    assert (
        abs((datetime.now(UTC) - datetime.fromisoformat(told["residue"]["checked_at"])).total_seconds()) < 60
    )
    shown = capsys.readouterr()
    assert "van 1" in shown.out
    assert "--url wss://lfr.example/ws/relay/" in shown.out
    assert f"--camera {UUID(int=5)}=" in shown.out
    assert "k" * 43 not in shown.out + shown.err
    assert CODE not in shown.out + shown.err


@pytest.mark.usefixtures("clean")
def test_a_refusal_is_said_and_leaves_no_file(
    platform: Platform, run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    platform.status = 409
    platform.body = json.dumps(
        {"title": "Conflict", "detail": "the box\x1b[2J is lent", "reasons": ["x y"]}
    ).encode()
    assert run() == ExitCode.REFUSED
    err = capsys.readouterr().err
    assert "the box [2J is lent x y" in err
    assert "\x1b" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, json.dumps({**GOOD, "key": "lfr1.a.b"}).encode()),
        (200, json.dumps({**GOOD, "key": KEY + "\nX: 1"}).encode()),
        (200, b"[" * 5000),
        (200, b"x" * 20_000),
        (502, b"{}"),
        (204, b""),
    ],
    ids=["html", "short", "two lines", "deep", "large", "gateway", "empty"],
)
def test_an_answer_without_a_key_is_none(
    status: int, body: bytes, platform: Platform, run: Callable[..., int], tmp_path: Path
) -> None:
    platform.status, platform.body = status, body
    assert run() == ExitCode.UNREACHABLE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("clean")
def test_it_takes_the_code_nowhere_else(platform: Platform, run: Callable[..., int]) -> None:
    platform.status, platform.headers = 302, {"Location": f"{platform.url}/other/"}
    assert run() == ExitCode.UNREACHABLE
    assert len(platform.asked) == 1


@pytest.mark.usefixtures("clean")
def test_an_older_key_is_replaced_only_when_asked_and_only_by_a_new_one(
    platform: Platform, run: Callable[..., int], tmp_path: Path
) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("old")
    assert run() == ExitCode.USAGE
    assert platform.asked == []
    platform.status = 403
    assert run("--replace") == ExitCode.REFUSED
    assert key_file.read_text() == "old"
    platform.status = 200
    assert run("--replace") == ExitCode.DONE
    assert key_file.read_text() == KEY + "\n"


NOT_CLEAN = Residue({Word.PICTURES: 3, Word.SWAP: 1}, {Word.PICTURES: ["/home/van/Jane Doe.jpg"]})


def test_with_residue_the_platform_is_told_and_no_key_is_kept_whatever_it_answers(
    platform: Platform,
    run: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(enrol, "look", lambda **_: NOT_CLEAN)
    assert run() == ExitCode.RESIDUE
    assert list(tmp_path.iterdir()) == []
    ((_, body),) = platform.asked
    assert json.loads(body)["residue"]["findings"] == ["picture or video files (3)"]
    assert b"Jane" not in body
    said = capsys.readouterr()
    assert "Jane Doe.jpg" in said.err
    assert "revoke it under Equipment" in said.err
    assert KEY not in said.out + said.err


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (409, "left on the box: picture or video files (3)"),
        (403, "the code is not accepted"),
        (502, "was not told"),
    ],
)
def test_with_residue_it_says_whether_the_platform_knows(
    status: int,
    words: str,
    platform: Platform,
    run: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(enrol, "look", lambda **_: NOT_CLEAN)
    platform.status, platform.body = status, json.dumps({"detail": words}).encode()
    assert run() == ExitCode.RESIDUE
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_with_residue_and_nobody_there_or_no_code_the_finding_is_said_all_the_same(
    run: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(enrol, "look", lambda **_: NOT_CLEAN)
    for more in ({"url": "http://127.0.0.1:1"}, {}):
        if not more:
            monkeypatch.setattr(enrol, "read_code", lambda *_: (_ for _ in ()).throw(UsageError("no code")))
        assert run(**more) == ExitCode.RESIDUE
        said = capsys.readouterr().err
        assert "picture or video files (3)" in said
        assert "was not told" in said


def test_a_large_disk_is_looked_at_whole_when_that_is_asked(
    run: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def look(*, most_files: int) -> Residue:
        asked.append(most_files)
        return Residue({})

    monkeypatch.setattr(enrol, "look", look)
    assert run("--most-files", "3000000") == ExitCode.DONE
    assert asked == [3_000_000]


@pytest.mark.usefixtures("clean")
def test_the_code_is_not_spent_where_the_key_cannot_be_kept(
    platform: Platform, run: Callable[..., int], tmp_path: Path
) -> None:
    assert run("--key-file", str(tmp_path / "no" / "key")) == ExitCode.USAGE
    assert platform.asked == []


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    "url",
    ["http://platform.example", "ws://127.0.0.1", "https://user:pw@platform", "https://platform/relay/"],
)
def test_an_address_that_would_give_the_code_away_is_refused(
    url: str, platform: Platform, run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(url=url) == ExitCode.USAGE
    assert "pw" not in capsys.readouterr().err
    assert platform.asked == []


def test_nobody_there_is_said_as_such(run: Callable[..., int], platform: Platform, clean: None) -> None:
    assert run(url="http://127.0.0.1:1") == ExitCode.UNREACHABLE


def test_the_code_is_no_argument_and_must_look_like_one(
    run: Callable[..., int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit):
        run("--code", CODE)
    monkeypatch.setenv("BAD", "a b\r\n")
    with pytest.raises(UsageError):
        enrol.read_code(None, "BAD")
    (tmp_path / "code").write_text(CODE)
    (tmp_path / "code").chmod(0o644)
    with pytest.raises(UsageError, match="open to others"):
        enrol.read_code(tmp_path / "code", None)


def test_a_box_has_a_number_that_is_not_its_machine_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine_id = "3d1219c7c4c5404aaa1f6d2a48adfda4"
    (tmp_path / "machine-id").write_text(machine_id + "\n")
    monkeypatch.setattr(enrol, "_MACHINE_ID", tmp_path / "machine-id")
    number = read_box_id(None)
    assert number == read_box_id(None)
    assert len(number) == 32
    assert machine_id not in number
    for bad in ("short", "has blank 1", "x" * 65, "../../etc1"):
        with pytest.raises(UsageError):
            read_box_id(bad)
    (tmp_path / "machine-id").write_text("uninitialized\n")
    with pytest.raises(UsageError, match="--box-id"):
        read_box_id(None)


def test_a_key_is_in_no_repr() -> None:
    assert "kkk" not in repr(read_answer(200, json.dumps(GOOD).encode()))
    with pytest.raises(PlatformUnreachable) as caught:
        read_answer(500, json.dumps(GOOD).encode())
    assert "kkk" not in str(caught.value)
    assert residue.WARNINGS
