"""Claims on real rows: of two who ask at once one gets it, it lapses, and colleagues see it."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from apps.alerts import api as alerts
from apps.alerts.data import AlertState, EngagementDecision, OperatorDecision
from apps.alerts.models import Alert
from apps.audit.models import AuditEvent
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.errors import DomainError, NotFound
from tests.support.secrets_in import secrets_in

MATCH, NOT = OperatorDecision.MATCH, OperatorDecision.NOT_A_MATCH


class Desk:
    """What people do to one alert, each in a transaction of its own."""

    def __init__(self, stage):
        self.stage = stage
        self.first, self.second = stage.operator, stage.person("second", Role.OPERATOR)

    def _do(self, operation, alert, person, **values):
        with self.stage.context():
            return operation(alert_id=alert.id, actor=person.actor, **({"now": utc_now()} | values))

    def claim(self, alert, person, **more):
        return self._do(alerts.claim, alert, person, **more)

    def release(self, alert, person, **more):
        return self._do(alerts.release_claim, alert, person, **more)

    def decide(self, alert, person, decision=MATCH, **more):
        return self._do(alerts.operator_decide, alert, person, decision=decision, **more)

    def engage(self, alert, person, **more):
        return self._do(
            alerts.engagement_decide, alert, person, decision=EngagementDecision.ENGAGE, reason="", **more
        )

    def events(self, alert, *verbs):
        with self.stage.context():
            found = AuditEvent.objects.filter(object_id=alert.id, verb__in=verbs).order_by("ordinal")
            return [(event.verb, event.actor_id) for event in found]


@pytest.fixture
def desk(stage):
    return Desk(stage)


CLAIM_VERBS = ("alert.claimed", "alert.claim_released")


class TestClaiming:
    def test_of_two_operators_who_claim_at_once_one_wins_and_the_other_is_told_by_whom(self, desk, stage):
        alert = stage.raise_alert()
        ready, won, refused = threading.Barrier(2), [], []

        def ask(person):
            try:
                ready.wait()
                desk.claim(alert, person)
                won.append(person)
            except DomainError as error:
                refused.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=ask, args=(person,)) for person in (desk.first, desk.second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        (winner,), (refusal,) = won, refused
        assert refusal.code == "claimed"
        assert winner.actor.label in refusal.message
        assert stage.alert(alert.id).claim.holder_id == winner.actor.id
        assert desk.events(alert, *CLAIM_VERBS) == [("alert.claimed", winner.actor.id)]

    def test_while_claimed_a_colleague_decides_nothing(self, desk, stage):
        alert = stage.raise_alert()
        desk.claim(alert, desk.first)
        for attempt in (desk.claim, desk.decide):
            with pytest.raises(DomainError) as refused:
                attempt(alert, desk.second)
            assert refused.value.code == "claimed"
        assert stage.alert(alert.id).state is AlertState.RAISED
        assert desk.events(alert, "alert.operator_match") == []
        assert desk.decide(alert, desk.first).state is AlertState.DISPATCHED

    def test_a_claim_lapses_and_the_next_person_takes_over(self, desk, stage):
        alert = stage.raise_alert()
        then = alert.raised_at
        desk.claim(alert, desk.first, now=then)
        with pytest.raises(DomainError):
            desk.decide(alert, desk.second, now=then + timedelta(seconds=29))
        taken = desk.claim(alert, desk.second, now=then + timedelta(seconds=30))
        assert taken.claim.holder_id == desk.second.actor.id
        with pytest.raises(DomainError):
            desk.decide(alert, desk.first, now=then + timedelta(seconds=31))
        assert (
            desk.decide(alert, desk.second, now=then + timedelta(seconds=32)).state is AlertState.DISPATCHED
        )
        assert [verb for verb, _ in desk.events(alert, *CLAIM_VERBS)] == ["alert.claimed"] * 2

    def test_a_decision_is_enough_once_the_claim_lapsed(self, desk, stage):
        alert = stage.raise_alert()
        desk.claim(alert, desk.first, now=alert.raised_at)
        later = alert.raised_at + timedelta(seconds=30)
        assert desk.decide(alert, desk.second, NOT, now=later).state is AlertState.NOT_A_MATCH

    def test_renewing_prolongs_it_is_numbered_and_fills_no_audit(self, desk, stage):
        alert = stage.raise_alert()
        first = desk.claim(alert, desk.first, now=alert.raised_at)
        renewed = desk.claim(alert, desk.first, now=alert.raised_at + timedelta(seconds=20))
        assert renewed.claim.lapses_at == alert.raised_at + timedelta(seconds=50)
        assert renewed.revision == first.revision + 1
        assert renewed.asked_revision == alert.revision, "a claim asks nobody anything"
        assert desk.events(alert, *CLAIM_VERBS) == [("alert.claimed", desk.first.actor.id)]

    def test_a_claim_saves_no_alert_from_expiring(self, desk, stage):
        alert = stage.raise_alert()
        desk.claim(alert, desk.first, now=alert.expires_at - timedelta(seconds=1))
        with pytest.raises(DomainError):
            desk.claim(alert, desk.first, now=alert.expires_at)
        with stage.context():
            alerts.expire_undecided(now=alert.expires_at)
        expired = stage.alert(alert.id)
        assert (expired.state, expired.claim) == (AlertState.EXPIRED, None)

    def test_another_forces_alert_does_not_exist(self, desk, stage, other_stage):
        alert = other_stage.raise_alert()
        for attempt in (desk.claim, desk.release):
            with pytest.raises(NotFound):
                attempt(alert, desk.first)
        assert other_stage.alert(alert.id).claim is None


class TestReleasing:
    def test_a_released_alert_is_free_at_once(self, desk, stage):
        alert = stage.raise_alert()
        desk.claim(alert, desk.first)
        assert desk.release(alert, desk.first).claim is None
        assert desk.decide(alert, desk.second).state is AlertState.DISPATCHED
        assert [verb for verb, _ in desk.events(alert, *CLAIM_VERBS)] == list(CLAIM_VERBS)

    def test_nobody_releases_a_colleagues_claim(self, desk, stage):
        alert = stage.raise_alert()
        held = desk.claim(alert, desk.first)
        assert desk.release(alert, desk.second).claim == held.claim
        assert stage.alert(alert.id).revision == held.revision
        assert desk.events(alert, "alert.claim_released") == []

    def test_a_late_cancel_takes_it_from_nobody(self, desk, stage):
        alert = stage.raise_alert()
        desk.claim(alert, desk.first, now=alert.raised_at)
        later = alert.raised_at + timedelta(seconds=31)
        desk.claim(alert, desk.second, now=later)
        desk.release(alert, desk.first, now=later)
        assert stage.alert(alert.id).claim.holder_id == desk.second.actor.id


class TestSteps:
    def test_the_decision_ends_the_claim_and_the_next_step_has_its_own(self, desk, stage):
        alert = stage.raise_alert()
        desk.claim(alert, desk.first)
        assert desk.decide(alert, desk.first).claim is None
        officers = stage.officer, stage.person("other-officer", Role.ENGAGEMENT_OFFICER)
        assert desk.claim(alert, officers[0]).claim.step == "engagement"
        with pytest.raises(DomainError) as refused:
            desk.engage(alert, officers[1])
        assert refused.value.code == "claimed"
        assert desk.engage(alert, officers[0]).claim is None

    def test_after_unsure_the_second_operator_need_not_wait(self, desk, stage):
        alert = stage.raise_alert()
        desk.claim(alert, desk.first)
        desk.decide(alert, desk.first, OperatorDecision.UNSURE)
        assert desk.decide(alert, desk.second).state is AlertState.DISPATCHED

    def test_release_of_the_person_asks_for_no_claim(self, desk, stage):
        alert = stage.raise_alert()
        desk.decide(alert, desk.first)
        desk.engage(alert, stage.officer)
        other = stage.person("other-officer", Role.ENGAGEMENT_OFFICER)
        with stage.context():
            Alert.objects.filter(id=alert.id).update(
                claim_step="engagement",
                claim_holder_id=stage.officer.actor.id,
                claim_holder_label="PC Officer",
                claim_lapses_at=utc_now() + timedelta(seconds=30),
            )
            done = alerts.identity_contradicted(alert_id=alert.id, actor=other.actor, now=utc_now())
        assert done.state is AlertState.OUTCOME_RECORDED

    def test_the_database_refuses_half_a_claim(self, stage):
        alert = stage.raise_alert()
        with stage.context(), pytest.raises(IntegrityError), transaction.atomic():
            Alert.objects.filter(id=alert.id).update(claim_step="operator")


class TestOverHttp:
    SECRETS = ("cosine", "similarity", "threshold", "0.6172", "0.45", "TEST-01", "Test Subject", "offence")

    def post(self, person, alert, endpoint, **fields):
        body = json.dumps(fields)
        return person.client().post(f"/alerts/{alert.id}/{endpoint}", body, content_type="application/json")

    def news(self, stage, person, **query):
        return person.client().get(f"/console/{stage.deployment_id}/alerts.json", query)

    def test_colleagues_see_who_works_on_it_live_and_without_a_sound(self, desk, stage):
        alert = stage.raise_alert()
        answer = self.post(desk.first, alert, "claim")
        assert answer.status_code == 200
        assert answer.json()["revision"] == alert.revision + 1
        (theirs,) = self.news(stage, desk.second, after=alert.revision).json()["alerts"]
        assert (theirs["claim"]["by"], theirs["claim"]["mine"]) == (desk.first.actor.label, False)
        assert theirs["arrival"] == "history"
        (mine,) = self.news(stage, desk.first, after=alert.revision).json()["alerts"]
        assert mine["claim"]["mine"] is True
        for colleague in (stage.officer, stage.silver):
            (seen,) = self.news(stage, colleague, after=0).json()["alerts"]
            assert seen["claim"]["by"] == desk.first.actor.label

    def test_neither_claiming_nor_being_refused_reveals_anything(self, desk, stage):
        alert = stage.raise_alert()
        answers = [
            self.post(desk.first, alert, "claim"),
            self.post(desk.second, alert, "claim"),
            self.post(desk.second, alert, "operator", decision="match"),
            self.news(stage, desk.first, after=0),
            self.post(desk.first, alert, "release-claim"),
        ]
        assert [answer.status_code for answer in answers] == [200, 409, 409, 200, 200]
        text = "".join(answer.content.decode() for answer in answers)
        assert secrets_in(text, self.SECRETS) == []
        with stage.context():
            payloads = [event.payload for event in AuditEvent.objects.filter(verb__in=CLAIM_VERBS)]
        assert payloads
        assert secrets_in(json.dumps(payloads), self.SECRETS) == []

    def test_another_forces_alert_is_404_and_stays_unclaimed(self, desk, stage, other_stage):
        alert = other_stage.raise_alert()
        for endpoint in ("claim", "release-claim"):
            assert self.post(desk.first, alert, endpoint).status_code == 404
        assert other_stage.alert(alert.id).claim is None

    @pytest.mark.parametrize(
        "role", [Role.SILVER_COMMANDER, Role.PLANNER, Role.OVERSIGHT, Role.SYSTEM_ENGINEER]
    )
    def test_who_decides_nothing_claims_nothing(self, stage, role):
        alert = stage.raise_alert()
        assert self.post(stage.person("other", role), alert, "claim").status_code == 403
        assert stage.alert(alert.id).claim is None

    def test_a_get_claims_nothing(self, desk, stage):
        alert = stage.raise_alert()
        for endpoint in ("claim", "release-claim"):
            assert desk.first.client().get(f"/alerts/{alert.id}/{endpoint}").status_code == 405
        assert stage.alert(alert.id).claim is None
