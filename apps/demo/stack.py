"""The whole platform on this machine, for the commands of this app: servers, web, workers, beat."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import django

from lfrplatform.embedded import Place, Supervisor, locate
from lfrplatform.embedded.environment import process_env
from lfrplatform.embedded.lock import SUPERVISOR, InstanceLock
from lfrplatform.embedded.processes import (
    PUBLIC_HOST,
    ProcessDefinition,
    choose_port,
    platform_processes,
    prepare_platform,
)

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Stack:
    supervisor: Supervisor
    place: Place
    base_url: str
    ws_url: str
    held: tuple[ProcessDefinition, ...] = ()

    def release(self) -> None:
        """Start what was held back."""
        for definition in self.held:
            self.supervisor.add_process(definition.name, definition.argv, definition.env, definition.ready)


@contextmanager
def running(
    instance: str,
    *,
    port: int = 8000,
    fresh: bool = False,
    settings: Mapping[str, str] | None = None,
    hold: Collection[str] = (),
) -> Iterator[Stack]:
    """Bring everything up, set up Django in this process too, and take everything down at the end.

    `fresh` begins with an empty database and key store; it is for instances that hold nothing worth keeping.
    `settings` are told to every process. Processes named in `hold` start with `Stack.release`.
    """
    place = locate(instance)
    if fresh:
        forget(place)
    supervisor = Supervisor(place)
    supervisor.start_servers()
    try:
        chosen = choose_port(port)
        prepare_platform(place, supervisor.env)
        supervisor.update_env({**(settings or {}), "LFR_PUBLIC_BASE_URL": f"http://{PUBLIC_HOST}:{chosen}"})
        stack = _start_processes(supervisor, place, chosen, hold)
        supervisor.wait_ready()
        supervisor.watch()
        os.environ.update(process_env(place, supervisor.env))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lfrplatform.settings.embedded")
        django.setup()
        yield stack
    finally:
        _hurry_when_asked_again(supervisor)
        supervisor.stop()


def _start_processes(supervisor: Supervisor, place: Place, port: int, hold: Collection[str]) -> Stack:
    definitions = platform_processes(place, port)
    held = tuple(definition for definition in definitions if definition.name in hold)
    for definition in definitions:
        if definition not in held:
            supervisor.add_process(definition.name, definition.argv, definition.env, definition.ready)
    return Stack(supervisor, place, f"http://{HOST}:{port}", f"ws://{HOST}:{port}", held)


def _hurry_when_asked_again(supervisor: Supervisor) -> None:
    """From here on another Ctrl-C shortens the waiting instead of leaving processes behind."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: supervisor.hurry())


def forget(place: Place) -> None:
    """Delete an instance's data, keys and passwords. Raises AlreadyRunning, with nothing deleted, while it
    runs."""
    if place.home.exists():
        lock = InstanceLock(place)
        lock.acquire(SUPERVISOR)
        try:
            shutil.rmtree(place.home, ignore_errors=True)
        finally:
            lock.release()
    for name in ("keys", "anchors", "anchor-key"):
        shutil.rmtree(place.var / f"{name}-{place.instance}", ignore_errors=True)
    place.credentials_file.unlink(missing_ok=True)
