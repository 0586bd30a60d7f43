"""The commands `backup` and `restore` as somebody runs them, and new databases to restore into."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest
from django.core.management import CommandError, call_command

from lfrplatform.embedded.roles import create_test_database, drop_test_database
from tests.support.services import TestServices


def run(*arguments: str | Path) -> str:
    """What the command said. A refusal is raised as CommandError."""
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=out)
    return out.getvalue()


def refusal(*arguments: str | Path) -> str:
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    return str(refused.value)


@contextmanager
def new_database(services: TestServices) -> Iterator[str]:
    """An empty database, to which this process and both roles' addresses point meanwhile. Gives its name."""
    name = f"{services.database}_{token_hex(3)}"
    owner = create_test_database(services.owner_url, name)
    before = os.environ["DATABASE_OWNER_URL"]
    os.environ["DATABASE_OWNER_URL"] = owner
    try:
        with _django_on(name):
            yield name
    finally:
        os.environ["DATABASE_OWNER_URL"] = before
        with psycopg.connect(services.owner_url, autocommit=True) as connection:
            drop_test_database(connection, name)


@contextmanager
def _django_on(name: str) -> Iterator[None]:
    from django.db import connection

    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
