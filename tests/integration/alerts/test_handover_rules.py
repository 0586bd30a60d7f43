"""Who asks for a copy, who approves it, and what nobody can: by the operations and by the pages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from django.db import IntegrityError, transaction

from apps.alerts import api as alerts
from apps.alerts import retention
from apps.alerts.data import EngagementDecision, OperatorDecision
from apps.alerts.handover import operations, queries, recipients
from apps.alerts.handover.data import Ground, Kind, Stage, To
from apps.alerts.handover_models import HandOver, HandOverRecipient
from apps.alerts.policies import PictureGone
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import NotFound, NotPermitted, ReauthenticationNeeded, RuleViolated
from apps.vault import api as vault
from tests.support import handing
from tests.support.engaging import do

STOPPED = {"kind": Kind.RESTRICTION, "ground": Ground.PERSON_STOPPED}


@pytest.fixture
def alert(stage):
    handing.recorded(stage)
    handing.recorded(stage, To.PROFESSIONAL_STANDARDS)
    return handing.arrested(stage)


def decide(stage, found, actor):
    return stage.within(operations.approve, hand_over_id=found.id, actor=actor, now=utc_now())


class TestWhoAsks:
    @pytest.mark.parametrize("role", [Role.ENGAGEMENT_OFFICER, Role.SILVER_COMMANDER, Role.PLANNER])
    def test_these_may(self, stage, alert, role):
        someone = stage.person(f"a-{role}", role).actor
        assert handing.asked(stage, alert, actor=someone).requested_by == someone.label

    @pytest.mark.parametrize(
        "role",
        [Role.OPERATOR, Role.OVERSIGHT, Role.SYSTEM_ENGINEER, Role.FORCE_ADMIN, Role.AUTHORISING_OFFICER],
    )
    def test_these_may_not(self, stage, alert, role):
        with pytest.raises(NotPermitted):
            handing.asked(stage, alert, actor=stage.person(f"a-{role}", role).actor)

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.OVERSIGHT, Role.SYSTEM_ENGINEER, Role.FORCE_ADMIN])
    def test_nor_may_they_see_a_page_or_collect(self, stage, alert, role):
        found = handing.approved(stage, alert)
        client = stage.person(f"a-{role}", role).client()
        address = f"/alerts/{alert.id}/hand-over/"
        assert client.get(address).status_code == 403
        assert client.get("/hand-overs/").status_code == 403
        answer = client.post(f"{address}copy", {"hand_over": str(found.id)})
        assert answer.status_code == 403

    def test_another_force_finds_nothing(self, stage, other_stage, alert):
        found = handing.approved(stage, alert)
        client = other_stage.silver.client()
        address = f"/alerts/{alert.id}/hand-over/"
        assert client.get(address).status_code == 404
        assert client.post(f"{address}copy", {"hand_over": str(found.id)}).status_code == 404
        with pytest.raises(NotFound):
            other_stage.within(
                operations.collect,
                hand_over_id=found.id,
                actor=handing.approver(other_stage),
                now=utc_now(),
            )
        assert "Alert" not in client.get("/hand-overs/").content.decode().split("<h1>")[1]


class TestWhatIsAsked:
    def test_a_reason_is_wanted(self, stage, alert):
        with pytest.raises(RuleViolated, match="Write why"):
            handing.asked(stage, alert, reason="because")

    def test_a_restriction_says_who_asked_and_a_complaint_has_its_reference(self, stage, alert):
        with pytest.raises(RuleViolated, match="who asked"):
            handing.asked(stage, alert, Kind.RESTRICTION)
        with pytest.raises(RuleViolated, match="reference of the complaint"):
            handing.asked(stage, alert, Kind.RESTRICTION, ground=Ground.COMPLAINT)

    def test_twice_is_refused_and_again_after_a_refusal_is_not(self, stage, alert):
        found = handing.asked(stage, alert)
        with pytest.raises(RuleViolated, match="already"):
            handing.asked(stage, alert)
        stage.within(
            operations.refuse,
            hand_over_id=found.id,
            words="Not needed for this charge.",
            actor=handing.approver(stage),
            now=utc_now(),
        )
        assert handing.asked(stage, alert).id != found.id

    def test_a_restriction_is_asked_for_of_a_rejected_alert_and_not_of_one_under_decision(self, stage):
        open_alert = stage.raise_alert()
        with pytest.raises(RuleViolated, match="still decide"):
            handing.asked(stage, open_alert, **STOPPED)
        stage.decide(open_alert.id, OperatorDecision.NOT_A_MATCH)
        assert handing.asked(stage, open_alert, **STOPPED).kind is Kind.RESTRICTION


class TestWhoApproves:
    def test_not_whoever_asked(self, stage, alert):
        silver = stage.silver.actor
        found = handing.asked(stage, alert, actor=silver)
        with pytest.raises(NotPermitted, match="somebody else"):
            decide(stage, found, silver)

    def test_not_whoever_decided_on_the_alert(self, stage, alert):
        both = stage.person("both", Role.ENGAGEMENT_OFFICER, Role.SILVER_COMMANDER)
        other = handing.engaging.dispatched(stage, 1)
        about = {"decision": EngagementDecision.ENGAGE, "reason": "", "actor": both.actor}
        do(stage, alerts.engagement_decide, other, **about)
        do(stage, alerts.identity_contradicted, other, actor=both.actor)
        found = handing.asked(stage, other, **STOPPED)
        with pytest.raises(NotPermitted, match="decided on this alert"):
            decide(stage, found, both.actor)

    def test_not_without_proving_who_they_are(self, stage, alert):
        found = handing.asked(stage, alert)
        forgetful = replace(handing.approver(stage), reauthenticated=False)
        with pytest.raises(ReauthenticationNeeded):
            decide(stage, found, forgetful)
        client = stage.person("superintendent").client(proved=False)
        about = {"step": "approve", "hand_over": str(found.id)}
        answer = client.post(f"/alerts/{alert.id}/hand-over/", about)
        assert answer.status_code == 302
        assert "confirm" in answer["Location"] or "reauth" in answer["Location"]
        assert not as_it_is(stage, found).approved

    @pytest.mark.parametrize("role", [Role.ENGAGEMENT_OFFICER, Role.PLANNER, Role.OPERATOR, Role.FORCE_ADMIN])
    def test_not_by_another_role(self, stage, alert, role):
        found = handing.asked(stage, alert)
        with pytest.raises(NotPermitted):
            decide(stage, found, stage.person(f"a-{role}", role).actor)

    def test_nobody_collects_before_it_nor_a_third_person_after_it(self, stage, alert):
        found = handing.asked(stage, alert)
        with pytest.raises(RuleViolated, match="not approved"):
            stage.within(operations.collect, hand_over_id=found.id, actor=stage.officer.actor, now=utc_now())
        decide(stage, found, handing.approver(stage))
        with pytest.raises(NotPermitted):
            stage.within(operations.collect, hand_over_id=found.id, actor=stage.silver.actor, now=utc_now())
        assert stage.within(
            operations.collect, hand_over_id=found.id, actor=stage.officer.actor, now=utc_now()
        )


def as_it_is(stage, found):
    (only,) = [row for row in stage.within(queries.of_alert, alert_id=found.alert_id) if row.id == found.id]
    return only


class TestTheDeadline:
    def test_the_purge_goes_as_ever_past_an_open_hand_over(self, stage, alert):
        found = handing.approved(stage, alert)
        before = stage.alert(alert.id).purge_due_at
        handing.collected(stage, found)
        assert stage.alert(alert.id).purge_due_at == before == alert.purge_due_at
        with stage.context():
            (result,) = retention.purge(before)
        assert result.counts == {"alerts": 1, "keys": 1, "blobs": 2}
        with stage.context():
            assert not vault.key_exists(key_id=alert.key_id)
            assert retention.verify(before) == []

    def test_after_it_nothing_is_asked_for_approved_or_collected(self, stage, alert):
        waits, due = handing.approved(stage, alert), alert.purge_due_at
        asked = handing.asked(stage, alert, **STOPPED)
        with pytest.raises(PictureGone):
            handing.collected(stage, waits, now=due)
        later = stage.raise_alert(now=utc_now() + timedelta(minutes=2), subject_id=stage.subjects[1])
        stage.decide(later.id, OperatorDecision.NOT_A_MATCH)
        with pytest.raises(PictureGone):
            handing.asked(stage, later, **STOPPED, now=later.purge_due_at)
        with pytest.raises(PictureGone):
            stage.within(operations.approve, hand_over_id=asked.id, actor=handing.approver(stage), now=due)
        with stage.context():
            retention.purge(due)
        with pytest.raises(PictureGone, match="deleted before it was collected"):
            handing.collected(stage, waits, now=due + timedelta(minutes=1))
        assert as_it_is(stage, waits).stage(due) is Stage.GONE

    def test_the_page_says_when_it_was_deleted(self, stage, alert):
        handing.approved(stage, alert)
        with stage.context():
            retention.purge(alert.purge_due_at)
        client = stage.silver.client()
        page = client.get(f"/alerts/{alert.id}/hand-over/").content.decode()
        assert "It was deleted before it was collected." in page
        assert "Collect the sealed copy" not in page

    def test_what_was_collected_in_time_is_acknowledged_afterwards(self, stage, alert):
        found = handing.approved(stage, alert)
        with pytest.raises(RuleViolated, match="Nobody has collected"):
            stage.within(operations.acknowledge, **arrival(found), actor=stage.officer.actor, now=utc_now())
        handing.collected(stage, found)
        with stage.context():
            retention.purge(alert.purge_due_at)
        done = stage.within(
            operations.acknowledge, **arrival(found), actor=stage.officer.actor, now=utc_now()
        )
        assert done.stage(alert.purge_due_at) is Stage.HANDED_OVER

    def test_references_of_other_systems_stay_out_of_the_audit(self, stage, alert):
        found = handing.approved(
            stage, alert, Kind.RESTRICTION, ground=Ground.COMPLAINT, complaint_reference="CO/417/26"
        )
        handing.collected(stage, found)
        stage.within(operations.acknowledge, **arrival(found), actor=stage.officer.actor, now=utc_now())
        with stage.context():
            events = AuditEvent.objects.filter(verb__startswith="handover.")
            said = " ".join(f"{event.payload} {event.reason}" for event in events)
            assert {"handover.requested", "handover.approved", "handover.collected"} < {
                e.verb for e in events
            }
        # With its stroke: a digest has the figures by chance.
        assert "417/26" not in said
        assert "NICHE" not in said


def arrival(found):
    return {"hand_over_id": found.id, "reference": "NICHE 41/2026"}


class TestRecipients:
    def test_without_one_nobody_approves_and_the_page_says_who_records_it(self, stage):
        alert = handing.arrested(stage)
        found = handing.asked(stage, alert)
        with pytest.raises(RuleViolated, match="An administrator of the force records it"):
            decide(stage, found, handing.approver(stage))
        page = stage.silver.client().get(f"/alerts/{alert.id}/hand-over/").content.decode()
        assert "An administrator of the force records it under Hand-over recipients" in page
        assert "Approve this copy" not in page

    def test_nobody_confirms_their_own(self, stage):
        first, _ = handing.administrators(stage)
        made = handing.department()
        with stage.context():
            about = {"to": To.CASE_SYSTEM, "name": "Niche", "pem": made.certificate}
            waits = recipients.record(**about, actor=first, now=utc_now())
            with pytest.raises(NotPermitted):
                recipients.confirm(recipient_id=waits, actor=first, now=utc_now())
            assert recipients.in_force() == {}

    def test_the_earlier_one_stays_until_the_next_is_confirmed(self, stage):
        before = handing.recorded(stage)
        first, second = handing.administrators(stage)
        after = handing.department("another")
        with stage.context():
            about = {"to": To.CASE_SYSTEM, "name": "Niche", "pem": after.certificate}
            waits = recipients.record(**about, actor=first, now=utc_now())
            assert recipients.required(To.CASE_SYSTEM, now=utc_now()).pem == before.certificate
            recipients.confirm(recipient_id=waits, actor=second, now=utc_now())
            assert recipients.required(To.CASE_SYSTEM, now=utc_now()).pem == after.certificate
            recipients.take_out(to=To.CASE_SYSTEM, actor=first, now=utc_now())
            assert recipients.in_force() == {}
            assert HandOverRecipient.objects.count() == 2

    def test_one_that_expired_seals_nothing(self, stage):
        handing.recorded(stage, made=handing.department(until=timedelta(hours=1)))
        found = handing.approved(stage, handing.arrested(stage))
        later = utc_now() + timedelta(hours=2)
        with pytest.raises(RuleViolated, match="has expired"):
            handing.collected(stage, found, now=later)

    @pytest.mark.parametrize(
        ("made", "words"),
        [
            ({"bits": 2048, "which": "short"}, "3072 bits"),
            ({"elliptic": True}, "must be RSA"),
            ({"until": timedelta(hours=-1)}, "has expired"),
            ({"since": timedelta(hours=1)}, "not valid yet"),
            ({"usage": "signing"}, "key encipherment"),
        ],
    )
    def test_what_cannot_be_sealed_for_is_refused(self, stage, made, words):
        if made.get("usage"):
            made = {"usage": x509.KeyUsage(True, *[False] * 8)}
        self.refused(stage, handing.department(**made).certificate, words)

    def test_a_private_key_and_what_is_no_certificate_are_refused(self, stage):
        made = handing.department()
        self.refused(stage, made.certificate + made.key.decode(), "private key")
        self.refused(stage, "hello", "Paste one certificate")
        self.refused(stage, made.certificate * 2, "Paste one certificate")
        self.refused(stage, made.certificate.replace("MII", "MIX", 1), "cannot be read")

    def refused(self, stage, pem, words):
        first, _ = handing.administrators(stage)
        with stage.context(), pytest.raises(RuleViolated, match=words):
            recipients.record(to=To.CASE_SYSTEM, name="Niche", pem=pem, actor=first, now=utc_now())

    def test_the_database_refuses_one_person_in_both_places(self, stage, alert):
        found = handing.asked(stage, alert)
        with stage.context(), pytest.raises(IntegrityError), transaction.atomic():
            HandOver.objects.filter(id=found.id).update(
                approved=True, decided_by_id=found.requested_by_id, decided_at=utc_now()
            )
