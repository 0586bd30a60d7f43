"""docs/states.md is made from the transition tables; here they are compared."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.deployments.states import DEPLOYMENTS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "states.md"


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("print_states", *arguments, stdout=out)
    return out.getvalue()


def test_the_document_equals_the_tables():
    assert DOCUMENT.read_text(encoding="utf-8") == printed(), "run: manage.py print_states > docs/states.md"


def test_every_transition_is_an_edge_of_the_diagram():
    diagram = printed("deployment")
    assert "stateDiagram-v2" in diagram
    for step in DEPLOYMENTS:
        for source in step.sources:
            assert f"    {source} --> {step.target} : {step.name}\n" in diagram


def test_an_unknown_machine_is_named():
    with pytest.raises(CommandError, match="deployment"):
        printed("toaster")
