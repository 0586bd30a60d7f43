"""`enrol`: a key for this machine, in exchange for a one-time code that an engineer was shown.

The key goes into one file and nowhere else; the code comes from a file, a variable or the keyboard. The file
is made before the code is spent, so that a key is never lost to a full disk or a wrong folder.
"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import hashlib
import hmac
import http.client
import json
import os
import re
import ssl
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from apps.relays.edge.config import ExitCode
from apps.relays.edge.fields import WireError, printable, read_uuid
from apps.relays.edge.residue import Residue, add_most_files, look
from apps.relays.edge.usage import KEY_FORM, UsageError, check_url, read_secret

PATH: Final = "/relay/enrol/"
_MACHINE_ID: Final = Path("/etc/machine-id")
_BOX_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_CODE: Final = re.compile(r"[A-Za-z0-9._-]{6,120}")
_MOST_CAMERAS: Final = 64
_MOST_ANSWER: Final = 16 * 1024
_PATIENCE_S: Final = 20.0


class EnrolmentRefused(Exception):
    """The platform gave no key. The text is its reason, printable."""


class PlatformUnreachable(Exception):
    """No answer that could be understood."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """socket and cameras (id and name) are for the engineer, who starts the relay with them; what the
    platform did not say is empty."""

    key: str = field(repr=False)
    name: str
    socket: str = ""
    cameras: tuple[tuple[UUID, str], ...] = ()

    def text(self) -> str:
        """What is printed; never the key."""
        lines = [f"enrolled as {self.name}"]
        lines += [f"platform: --url {self.socket}"] if self.socket else []
        return "\n".join(
            [*lines, *(f"camera: --camera {number}=…   ({name})" for number, name in self.cameras)]
        )


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m apps.relays.edge enrol",
        allow_abbrev=False,
        description="Gets this machine's key by a one-time code. The code is asked for when neither"
        " --code-file nor --code-env is given.",
    )
    parser.add_argument("--url", required=True, help="https://… of the platform")
    parser.add_argument("--key-file", type=Path, required=True, help="where the key is put, mode 600")
    parser.add_argument("--replace", action="store_true", help="the key file may be there: replace it")
    parser.add_argument("--code-file", type=Path, help="file with the code, readable by its owner only")
    parser.add_argument("--code-env", metavar="NAME", help="variable with the code")
    add_most_files(parser)
    parser.add_argument("--box-id", help="the box's own number, when it has no /etc/machine-id")
    parser.add_argument(
        "--allow-unencrypted", action="store_true", help="http:// (closed test networks only)"
    )
    return parser


def enrol_command(arguments: Sequence[str]) -> int:
    """Look for residue, ask for the key, keep it. Raises UsageError."""
    options = build_parser().parse_args(arguments)
    url = check_url(options.url, ("http", "https"), allow_unencrypted=options.allow_unencrypted)
    if urlsplit(url).path not in ("", "/"):
        raise UsageError("--url must be the platform's address without a path")
    box_id = read_box_id(options.box_id)
    if options.key_file.exists() and not options.replace:
        raise UsageError(
            f"{options.key_file} is there already: --replace it, which the platform then revokes"
        )
    residue = look(most_files=options.most_files)
    if residue.findings:
        print(residue.text(), file=sys.stderr)
        print(f"relay: {_report(url, options, box_id, residue)}", file=sys.stderr)
        return ExitCode.RESIDUE
    code = read_code(options.code_file, options.code_env)
    try:
        with kept_for(options.key_file) as part:
            enrolled = ask(url, enrolment(code=code, box_id=box_id, residue=residue))
            part.write(enrolled.key)
    except EnrolmentRefused as refusal:
        print(f"relay: refused: {refusal}", file=sys.stderr)
        return ExitCode.REFUSED
    except PlatformUnreachable as error:
        print(f"relay: {error}; the code may still be good", file=sys.stderr)
        return ExitCode.UNREACHABLE
    print(f"{enrolled.text()}\nthe key is in {options.key_file}")
    return ExitCode.DONE


def _report(url: str, options: argparse.Namespace, box_id: str, residue: Residue) -> str:
    """Tell the platform why this box asks for no key yet, so that whoever gave the code sees it. Returns what
    came of that, in words; a key would be dropped here."""
    try:
        code = read_code(options.code_file, options.code_env)
        ask(url, enrolment(code=code, box_id=box_id, residue=residue))
    except EnrolmentRefused as refusal:
        return f"refused: {refusal}"
    except (UsageError, PlatformUnreachable) as error:
        return f"the platform was not told: {error}"
    return "the platform gave a key all the same; it was not kept: revoke it under Equipment"


def read_code(code_file: Path | None, variable: str | None) -> str:
    """Return the one-time code. Raises UsageError, never quoting it."""
    if code_file is not None:
        code = read_secret(code_file, "code file")
    elif variable is not None:
        code = os.environ.pop(variable, "").strip()
    elif sys.stdin.isatty():
        code = getpass.getpass("One-time code: ").strip()
    else:
        raise UsageError("no code: give --code-file or --code-env")
    if not _CODE.fullmatch(code):
        raise UsageError("the one-time code is missing or not of its form")
    return code


def read_box_id(given: str | None) -> str:
    """Return the number that is this box's in every deployment, the same after each start. Raises UsageError.

    A digest of the machine id, because that itself is not to leave a machine (machine-id(5)).
    """
    if given is not None:
        if not _BOX_ID.fullmatch(given):
            raise UsageError("--box-id must have 8 to 64 letters, digits, dashes or underscores")
        return given
    try:
        machine_id = _MACHINE_ID.read_text().strip()
    except OSError as error:
        raise UsageError(f"{_MACHINE_ID} cannot be read: give --box-id") from error
    if len(machine_id) < 32:
        raise UsageError(f"{_MACHINE_ID} is not set: give --box-id")
    return hmac.new(machine_id.encode(), b"lfr relay box", hashlib.sha256).hexdigest()[:32]


def enrolment(*, code: str, box_id: str, residue: Residue) -> bytes:
    """Return the request's body."""
    return json.dumps(
        {"code": code, "box_id": box_id, "residue": residue.as_dict(now=datetime.now(UTC))}
    ).encode()


def ask(url: str, body: bytes) -> Enrolled:
    """Send the code and return the key. Follows no redirect and uses no proxy. Raises EnrolmentRefused or
    PlatformUnreachable."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connection = (
        http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=_PATIENCE_S, context=ssl.create_default_context()
        )
        if secure
        else http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE_S)
    )
    try:
        connection.request(
            "POST", PATH, body, {"Content-Type": "application/json", "Accept": "application/json"}
        )
        response = connection.getresponse()
        answer = response.read(_MOST_ANSWER + 1)
    except (OSError, http.client.HTTPException) as error:
        raise PlatformUnreachable(f"the platform does not answer ({type(error).__name__})") from error
    finally:
        connection.close()
    return read_answer(response.status, answer)


def read_answer(status: int, answer: bytes) -> Enrolled:
    """Return the key of an answer. Raises EnrolmentRefused or PlatformUnreachable; quotes no key."""
    try:
        values = json.loads(answer) if len(answer) <= _MOST_ANSWER else None
    except (ValueError, RecursionError):
        values = None
    if 400 <= status < 500:
        raise EnrolmentRefused(_reason(values) or f"HTTP status {status}")
    key = values.get("key") if isinstance(values, dict) and status == http.HTTPStatus.OK else None
    name = values.get("name") if isinstance(values, dict) else None
    if not isinstance(key, str) or not KEY_FORM.fullmatch(key) or not isinstance(name, str):
        raise PlatformUnreachable(f"the platform's answer holds no key (HTTP status {status})")
    socket = values.get("socket") if isinstance(values, dict) else None
    return Enrolled(
        key=key,
        name=printable(name),
        socket=printable(socket) if isinstance(socket, str) else "",
        cameras=tuple(_cameras(values)),
    )


def _reason(values: object) -> str:
    """What a problem document says, in a line; empty when it is none."""
    if not isinstance(values, dict):
        return ""
    reasons = values.get("reasons")
    said = [values.get("detail") or values.get("title"), *(reasons if isinstance(reasons, list) else [])]
    return printable(" ".join(dict.fromkeys(text for text in said if isinstance(text, str))))


def _cameras(values: object) -> Iterator[tuple[UUID, str]]:
    found = values.get("cameras") if isinstance(values, dict) else None
    for camera in found[:_MOST_CAMERAS] if isinstance(found, list) else []:
        if isinstance(camera, dict):
            with contextlib.suppress(WireError):
                yield read_uuid(str(camera.get("id"))), printable(str(camera.get("name", "")))


class _Part:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.written = False

    def write(self, key: str) -> None:
        os.write(self._descriptor, f"{key}\n".encode())
        os.fsync(self._descriptor)
        self.written = True


@contextlib.contextmanager
def kept_for(key_file: Path) -> Iterator[_Part]:
    """A new file beside the key file, open to its owner only, that takes its place once the key is in it and
    is gone otherwise. Raises UsageError when it cannot be made."""
    part_file = key_file.with_name(f".{key_file.name}.{os.getpid()}")
    try:
        descriptor = os.open(part_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise UsageError(f"no key can be put at {key_file} ({error.strerror})") from error
    part = _Part(descriptor)
    try:
        yield part
        if part.written:
            part_file.replace(key_file)
    finally:
        os.close(descriptor)
        part_file.unlink(missing_ok=True)
