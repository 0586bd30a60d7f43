"""A breach whose risk is lowered after its 72 hours was overdue, and stays recorded as that."""

from datetime import timedelta

from apps.audit.models import AuditEvent
from apps.casework import api, operations
from apps.casework.data import Risk
from apps.core.clock import utc_now
from apps.core.data import Role
from tests.support.casework import WORDS, breach, do


def counts(stage):
    found = stage.within(api.of_deployments, deployment_ids=[stage.deployment_id], now=utc_now())
    return found[stage.deployment_id].cases.breaches


def update(stage, case_id, **done):
    do(stage, operations.update_breach, case_id=case_id, done=operations.Done(**({"risk": Risk.RISK} | done)))


def payloads(stage, case_id):
    with stage.context():
        rows = AuditEvent.objects.filter(object_id=case_id, verb="casework.breach_updated")
        return [row.payload for row in rows.order_by("ordinal", "recorded_at")]


def page(stage, case_id):
    browser = stage.person("reads", Role.FORCE_ADMIN).client()
    return browser.get(f"/casework/breaches/{case_id}/").content.decode()


def test_lowered_after_the_hours_it_is_not_overdue_any_more_and_said_to_have_been(stage):
    case_id = breach(stage, became_aware_at=utc_now() - timedelta(hours=80))
    assert counts(stage).overdue == 1
    update(stage, case_id, risk=Risk.UNLIKELY)
    assert (counts(stage).overdue, counts(stage).was_overdue) == (0, 1)
    assert payloads(stage, case_id)[-1]["was_overdue"] is True
    assert "Overdue when the risk was lowered" in page(stage, case_id)


def test_it_stays_so_when_the_risk_goes_up_and_down_again(stage):
    case_id = breach(stage, became_aware_at=utc_now() - timedelta(hours=80))
    update(stage, case_id, risk=Risk.UNLIKELY)
    update(stage, case_id, risk=Risk.RISK)
    assert (counts(stage).overdue, counts(stage).was_overdue) == (1, 1)
    update(stage, case_id, risk=Risk.UNLIKELY, measures=WORDS)
    assert (counts(stage).overdue, counts(stage).was_overdue) == (0, 1)


def test_lowered_with_a_reason_in_the_same_entry_too(stage):
    case_id = breach(stage, became_aware_at=utc_now() - timedelta(hours=80))
    update(stage, case_id, risk=Risk.UNLIKELY, ico_reason=WORDS)
    assert (counts(stage).not_told, counts(stage).was_overdue) == (1, 1)


def test_lowered_in_time_or_answered_before_it_never_was(stage):
    early = breach(stage, became_aware_at=utc_now() - timedelta(hours=70))
    update(stage, early, risk=Risk.UNLIKELY)
    told = breach(stage, became_aware_at=utc_now() - timedelta(hours=80))
    update(stage, told, ico_told_at=utc_now() - timedelta(hours=20))
    update(stage, told, risk=Risk.UNLIKELY, ico_told_at=utc_now() - timedelta(hours=20))
    assert (counts(stage).overdue, counts(stage).was_overdue) == (0, 0)
    assert "Overdue when" not in page(stage, early)
