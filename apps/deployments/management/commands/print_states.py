"""Print transition tables: `print_states > docs/states.md` as Mermaid state diagrams, and
`print_states --matrix > docs/reference/transitions.md` as who may do what in which circumstance."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.transitions import TransitionTable
from apps.deployments.matrix import table as matrix

HEADER = "# States\n\nMade by `manage.py print_states` from the transition tables; a test compares them.\n"


def tables() -> list[TransitionTable[Any]]:
    """Every transition table that an installed app keeps in its states.py, by the name of its machine."""
    found: dict[str, TransitionTable[Any]] = {}
    for config in apps.get_app_configs():
        # The rules of a larger app are a package of its own.
        inside = f"{config.name}.rules" if find_spec(f"{config.name}.rules") else config.name
        if config.name.startswith("apps.") and find_spec(f"{inside}.states"):
            values = vars(import_module(f"{inside}.states")).values()
            found |= {value.machine: value for value in values if isinstance(value, TransitionTable)}
    return [found[machine] for machine in sorted(found)]


def diagram(table: TransitionTable[Any]) -> str:
    """A heading, the diagram, and who may take each step with the audit event it leaves."""
    rows = table.rows()
    edges = sorted({(source, target, name) for name, source, target, _, _ in rows})
    lines = [f"## {table.machine.capitalize()}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {source} --> {target} : {name}" for source, target, name in edges]
    lines += ["```", "", "| Step | From | To | Who | Audit event |", "|---|---|---|---|---|"]
    lines += [
        f"| {name} | {source} | {target} | {who} | `{verb}` |" for name, source, target, who, verb in rows
    ]
    return "\n".join(lines) + "\n"


def document() -> str:
    return "\n".join([HEADER, *(diagram(table) for table in tables())])


class Command(BaseCommand):
    help = "Print the state diagrams of the transition tables (all of docs/states.md, or one machine)."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--matrix", action="store_true", help="who may move a deployment, and when")
        parser.add_argument("machine", nargs="?", help="the name of one table, for instance deployment")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["matrix"]:
            self.stdout.write(matrix.document(), ending="")
            return
        if options["machine"] is None:
            self.stdout.write(document(), ending="")
            return
        chosen = [table for table in tables() if table.machine == options["machine"]]
        if not chosen:
            raise CommandError("there is no such table; there are: " + ", ".join(t.machine for t in tables()))
        self.stdout.write(diagram(chosen[0]), ending="")
