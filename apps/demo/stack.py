"""The whole platform on this machine, for the commands of this app: servers, web, workers, beat."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import django

from lfrplatform.embedded import Place, Supervisor, locate
from lfrplatform.embedded.environment import process_env
from lfrplatform.embedded.processes import add_platform, choose_port, prepare_platform

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Stack:
    supervisor: Supervisor
    place: Place
    base_url: str
    ws_url: str


@contextmanager
def running(instance: str, *, port: int = 8000, fresh: bool = False) -> Iterator[Stack]:
    """Bring everything up, set up Django in this process too, and take everything down at the end.

    `fresh` begins with an empty database and key store; it is for instances that hold nothing worth keeping.
    """
    place = locate(instance)
    if fresh:
        forget(place)
    supervisor = Supervisor(place)
    supervisor.start_servers()
    try:
        chosen = choose_port(port)
        prepare_platform(place, supervisor.env)
        add_platform(supervisor, chosen)
        supervisor.wait_ready()
        supervisor.watch()
        os.environ.update(process_env(place, supervisor.env))
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lfrplatform.settings.embedded")
        django.setup()
        yield Stack(supervisor, place, f"http://{HOST}:{chosen}", f"ws://{HOST}:{chosen}")
    finally:
        supervisor.stop()


def forget(place: Place) -> None:
    """Delete an instance's data, keys and passwords. Nothing of it may be running."""
    shutil.rmtree(place.home, ignore_errors=True)
    shutil.rmtree(place.var / f"keys-{place.instance}", ignore_errors=True)
    place.credentials_file.unlink(missing_ok=True)
