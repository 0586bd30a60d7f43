"""Nothing secret and no name in a log. Installed as the formatter of every handler (settings `logging`).

Four rules (docs/reference/logs.md). What an exception says is left out unless its class is known to say
nothing of people: a database error quotes the row, a validation error what was typed. Frames are printed as
file, line and function, never with values. Of an address that was asked for only those parts are said that
are the platform's own words, ids and small numbers; of a task's arguments, nothing. And whatever is left is
searched for things that look like secrets, addresses of people and the query part of an address.

Imports no Django: it is named in settings.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from types import TracebackType
from typing import Any

from apps.core.log_context import force_id, request_id

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]

WITHHELD = "[withheld]"
# Their words come from the system or from our own configuration. Subclasses count by name too: nothing else
# is imported here.
SAID = frozenset(
    {
        "CancelledError",
        "ConnectionError",
        "ConnectionRefusedError",
        "ConnectionResetError",
        "BrokenPipeError",
        "ForceContextError",
        "ImportError",
        "ImproperlyConfigured",
        "InvalidTransition",
        "MemoryError",
        "ModuleNotFoundError",
        "NotPermitted",
        "PackError",
        "RecursionError",
        "SystemExit",
        "TemplateDoesNotExist",
        "TimeoutError",
    }
)
# Their args are (errno, words of the system); a file name is not among them.
SYSTEM = OSError

_KEYWORD = (
    r"password|passwd|pwd|passphrase|secret|secret[_-]?key|client[_-]?secret|api[_-]?key|token|access[_-]?token"
    r"|refresh[_-]?token|id[_-]?token|csrfmiddlewaretoken|csrftoken|sessionid|session[_-]?key|otp|totp|credential"
    r"|display[_-]?name|username|email|login"
)
RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # scheme://user:password@host, as of a camera, a database or a broker
    (re.compile(r"(?<=://)[^\s/@'\"]+@"), f"{WITHHELD}@"),
    # Authorization: Bearer …, also as a pair of a header list
    (
        re.compile(r"(?i)\b(authorization|proxy-authorization)\b(\W{1,8})(?:[\w-]+\s+)?[^\s'\",)]+"),
        rf"\1\2{WITHHELD}",
    ),
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {WITHHELD}"),
    (re.compile(r"(?i)\b((?:set-)?cookie)\b(\W{1,8})[^\r\n'\"]+"), rf"\1\2{WITHHELD}"),
    # name=value, "name": "value", 'name': 'value'
    (
        re.compile(
            rf"(?i)\b((?:__Host-)?[\w-]*(?:{_KEYWORD}))\b(['\"]?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&)}}\]]+)"
        ),
        rf"\1\2{WITHHELD}",
    ),
    # one-time links
    (re.compile(r"(/(?:join|onboard|invitation|reset|receipt)/)[^/\s'\"?]+"), rf"\1{WITHHELD}"),
    # the query of an address: names that were searched for, codes of a sign-in elsewhere
    (re.compile(r"(?<=[\w/])\?[^\s'\"<>)]*[^\s'\"<>).,:;]"), f"?{WITHHELD}"),
    # PostgreSQL: Key (username)=(…), Failing row contains (…), CONTEXT with parameters
    (re.compile(r"(?im)^\s*(DETAIL|CONTEXT|HINT|QUERY|STATEMENT)\s*:.*$"), rf"\1: {WITHHELD}"),
    (re.compile(r"\)=\([^)]*\)"), f")=({WITHHELD})"),
    # addresses of people
    (re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), "[e-mail]"),
    # keys of sessions (not UUIDs or digests: these have no letter after f) and long random texts
    (re.compile(r"\b(?=[a-z0-9]*[g-z])(?=[a-z0-9]*\d)[a-z0-9]{32}\b"), WITHHELD),
    (
        re.compile(r"(?<![\w/-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[A-Za-z0-9_-]{32,}(?![\w-])"),
        WITHHELD,
    ),
)
CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), 127, 0x85, 0x2028, 0x2029) if code != 9}


def redact(text: str) -> str:
    """`text` without what looks like a secret or a person's address."""
    for pattern, replacement in RULES:
        text = pattern.sub(replacement, text)
    return text


def say_error(error: BaseException) -> str:
    """The class, and the words only where they can say nothing about anybody."""
    name = type(error).__name__
    if isinstance(error, SYSTEM) and error.strerror:
        return f"{name}: {error.strerror}"
    said = any(kind.__name__ in SAID for kind in type(error).__mro__)
    return f"{name}: {error}" if said and str(error) else name


class RedactingFormatter(logging.Formatter):
    """For every handler. One record is one line, but for its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        # A copy: another handler (a test's) may want the record as it was.
        record = logging.makeLogRecord(record.__dict__)
        record.msg, record.args = _message(record), None
        record.exc_text = None
        return redact(super().format(record))

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        return "\n".join(_told(ei[1]))


class JsonFormatter(RedactingFormatter):
    """For a machine that collects logs: one record is one line, which is one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "event": redact(_message(record)),
            "request_id": request_id.get(),
            "force_id": str(force_id.get() or ""),
            "error": redact(self.formatException(record.exc_info)) if record.exc_info else "",
        }
        return json.dumps({name: value for name, value in line.items() if value})


class OwnDetails(logging.Filter):
    """DEBUG is for the platform's own loggers: libraries quote there what they work on (the arguments of a
    task, the fields of a picture, the body of an answer)."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno > logging.DEBUG or record.name.partition(".")[0] in OWN


OWN = frozenset({"apps", "lfrplatform"})


def _message(record: logging.LogRecord) -> str:
    args: Any = record.args
    if isinstance(args, Mapping):
        args = {name: _argument(value, name) for name, value in args.items()}
    elif isinstance(args, tuple):
        args = tuple(_by_logger(_argument(value, ""), record.name) for value in args)
    message = say_error(record.msg) if isinstance(record.msg, BaseException) else str(record.msg)
    if record.name.startswith("django.security.") and not args:
        # Django writes what was wrong with the request, in the words of whoever sent it.
        message = "a request was refused as suspicious"
    if args:
        try:
            message = message % args
        except (TypeError, ValueError, KeyError):
            message = f"{message} (arguments that do not fit)"
    # Nobody writes a line of their own into the log.
    return message.translate(CONTROL)


# What Celery puts into its own messages: an error's words, a task's arguments, what it returned.
CELERY_WORDS = frozenset({"exc", "args", "kwargs", "return_value", "traceback"})


def _argument(value: object, name: str) -> object:
    if isinstance(value, BaseException):
        return say_error(value)
    if name in CELERY_WORDS and value not in (None, "None", "()", "{}"):
        return WITHHELD
    return value


# Loggers of whatever answers requests, and of whatever carries tasks.
SERVING = frozenset({"django", "uvicorn", "channels", "asgiref"})
CARRYING = frozenset({"celery", "kombu", "billiard", "amqp", "redis"})
# The name or id of a task, a queue, a worker, a server: no blank and no quotation mark, as arguments have.
TASK_WORD = re.compile(r"[\w.@:/+-]{0,200}")
PEER = re.compile(r"(?:\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-fA-F]*:[0-9a-fA-F:.]+\]?)(?::\d+)?")


def _by_logger(value: object, logger: str) -> object:
    """An argument, as far as what is known of its logger goes."""
    library = logger.partition(".")[0]
    if library in CARRYING and value is not None and not isinstance(value, bool | int | float):
        return value if TASK_WORD.fullmatch(str(value)) else WITHHELD
    if logger == "django.security.csrf" and isinstance(value, str) and not value.startswith("/"):
        return value.partition(" - ")[0]  # then comes the header as it was sent
    if library in SERVING and isinstance(value, str):
        return said_address(value) if value.startswith("/") else PEER.sub("[address]", value)
    return value


UNSAID = "*"
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{1,6}")


def said_address(path: str) -> str:
    """The path of a request, with a star for each part that somebody may have made up, and no query."""
    parts = path.partition("?")[0].split("/")
    return "/".join(part if _is_said(part) else UNSAID for part in parts)


def _is_said(part: str) -> bool:
    return not part or bool(ID.fullmatch(part)) or part in _own_words()


@cache
def _own_words() -> frozenset[str]:
    """The fixed parts of every address that the platform has. Asked for when there is a first request."""
    from django.urls import get_resolver

    words = {"ws", "console", "relay", "static"}
    for pattern in _patterns(get_resolver().url_patterns, ""):
        words |= {part for part in re.sub(r"\\(.)", r"\1", pattern).strip("^$").split("/") if part}
    return frozenset(word for word in words if re.fullmatch(r"[a-z0-9._-]+", word))


def _patterns(entries: Any, before: str) -> Iterator[str]:
    for entry in entries:
        pattern = before + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from _patterns(entry.url_patterns, pattern)
        else:
            yield pattern


def _told(error: BaseException | None, depth: int = 0) -> list[str]:
    """The chain of errors, the cause first. No values, no source of the user."""
    if error is None or depth > 5:
        return []
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = _told(earlier, depth + 1)
    lines += ["then:"] if lines else []
    lines.append("Traceback (most recent call last):")
    lines += [
        f'  File "{f.filename}", line {f.lineno}, in {f.name}'
        for f in traceback.extract_tb(error.__traceback__)
    ]
    lines.append(say_error(error))
    return lines


def install_hooks() -> None:
    """An error that nobody caught goes through the log too: Python's own hooks print what it says."""
    log = logging.getLogger(__name__)

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        log.critical("an error that nobody caught", exc_info=(kind, error, trace))

    def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            uncaught(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook, threading.excepthook = uncaught, uncaught_in_thread
