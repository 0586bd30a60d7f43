"""Who left, who agreed to be on the Blue List and who wrote old settings go by the years of the force."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from apps.accounts import retention_leavers
from apps.accounts.models import (
    Breach,
    CollarNumber,
    Invitation,
    RoleGrant,
    TrainingCertificate,
    User,
)
from apps.audit import api as audit
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.tenancy import force_context
from apps.deployments.models import Deployment
from apps.forces import api as forces
from apps.forces.models import ForceSettingsVersion
from apps.retention import api
from apps.watchlists.models import Consent, ConsentWithdrawal
from tests.support.alert_stage import make_stage
from tests.support.consents import agree
from tests.support.years import DAY, set_years, years

CLASSES = {"staff", "blue_list_consents", "settings_names"}
KEYS_TO_PEOPLE = """
SELECT DISTINCT conrelid::regclass::text FROM pg_constraint
 WHERE contype = 'f' AND confrelid = 'accounts_user'::regclass
"""


@pytest.fixture
def stage(real_db):
    return make_stage("north")


def run(stage):
    done = api.run_due(force_id=stage.force.id, now=utc_now())
    assert done.problems == ()
    return {one.data_class: one for one in done.certificates if one.data_class in CLASSES}


def leaver(stage, left_at, name="leaver", *, holds=False):
    """Somebody with everything that a force has of a person; their last role ended at `left_at`."""
    person = stage.person(name, Role.OPERATOR).actor
    with stage.context():
        RoleGrant.objects.filter(user_id=person.id).update(
            granted_at=left_at - DAY, revoked_at=None if holds else left_at
        )
        Invitation.objects.filter(user_id=person.id).update(
            created_at=left_at - 2 * DAY, expires_at=left_at - DAY, used_at=left_at - DAY
        )
        Invitation.objects.create(
            user_id=person.id, token_sha256=uuid4().bytes * 2, created_at=left_at - 2 * DAY,
            created_by="admin", expires_at=left_at - DAY,
        )  # fmt: skip
        TrainingCertificate.objects.filter(user_id=person.id).update(recorded_at=left_at - 2 * DAY)
        TrainingCertificate.objects.create(
            user_id=person.id, role=Role.OPERATOR.value, course="LFR operator", recorded_by="admin",
            issued_date=(left_at - 9 * DAY).date(), expires_date=(left_at + DAY).date(),
            recorded_at=left_at - 2 * DAY,
        )  # fmt: skip
        CollarNumber.objects.create(
            user_id=person.id, number=uuid4().hex[:8], recorded_at=left_at - 2 * DAY, recorded_by="admin"
        )
        Breach.objects.create(
            kind="lost_handset", subject_id=person.id, summary="A handset was lost.", recorded_by="admin",
            found_at=left_at - DAY, ico_due_at=left_at,
        )  # fmt: skip
    return person.id


def here(stage, person):
    with stage.context():
        parts = (RoleGrant, Invitation, TrainingCertificate, CollarNumber)
        return User.objects.filter(id=person).exists(), sum(
            model.objects.filter(user_id=person).count() for model in parts
        )


def execute(stage, statement, arguments=()):
    with stage.context(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, arguments)


def forget(force_id, people, *, context=None):
    with force_context(context or force_id), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_forget_left(%s, %s)", [force_id, list(people)])
        return cursor.fetchall()


def test_who_left_goes_with_everything_that_the_force_has_of_them(stage):
    young, old = leaver(stage, utc_now() - years(7) + 2 * DAY, "young"), leaver(stage, utc_now() - years(7))
    certificate = run(stage)["staff"]
    assert certificate.subject_id == stage.force.id, "a certificate has nobody's id"
    assert certificate.counts == {
        "people": 1, "accounts": 1, "roles": 1, "links": 1, "certificates": 2, "collar_numbers": 1
    }  # fmt: skip
    assert here(stage, old) == (False, 0)
    assert here(stage, young) == (True, 5)
    with stage.context():
        # What was lost stays on record, without who lost it.
        assert Breach.objects.filter(subject_id=None).count() == 1
        event = AuditEvent.objects.get(verb="person.deleted")
    assert event.object_id == old
    assert "leaver" not in str(event.payload)
    assert run(stage) == {}
    with stage.context():
        assert retention_leavers.verify(utc_now()) == []


def test_who_works_here_stays_however_long_ago_they_came(stage):
    person = leaver(stage, utc_now() - years(30), holds=True)
    assert "staff" not in run(stage)
    assert here(stage, person) == (True, 5)


def test_nobody_goes_while_a_deployment_from_their_time_is_kept(stage):
    left = utc_now() - years(9)
    person = leaver(stage, left)
    with stage.context():
        Deployment.objects.filter(id=stage.deployment_id).update(created_at=left - DAY)
    assert "staff" not in run(stage)
    with pytest.raises(ProgrammingError, match="from their time"):
        forget(stage.force.id, [person])
    assert here(stage, person) == (True, 5)
    with stage.context():
        assert retention_leavers.due_count(utc_now()) == 0, "nothing is overdue: it is kept for a reason"
        Deployment.objects.filter(id=stage.deployment_id).update(created_at=left + DAY)
    assert "staff" in run(stage)


def test_the_oversight_body_reads_a_code_and_no_id_of_who_was_deleted(stage):
    person = leaver(stage, utc_now() - years(8))
    code = None
    with stage.context():
        code = audit.pseudonym(person)
    run(stage)
    body = stage.person("body", Role.OVERSIGHT).client()
    for address in ("/audit/?verb=person.deleted", "/audit/?verb=retention.certified", "/audit/"):
        page = body.get(address).content.decode()
        assert str(person) not in page
    assert code in body.get("/audit/?verb=person.deleted").content.decode()
    day = f"{utc_now() - timedelta(hours=2):date=%Y-%m-%d&time=%H:%M}"
    told = body.get(f"/people/on/?{day}").content.decode()
    assert "has deleted 1 person who has left since then" in " ".join(told.split())


def test_another_force_keeps_whom_it_still_has(stage):
    other = make_stage("south")
    person = leaver(stage, utc_now() - years(8))
    with other.context():
        RoleGrant.objects.create(
            user_id=person, role=Role.PLANNER.value, granted_at=utc_now(), granted_by="admin"
        )
    counts = run(stage)["staff"].counts
    assert "accounts" not in counts
    assert here(stage, person) == (True, 0)
    assert here(other, person) == (True, 1)


def test_the_years_of_the_force_count(stage):
    person = leaver(stage, utc_now() - years(3))
    assert "staff" not in run(stage)
    set_years(stage, decision_log_years=2)
    assert "staff" in run(stage)
    assert here(stage, person) == (False, 0)


def test_the_database_refuses_to_delete_anybody_else(stage):
    young = leaver(stage, utc_now() - years(7) + 2 * DAY, "young")
    old, works = leaver(stage, utc_now() - years(8)), stage.operator.actor.id
    for asked in ([young], [works], [old, works], [uuid4()]):
        with pytest.raises(ProgrammingError, match="left within the years"):
            forget(stage.force.id, asked)
    assert here(stage, old) == (True, 5)
    other = make_stage("south")
    with pytest.raises(ProgrammingError, match="another force"):
        forget(stage.force.id, [old], context=other.force.id)
    with pytest.raises(ProgrammingError, match="left within the years"):
        forget(other.force.id, [old])
    for table in ("accounts_user", "accounts_rolegrant", "watchlists_consent"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            execute(stage, f"DELETE FROM {table}")


def test_every_key_to_a_person_is_known_to_the_function(real_db):
    with connection.cursor() as cursor:
        cursor.execute(KEYS_TO_PEOPLE)
        tables = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'accounts_forget_left'")
        (source,) = cursor.fetchone()
    assert {table for table in tables if f"public.{table} " not in source} == set()


def test_that_somebody_agreed_goes_years_after_it_ended(stage):
    agree(stage.force.id, "TS-HOLDS", "TS-OLD", "TS-YOUNG", "TS-OPEN")
    now = utc_now()
    ended = {"TS-OLD": now - years(7), "TS-YOUNG": now - years(7) + 2 * DAY, "TS-OPEN": now - years(8)}
    with stage.context():
        for reference, at in ended.items():
            row = Consent.objects.get(reference=reference)
            row.withdrawn_at = at
            row.closed_at = None if reference == "TS-OPEN" else at + timedelta(minutes=1)
            row.save(update_fields=["withdrawn_at", "closed_at"])
        held = Consent.objects.get(reference="TS-HOLDS").id
    with pytest.raises(ProgrammingError, match="is not deleted"):
        execute(stage, "SELECT watchlists_delete_consents(%s, %s)", [stage.force.id, [held]])
    certificate = run(stage)["blue_list_consents"]
    assert certificate.counts == {"consents": 1}
    with stage.context():
        # Closed only now, the other goes at the next look.
        assert set(Consent.objects.values_list("reference", flat=True)) >= {"TS-HOLDS", "TS-YOUNG"}
        assert not Consent.objects.filter(reference="TS-OLD").exists()
    run(stage)
    with stage.context():
        assert not Consent.objects.filter(reference="TS-OPEN").exists()


def test_who_withdrew_goes_with_what_they_had_agreed_to(stage):
    now = utc_now()
    with stage.context():
        for reference, at in (("ts-old", now - years(7)), ("ts-young", now - years(7) + 2 * DAY)):
            ConsentWithdrawal.objects.create(
                consent_reference=reference, withdrawn_at=at, recorded_by_id=uuid4(),
                recorded_by_label="PC Volunteer",
            )  # fmt: skip
    assert run(stage)["blue_list_consents"].counts == {"names": 1}
    with stage.context():
        told = dict(ConsentWithdrawal.objects.values_list("consent_reference", "recorded_by_label"))
    assert told == {"ts-old": "", "ts-young": "PC Volunteer"}, "the reference stays: no list names it again"
    assert run(stage) == {}


def test_who_wrote_settings_goes_years_after_others_replaced_them(stage):
    now = utc_now()
    with stage.context():
        first = ForceSettingsVersion.objects.get()
        for number, at in ((2, now - years(9)), (3, now - years(7)), (4, now - years(7) + 2 * DAY)):
            ForceSettingsVersion.objects.create(
                number=number, values=first.values, changed_by=f"Admin {number}", reason="Because.", at=at
            )
    certificate = run(stage)["settings_names"]
    assert certificate.counts == {"names": 1}
    with stage.context():
        told = {version.number: version.changed_by for version in forces.history(force_id=stage.force.id)}
        values = set(map(str, ForceSettingsVersion.objects.values_list("values", flat=True)))
    assert told[2] == "somebody whose name the schedule has deleted"
    assert (told[3], told[4]) == ("Admin 3", "Admin 4")
    assert len(values) == 1, "the settings themselves stay"


def test_a_simulated_purge_deletes_nobody(stage, capsys):
    person = leaver(stage, utc_now() - years(9))
    call_command("purge", "--simulate")
    assert "staff" in capsys.readouterr().out
    assert here(stage, person) == (True, 5)
