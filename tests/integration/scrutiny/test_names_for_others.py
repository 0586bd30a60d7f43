"""Who is named to whom: in records, on the board, in results; and nobody through what somebody wrote."""

import json

import pytest
from django.test import Client

from apps.audit import api as audit
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.forms import confirmations as plan_forms
from apps.deployments.forms import deciding as forms_deciding
from apps.deployments.forms import lists as forms_list
from apps.deployments.forms import running as forms_running
from apps.scrutiny.disclosure.form import DisclosureForm
from tests.support.cast import make_cast
from tests.support.days import START, make_day

LISTED = "TS-001"
TOLD = f"Sign blown over; Robin Wren-Smythe told {LISTED}, call 07700 900123 or robin@force.example"
HIDDEN = ("Wren-Smythe", LISTED, "07700", "robin@")
PATH = "/records/lfr-2026-001/"


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.fixture
def cast(day):
    """Everybody with an account; the commander writes what nobody should, and the officer takes it back."""
    from apps.accounts.models import User

    found = make_cast(day)
    User.objects.filter(id=found["operator"].actor.id).update(display_name="Robin Wren-Smythe")
    day.to(S.LIVE)
    day.step(deployments.suspend, day.silver, START, reason=TOLD)
    return found


def code_of(day, person_id) -> str:
    with force_context(day.force.id):
        return audit.pseudonym(person_id)


def page(member, path=PATH) -> str:
    answer = member.client().get(path)
    assert answer.status_code == 200
    return answer.getvalue().decode()


def test_oversight_reads_the_code_of_the_audit_pages_and_the_force_reads_names(day, cast):
    officer = cast["officer"].actor
    code = code_of(day, officer.id)
    for path in (PATH, f"{PATH}?format=json"):
        theirs, own = page(cast["oversight"], path), page(cast["planner"], path)
        assert f"PC {code}" in theirs
        assert officer.label in own
        for member in (cast["officer"], cast["planner"], cast["silver"]):
            assert member.actor.label not in theirs
            assert str(member.actor.id) not in theirs
    log = json.loads(page(cast["oversight"], f"{PATH}?format=json"))["log"]
    told = {entry["kind"]: entry["label"] for entry in log}
    assert told["approve"] == f"PC {code}"
    assert code in page(cast["oversight"], "/audit/")


def test_what_somebody_wrote_names_nobody_in_the_record_nor_to_the_public(day, cast):
    day.step(deployments.revoke, day.officer, START, reasons=f"Stopped for good. {TOLD}")
    from apps.scrutiny import operations

    day.call(operations.publish_stopped, deployment_id=day.deployment_id, now=START)
    public = Client().get(f"/notices/{day.force.slug}/lfr-2026-001/").getvalue().decode()
    assert "Stopped for good." in public
    for text in (page(cast["oversight"]), page(cast["planner"]), public):
        assert "Sign blown over" in text
        assert not [word for word in HIDDEN if word in text]


def test_a_name_that_the_platform_does_not_know_stands_there_and_the_page_says_so(day, cast):
    """No pattern finds a passer-by's name: nothing may promise that all names are gone."""
    day.step(deployments.revoke, day.officer, START, reasons="Kofi Mensah, 07700 900123, shouted at us.")
    for reader in ("oversight", "planner"):
        record = " ".join(page(cast[reader]).split())
        assert "Kofi Mensah, [number removed], shouted at us." in record
        assert "It does not know other names: one that somebody typed" in record
        log = record.split("<h2>Decision log</h2>")[1]
        assert "names that the platform knows are taken out, other names are not" in log.split("<table")[0]
        assert "names, telephone numbers and e-mail addresses are taken out" not in record.lower()
        assert "other names are not" in page(cast[reader], "/records/")


def test_the_engineer_reads_the_board_without_names_and_the_commander_reads_what_was_written(day, cast):
    board = f"/board/{day.deployment_id}/"
    engineers = page(cast["engineer"], board)
    assert "Sign blown over" in engineers
    assert not [word for word in HIDDEN if word in engineers.replace("PC Robin Wren-Smythe", "")]
    assert TOLD in page(cast["silver"], board)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (forms_running.SuspendForm, "reason"),
        (forms_running.EndForm, "reason"),
        (forms_running.CheckForm, "note"),
        (forms_running.ReviewForm, "findings"),
        (forms_deciding.DecisionForm, "reasons"),
        (forms_deciding.RevokeForm, "reasons"),
        (forms_list.DiscardListForm, "reason"),
        (plan_forms.ChangeForm, "reason"),
        (plan_forms.CancelForm, "reason"),
        (plan_forms.SubmitForm, "answer"),
        (DisclosureForm, "reason"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_every_field_says_to_name_nobody(form, field):
    assert "Do not name anybody." in form.base_fields[field].help_text
