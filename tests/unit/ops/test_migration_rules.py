"""Add in one release, take away in the next: two releases of workers share one database meanwhile."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from django.db.migrations import operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from apps.ops import schema_version
from lfrplatform.embedded.place import CLONE
from tests.support.migration_rules import breaking, reasons

# One file of names for each release: schema_0_1_0.txt is that of the first.
RELEASES = sorted((CLONE / "tests" / "support").glob("schema_[0-9]_*_*.txt"))
# Steps that look as if they broke the release before, and why they do not: (migration, reason) of `breaking`.
EXCEPTED: dict[tuple[str, str], str] = {}


def names(path):
    return frozenset(path.read_text().split())


def ours():
    return frozenset(config.label for config in apps.get_app_configs() if config.name.startswith("apps."))


def unused_since(name):
    """The release that no longer used what this `contract` migration takes away: it says so itself."""
    migration = MigrationLoader(None).disk_migrations[tuple(name.split("."))]
    return getattr(migration, "unused_since", "")


def test_no_migration_takes_away_what_the_release_before_uses():
    """A migration whose name has `contract` in it may, and says `unused_since = "0.2.0"`: a release that is
    out, and lived without."""
    out = {path.stem.removeprefix("schema_").replace("_", ".") for path in RELEASES}
    wrong = [
        f"{name}: {why}"
        for name, why in breaking(frozenset().union(*map(names, RELEASES)), ours())
        if (name, why) not in EXCEPTED
        and not (schema_version.CONTRACTS in name and unused_since(name) in out)
    ]
    assert wrong == [], "\n".join(wrong)


def test_what_a_release_had_stays_under_its_name():
    for path in RELEASES:
        assert names(path) <= schema_version.on_disk(), path.name


def test_every_exception_is_still_needed():
    assert EXCEPTED.keys() <= set(breaking(frozenset(), ours()))


def state():
    fields = [
        ("id", models.BigAutoField(primary_key=True)),
        ("word", models.CharField(max_length=20)),
        ("maybe", models.CharField(max_length=20, null=True)),
        ("known", models.IntegerField(db_default=0)),
    ]
    once = models.UniqueConstraint(fields=["word"], name="once")
    short = models.CheckConstraint(condition=models.Q(known__gte=0), name="short")
    found = ProjectState()
    found.add_model(ModelState("live", "Thing", fields, {"constraints": [once, short]}))
    return found


BREAKS = [
    operations.RemoveField("thing", "word"),
    operations.RenameField("thing", "word", "words"),
    operations.DeleteModel("Thing"),
    operations.RenameModel("Thing", "Other"),
    operations.AlterModelTable("thing", "other"),
    operations.AddField("thing", "added", models.IntegerField()),
    operations.AddField("thing", "added", models.IntegerField(default=0)),
    operations.AlterField("thing", "maybe", models.CharField(max_length=20)),
    operations.AlterField("thing", "word", models.CharField(max_length=10)),
    operations.AlterField("thing", "word", models.IntegerField()),
    operations.AlterField("thing", "known", models.IntegerField()),
    operations.RemoveConstraint("thing", "once"),
    operations.RunSQL("ALTER TABLE live_thing DROP COLUMN word"),
    operations.RunSQL([("ALTER TABLE live_thing RENAME COLUMN word TO words", [])]),
    operations.RunSQL(["SELECT 1", "ALTER TABLE live_thing ALTER COLUMN maybe SET NOT NULL"]),
    operations.RunSQL("ALTER TABLE live_thing ALTER COLUMN word TYPE text"),
    operations.RunSQL("ALTER TABLE live_thing ADD COLUMN added integer NOT NULL"),
    operations.RunSQL("DROP FUNCTION live_erase(uuid)"),
    operations.SeparateDatabaseAndState(database_operations=[operations.RemoveField("thing", "word")]),
]
ADDS = [
    operations.AddField("thing", "added", models.IntegerField(null=True)),
    operations.AddField("thing", "added", models.IntegerField(db_default=0)),
    operations.AddField("thing", "added", models.IntegerField(default=0, db_default=0)),
    operations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    operations.AlterField("thing", "word", models.CharField(max_length=40)),
    operations.AlterField("thing", "word", models.CharField(max_length=20, null=True)),
    operations.RemoveConstraint("thing", "short"),
    operations.RunSQL("ALTER TABLE live_thing ADD COLUMN added integer NOT NULL DEFAULT 0"),
    operations.RunSQL("CREATE OR REPLACE FUNCTION live_erase(uuid) RETURNS void AS $$ $$ LANGUAGE sql"),
    operations.RunSQL("REVOKE ALL ON FUNCTION live_erase(uuid) FROM PUBLIC"),
    operations.SeparateDatabaseAndState(state_operations=[operations.RemoveField("thing", "word")]),
]


@pytest.mark.parametrize("step", BREAKS, ids=lambda step: f"{type(step).__name__}-{step.describe()[:50]}")
def test_a_step_that_breaks_the_release_before_is_found(step):
    assert list(reasons(step, state(), "live"))


@pytest.mark.parametrize("step", ADDS, ids=lambda step: f"{type(step).__name__}-{step.describe()[:50]}")
def test_a_step_that_only_adds_is_let_through(step):
    assert list(reasons(step, state(), "live")) == []
