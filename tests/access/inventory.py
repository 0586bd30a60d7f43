"""What there is to be opened: found by asking Django, Channels and Celery, and not by reading the table."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

URLCONF = "tests.support.demo_urls"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What every consumer has from Channels; anything else a consumer defines is a message it answers to.
OF_CHANNELS = frozenset(
    {"connect", "disconnect", "receive", "dispatch", "receive_json", "channel_layer_alias"}
)


@dataclass(frozen=True)
class Address:
    """`name` with its namespace, or the pattern when it has none."""

    name: str
    pattern: str
    ids: tuple[str, ...]
    is_named: bool
    app: str


def addresses() -> list[Address]:
    from django.urls import get_resolver

    return list(_walk(get_resolver(URLCONF).url_patterns, "", ()))


def _walk(patterns: Any, before: str, spaces: tuple[str, ...]) -> Iterator[Address]:
    for entry in patterns:
        pattern = before + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from _walk(entry.url_patterns, pattern, inner)
        else:
            name = ":".join((*spaces, entry.name)) if entry.name else pattern
            app = str(entry.callback.__module__).removeprefix("apps.").partition(".")[0]
            yield Address(name, pattern, _ids(pattern), bool(entry.name), app)


def _ids(pattern: str) -> tuple[str, ...]:
    """The names of what an address takes: <uuid:deployment_id> or (?P<alert_id>…)."""

    return tuple(re.findall(r"(?:\?P<|<(?:\w+:)?)(\w+)>", pattern))


@dataclass(frozen=True)
class SocketFound:
    path: str
    consumer: type
    is_relay: bool

    @property
    def handlers(self) -> set[str]:
        """Message types of the channel layer: methods whose first argument is the message."""
        own = {
            name
            for each in self.consumer.__mro__
            if each.__module__.startswith("apps.")
            for name, value in vars(each).items()
            if inspect.iscoroutinefunction(value) and not name.startswith("_")
        }
        return {name.replace("_", ".", 1) for name in own - OF_CHANNELS}

    @property
    def commands(self) -> set[str]:
        """What it takes from outside. Declared, because no machine can read it off `receive`; that nothing
        else is answered is tried by test_access_sockets.py."""
        declared = getattr(self.consumer, "COMMANDS", None)
        assert declared is not None, (
            f"{self.consumer.__name__} has no COMMANDS: a tuple of the message types that it takes from"
            " outside, () for none, each of which is then listed in tests/access/table"
        )
        return set(declared)


def sockets() -> list[SocketFound]:
    from lfrplatform import routing

    found = []
    for patterns, is_relay in ((routing.console_patterns, False), (routing.relay_patterns, True)):
        for entry in patterns:
            consumer = entry.callback.consumer_class
            found.append(SocketFound(str(entry.pattern), consumer, is_relay))
    return found


@cache
def registry() -> dict[str, Any]:
    """Our tasks by name, as a worker has them."""
    from lfrplatform.celery import app

    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def tasks() -> dict[str, tuple[str, ...]]:
    """Our tasks and what each takes."""
    return {name: tuple(inspect.signature(task.run).parameters) for name, task in registry().items()}


def commands() -> dict[str, tuple[str, ...]]:
    """Our management commands and the options of each that are not for output only."""
    from django.core.management import get_commands
    from django.core.management.base import BaseCommand

    usual = {option for action in BaseCommand().create_parser("", "")._actions for option in _words(action)}
    found = {}
    for name, app in get_commands().items():
        if not str(app).startswith("apps."):
            continue
        command = import_module(f"{app}.management.commands.{name}").Command()
        actions = command.create_parser("manage.py", name)._actions
        found[name] = tuple(word for action in actions for word in _words(action) if word not in usual)
    return found


def _words(action: Any) -> list[str]:
    return list(action.option_strings[-1:]) or [action.dest]
