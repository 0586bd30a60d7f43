"""The table has a row for everything that can be opened, and no row for what is not there any more."""

import pytest

from apps.core.data import Role
from tests.access import inventory
from tests.access.table import ROLES, TableError, _route, load

TABLE = load()
HOW = "tests/access/README.md says how"


def test_every_role_has_a_column():
    assert set(ROLES) == {role.value for role in Role} - {Role.SYSTEM.value}


def test_every_address_has_a_row():
    missing = {
        f"{address.name} (/{address.pattern}) is not in the access table: add [[route]] with name ="
        f' "{address.name}" to tests/access/table/{address.app}.toml, one for each method; {HOW}'
        for address in inventory.addresses()
        if not TABLE.rows_of(address.name)
    }
    assert not missing, "\n".join(sorted(missing))


def test_no_row_is_of_an_address_that_is_gone():
    there = {address.name for address in inventory.addresses()}
    gone = {row.name: row.file for row in TABLE.routes if row.name not in there}
    assert not gone, "\n".join(
        f"{file}: {name} is no address any more: take its rows out" for name, file in gone.items()
    )


def test_every_socket_is_listed_with_what_it_answers_to():
    there = {found.path: found for found in inventory.sockets()}
    listed = {row.path: row for row in TABLE.sockets}
    assert set(there) == set(listed), f"[[socket]] rows and lfrplatform/routing.py differ; {HOW}"
    for path, found in there.items():
        row = listed[path]
        assert found.handlers == set(row.pushes), (
            f"{row.file}: {path} answers to other messages of the channel layer than the `pushes` of its row"
        )
        assert found.commands == set(row.commands), (
            f"{row.file}: {path} takes other messages from outside than the `commands` of its row"
        )


@pytest.mark.parametrize("kind", ["task", "command"])
def test_every_task_and_command_is_listed_with_what_it_takes(kind):
    there = inventory.tasks() if kind == "task" else inventory.commands()
    rows = TABLE.tasks if kind == "task" else TABLE.commands
    listed = {row.name: row.takes for row in rows}
    assert there == listed, (
        f"the [[{kind}]] rows of tests/access/table are not what there is: add, change or take out a row with"
        f" its name and what it takes; {HOW}"
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"allowed": ["god"]}, "roles are"),
        ({"allowed": "everybody"}, "roles are"),
        ({"refused": "maybe"}, "is none of"),
        ({"permitted": "yes"}, "unknown words"),
    ],
    ids=["role", "anybody", "word", "key"],
)
def test_a_slip_of_the_pen_is_no_permission(row, words):
    usual = {"name": "x", "method": "GET", "does": "x", "allowed": ["planner"]}
    with pytest.raises(TableError, match=words):
        _route("x.toml", {**usual, **row})


def test_the_page_of_the_docs_is_the_table():
    from tests.access.document import DOCUMENT, document

    assert DOCUMENT.read_text(encoding="utf-8") == document(), (
        "docs/reference/access.md is older than the table: run `python -m tests.access`"
    )
