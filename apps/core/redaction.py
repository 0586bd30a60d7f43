"""Nothing secret and no name in a log. Installed as the formatter of every handler (settings `logging`).

Two rules. What an exception says is left out unless its class is known to say nothing of people: a database
error quotes the row, a validation error what was typed. Frames are printed as file, line and function, never
with values. And whatever is left is searched for things that look like secrets, addresses of people and the
query part of an address.

Imports no Django: it is named in settings.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

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
        "NoReverseMatch",
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


def _message(record: logging.LogRecord) -> str:
    args: Any = record.args
    if isinstance(args, Mapping):
        args = {name: _argument(value, name) for name, value in args.items()}
    elif isinstance(args, tuple):
        args = tuple(_argument(value, "") for value in args)
    message = say_error(record.msg) if isinstance(record.msg, BaseException) else str(record.msg)
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
