"""docs/states.md and docs/reference/transitions.md are made from the code; here they are compared."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.deployments.rules.states import DEPLOYMENTS

DOCS = Path(__file__).resolve().parents[3] / "docs"
DOCUMENT = DOCS / "states.md"
MATRIX = DOCS / "reference" / "transitions.md"


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("print_states", *arguments, stdout=out)
    return out.getvalue()


def test_the_document_equals_the_tables():
    assert DOCUMENT.read_text(encoding="utf-8") == printed(), "run: manage.py print_states > docs/states.md"


def test_the_matrix_in_the_docs_is_what_the_gates_answer():
    found = printed("--matrix")
    assert MATRIX.read_text(encoding="utf-8") == found, (
        "run: print_states --matrix > docs/reference/transitions.md"
    )


def test_every_transition_is_an_edge_of_the_diagram():
    diagram = printed("deployment")
    assert "stateDiagram-v2" in diagram
    for step in DEPLOYMENTS:
        for source in step.sources:
            assert f"    {source} --> {step.target} : {step.name}\n" in diagram


def test_an_unknown_machine_is_named():
    with pytest.raises(CommandError, match="deployment"):
        printed("toaster")
