"""Which migrations this version has, and which the database has.

A process of a version that the database is not ready for would fail at the first row. So it does not start
(docs/how-to/administrator/upgrade.md).
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module, util

from django.apps import apps
from django.db import connection

from apps.ops.problems import Problem

# A migration with this word in its name takes away what the version before it still uses.
CONTRACTS = "contract"
SHOWN = 3


@cache
def on_disk() -> frozenset[str]:
    """Every migration of every installed app, by app and name. None is loaded."""
    return frozenset(
        f"{config.label}.{module.name}"
        for config in apps.get_app_configs()
        if util.find_spec(f"{config.name}.migrations") is not None
        for module in pkgutil.iter_modules(import_module(f"{config.name}.migrations").__path__)
        if not module.ispkg and module.name[0].isdigit()
    )


def applied() -> frozenset[str]:
    labels = [config.label for config in apps.get_app_configs()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.django_migrations') IS NULL")
        if cursor.fetchone()[0]:
            return frozenset()
        cursor.execute("SELECT app, name FROM django_migrations WHERE app = ANY(%s)", [labels])
        return frozenset(f"{app}.{name}" for app, name in cursor.fetchall())


def migration_problems() -> list[Problem]:
    """A database that is older than this process is refused; a newer one only when something was taken away.

    So two versions work side by side: the newer one starts after `migrate`, the older one goes on until it is
    stopped, and starts again should it have to.
    """
    here, there = on_disk(), applied()
    found = []
    if missing := sorted(here - there):
        found.append(
            Problem(
                "migrations_missing",
                f"the database lacks {len(missing)} migrations ({_some(missing)}): run `manage.py migrate` as"
                " the owner, then start this version",
            )
        )
    if taken := sorted(name for name in there - here if CONTRACTS in name):
        found.append(
            Problem(
                "migrations_ahead",
                f"the database is of a newer version that took away what this one uses ({_some(taken)}):"
                " start the newer version",
            )
        )
    return found


def restore_problems() -> list[Problem]:
    """What a restore brought back is purged and verified before anything reads it."""
    if not being_restored():
        return []
    return [
        Problem(
            "being_restored",
            "this database is being restored, or a restore was not finished: wait for it; if none is under"
            " way, drop the database and restore again",
        )
    ]


def being_restored() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        return bool(cursor.fetchone()[0] == RESTORING)


RESTORING = "lfr: being restored"


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + ("…" if len(names) > SHOWN else "")
