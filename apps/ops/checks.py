"""Boot checks (invariant 11): a process that could leave a trace, or pass by the wall, does not start.

`assert_boot` is called by every server and worker; `manage.py check --deploy` prints the same as system
checks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis as redis_errors
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, connections

from apps.audit import api as audit
from apps.core import redis
from apps.core.dumps import forbid_core_dumps
from apps.ops.key_store import elsewhere_problems
from apps.ops.memory import memory_problems
from apps.ops.problems import Problem
from apps.ops.production import production_problems
from apps.ops.schema_version import migration_problems, restore_problems
from apps.recognition import api as recognition
from apps.recognition.api import PackError
from apps.vault import api as vault

__all__ = ["Problem", "assert_boot", "boot_problems"]

MINIMUM_POSTGRES = 160000
MINIMUM_VECTOR = (0, 8)
MAXIMUM_CLOCK_DIFFERENCE = timedelta(seconds=2)
# Names a force that is no more, by what it published itself: nobody could be inside its wall.
OUTSIDE_THE_WALL = ("forces_departedforce",)
# A statement, its parameters or its plan in a log is a template on disk.
POSTGRES_SETTINGS = {
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    # An error's own words quote the value that was wrong, its DETAIL the row that was there already.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
}
# Valkey holds frames for seconds: never on disk, nor in its log of slow commands, which quotes arguments.
VALKEY_SETTINGS = {"save": "", "appendonly": "no", "slowlog-log-slower-than": "-1"}


def assert_boot() -> None:
    """Raise ImproperlyConfigured with everything that is wrong. Also forbids core dumps for good.

    May be called inside a running event loop: the questions to the servers are asked from a thread.
    """
    forbid_core_dumps()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="boot-check") as thread:
        found = thread.submit(ask_and_hang_up).result()
    if found:
        raise ImproperlyConfigured(
            "this process does not start: "
            + "; ".join(f"{problem.message} [{problem.code}]" for problem in found)
        )


def ask_and_hang_up() -> list[Problem]:
    """The pool goes too: a worker may fork after this, and a pool does not survive that."""
    try:
        return boot_problems()
    finally:
        connections["default"].close()
        connections["default"].close_pool()  # type: ignore[attr-defined]  # of the PostgreSQL backend


def boot_problems() -> list[Problem]:
    """Everything that is wrong with the process, its settings, the models, the servers and the key store."""
    return [
        *production_problems(),
        *process_problems(),
        *model_problems(),
        *key_store_problems(),
        *anchor_problems(),
        *database_problems(),
        *valkey_problems(),
    ]


def model_problems() -> list[Problem]:
    """Another file than the recorded one, no licence, or a slower processor than was asked for.

    Whether the accelerator is really active is seen where the pack is loaded: a worker that recognises does
    not start either (lfrplatform/celery.py).
    """
    try:
        recognition.assert_files()
        recognition.assert_accelerator()
    except PackError as error:
        return [Problem("model_pack", str(error))]
    return []


def process_problems() -> list[Problem]:
    found = memory_problems()
    options = settings.DATABASES["default"].get("OPTIONS", {})
    if not options.get("server_side_binding"):
        found.append(
            Problem("client_binding", "server_side_binding is off: parameters would be part of statements")
        )
    return found


def key_store_problems() -> list[Problem]:
    """The folder of keys, and the files in it, are for their owner alone, and the master key is that of the
    keys. It may not exist before the first key.
    """
    folder = Path(settings.LFR_KEYSTORE_DIR)
    if not folder.exists():
        return []
    open_ones = [path for path in (folder, folder / "master.key") if path.exists() and is_open(path)]
    if open_ones:
        return [
            Problem(
                "keys_readable",
                f"{path} can be entered or read by others: chmod go-rwx, owner {os.geteuid()}",
            )
            for path in open_ones
        ]
    foreign = vault.key_store_problem()
    return [Problem("keys_foreign", foreign)] if foreign else []


def anchor_problems() -> list[Problem]:
    """The key that signs the audit's anchors is there and for its owner alone; the folder can be written."""
    try:
        audit.signer()
    except ImproperlyConfigured as problem:
        return [Problem("anchor_key", str(problem))]
    folder = Path(settings.LFR_ANCHOR_DIR)
    if folder.exists() and not os.access(folder, os.W_OK):
        return [Problem("anchor_folder", f"{folder} cannot be written: the audit would not be anchored")]
    return []


def is_open(path: Path) -> bool:
    found = path.stat()
    return bool(found.st_mode & 0o077) or found.st_uid != os.geteuid()


def database_problems() -> list[Problem]:
    try:
        return [problem for question in DATABASE_QUESTIONS for problem in question()]
    except DatabaseError as error:
        return [Problem("database", f"the database does not answer: {type(error).__name__}")]


def rows(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def role_problems() -> list[Problem]:
    """The wall is only one for a role that owns nothing and cannot become one that does."""
    found = []
    for (name,) in rows(
        "SELECT rolname FROM pg_roles WHERE (rolsuper OR rolbypassrls)"
        " AND pg_has_role(current_user, oid, 'MEMBER')"
    ):
        found.append(
            Problem("role_bypasses", f"the database role is or can become {name}, which bypasses the wall")
        )
    owned = rows(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%%'"
        " AND c.relkind IN ('r', 'p', 'v', 'm') AND pg_has_role(current_user, c.relowner, 'MEMBER') LIMIT 3",
    )
    if owned:
        names = ", ".join(name for (name,) in owned)
        found.append(
            Problem("role_owns", f"the database role owns tables ({names}…): connect as the application")
        )
    return found


def wall_problems() -> list[Problem]:
    """A table of tenant rows that this role can read although no row-level policy guards it."""
    unguarded = rows(
        "SELECT c.relname FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'force_id'"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND NOT a.attisdropped"
        " AND c.relnamespace = 'public'::regnamespace AND has_table_privilege(current_user, c.oid, 'SELECT')"
        " AND c.relname <> ALL(%s)",
        [list(OUTSIDE_THE_WALL)],
    )
    return [
        Problem("no_wall", f"table {name} holds tenant rows without row-level security")
        for (name,) in unguarded
    ]


def setting_problems() -> list[Problem]:
    actual = dict(
        rows("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(POSTGRES_SETTINGS)])
    )
    found = [
        Problem("statement_logging", f"PostgreSQL has {name} = {actual.get(name)}, it must be {wanted}")
        for name, wanted in POSTGRES_SETTINGS.items()
        if actual.get(name) != wanted
    ]
    explain = rows("SELECT current_setting('auto_explain.log_min_duration', true)")[0][0]
    if explain not in (None, "", "-1"):
        found.append(Problem("auto_explain", "PostgreSQL logs plans with auto_explain: switch it off"))
    return found


def version_problems() -> list[Problem]:
    found = []
    version = int(rows("SELECT current_setting('server_version_num')")[0][0])
    if version < MINIMUM_POSTGRES:
        found.append(Problem("postgres_version", f"PostgreSQL 16 or later is needed, not {version // 10000}"))
    extension = rows("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
    if not extension:
        found.append(
            Problem("no_vector", "the extension `vector` (pgvector) is missing: create it as superuser")
        )
    elif tuple(int(part) for part in extension[0][0].split(".")[:2]) < MINIMUM_VECTOR:
        found.append(Problem("vector_version", f"pgvector 0.8 or later is needed, not {extension[0][0]}"))
    return found


def clock_problems() -> list[Problem]:
    theirs: datetime = rows("SELECT clock_timestamp()")[0][0]
    difference = abs(datetime.now(UTC) - theirs)
    if difference <= MAXIMUM_CLOCK_DIFFERENCE:
        return []
    seconds = difference.total_seconds()
    return [
        Problem(
            "clock", f"this machine's clock and the database's differ by {seconds:.1f} s: synchronise them"
        )
    ]


DATABASE_QUESTIONS: tuple[Callable[[], list[Problem]], ...] = (
    role_problems,
    wall_problems,
    setting_problems,
    version_problems,
    clock_problems,
    migration_problems,
    restore_problems,
    elsewhere_problems,
)


def valkey_problems() -> list[Problem]:
    """A server that will not say how it is configured is refused like one that persists."""
    client = redis.client()
    found = []
    for name, wanted in VALKEY_SETTINGS.items():
        try:
            actual = text(client.config_get(name).get(name))
        except redis_errors.RedisError as error:
            return [Problem("valkey", f"Valkey does not tell its setting {name}: {type(error).__name__}")]
        if actual != wanted:
            found.append(
                Problem(
                    "valkey_persists",
                    f"Valkey has {name} = {actual!r}, it must be {wanted!r}: frames would be kept",
                )
            )
    return found


def text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


@checks.register("lfr", deploy=True)
def system_check(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """For `manage.py check --deploy`, run as the application's role."""
    return [checks.Error(problem.message, id=f"lfr.{problem.code}") for problem in boot_problems()]
