"""Background tasks and management commands, handed the ids of another force: nothing of it changes."""

import io
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from apps.accounts.sealing import seal
from apps.core.errors import DomainError
from apps.core.tenancy import force_context, maybe_force_id
from apps.deployments import api as deployments
from tests.access.inventory import registry
from tests.access.stage import AWAY
from tests.access.table import load

TABLE = load()
WITH_IDS = [row for row in TABLE.tasks if row.takes]
# What is handed to a task and names nothing of another force.
OTHER_VALUES = {
    "shard": lambda world: 0,
    "sealed": lambda world: seal(world.members["operator"].username, "192.0.2.1"),
    "step": lambda world: "password",
    "subject_id": lambda world: str(world.away.stage.subjects[0]),
}
# Its own test below: it takes the name of a deployment.
OF_A_DEPLOYMENT = "check_status"
OF_A_FORCE = [row for row in TABLE.commands if "--force" in row.takes and row.name != OF_A_DEPLOYMENT]


def value_of(name, world, force_id):
    """What a task is handed: the id of a force, or of a thing of the other force."""
    if name == "force_id":
        return str(force_id)
    for thing in world.away.things.values():
        if name in thing:
            return str(thing[name])
    if name in OTHER_VALUES:
        return OTHER_VALUES[name](world)
    raise AssertionError(
        f"a task takes {name}, of which tests/access/stage.py has nothing: add one to the things of a side"
    )


def nothing_is_left_open():
    assert maybe_force_id() is None
    assert not connection.in_atomic_block
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('app.force_id', true), '')")
        assert cursor.fetchone() == ("",)


@pytest.mark.parametrize("which", ["the visitors'", "one that is not there"])
@pytest.mark.parametrize("row", WITH_IDS, ids=lambda row: row.name)
def test_a_task_in_one_force_does_nothing_to_a_thing_of_another(row, which, world, untouched):
    force_id = world.home.force_id if which == "the visitors'" else uuid4()
    arguments = {name: value_of(name, world, force_id) for name in row.takes}
    said = ""
    try:
        registry()[row.name].run(**arguments)
    except DomainError as refused:
        said = str(refused)
    assert AWAY not in said.lower()
    nothing_is_left_open()


FURTHER = {
    "export_audit": ("--to", "{tmp}/record", "--reason", "A test asks for it", "--by", "A tester"),
    "foi_export": (
        *("--first", "2020-01-01", "--last", "2027-12-31", "--request", "FOI-1", "--to", "{tmp}/answer.json"),
    ),
    "invite_administrator": ("--email", "second.admin@force.example", "--reason", "A test asks for it"),
}


@pytest.mark.parametrize("row", OF_A_FORCE, ids=lambda row: row.name)
def test_a_command_for_one_force_says_and_does_nothing_about_another(row, world, untouched, tmp_path):
    further = [each.format(tmp=tmp_path) for each in FURTHER.get(row.name, ())]
    out = io.StringIO()
    call_command(row.name, "--force", world.home.stage.force.slug, *further, stdout=out, stderr=out)
    assert AWAY not in (out.getvalue() + written(tmp_path)).lower()
    nothing_is_left_open()


def test_a_status_file_of_one_force_checks_nobody_of_another(world, untouched, tmp_path):
    file = tmp_path / "status.csv"
    file.write_text("reference,status,checked_at\nTS-001,unknown,2026-01-01T00:00+00:00\n")
    with force_context(world.away.force_id):
        reference = deployments.get(deployment_id=world.away.stage.deployment_id).reference
    for further in (("--whole",), ()):
        with pytest.raises(CommandError) as refused:
            call_command(
                OF_A_DEPLOYMENT, "--force", world.home.stage.force.slug, "--deployment", reference,
                "--by", "x", "--file", str(file), "--at-most", "99", *further, stdout=io.StringIO(),
            )  # fmt: skip
        assert AWAY not in str(refused.value).lower()
    nothing_is_left_open()


def written(folder):
    return "".join(file.read_text(encoding="utf-8") for file in folder.rglob("*") if file.is_file())


def test_a_force_that_leaves_hears_of_itself_only(world, untouched, tmp_path):
    export = ("export", "--force", world.home.stage.force.slug, "--to", str(tmp_path / "export"))
    with pytest.raises(CommandError) as refused:  # it is at work
        call_command("force_leave", *export, stdout=io.StringIO())
    assert AWAY not in (str(refused.value) + written(tmp_path)).lower()


def test_a_purge_that_only_simulates_changes_nothing(world, untouched):
    call_command("purge", "--simulate", stdout=io.StringIO())
    nothing_is_left_open()


def test_recognition_is_sent_out_for_each_force_with_its_own_things(world, monkeypatch):
    sent = []
    task = registry()["live.recognise_shard"]
    monkeypatch.setattr(type(task), "apply_async", lambda self, args, **_: sent.append(args))
    registry()["live.dispatch_shards"].run()
    sides = {str(side.force_id): str(side.stage.deployment_id) for side in (world.home, world.away)}
    assert {force for force, _, _ in sent} == set(sides)
    assert all(sides[force] == deployment for force, deployment, _ in sent)
    nothing_is_left_open()
