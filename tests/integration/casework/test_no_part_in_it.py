"""A complaint about no deployment: nobody knows who took part, so whoever decides says that they did not."""

import re

import pytest

from apps.audit.models import AuditEvent
from apps.casework import operations
from apps.casework.data import ComplaintState
from apps.casework.models import CaseStep
from apps.core.data import Role
from apps.core.errors import RuleViolated
from tests.support.casework import WORDS, complaint, do, worker

TICK = "I had no part in what this complaint is about"


def step(stage, case_id, name, **more):
    return do(stage, operations.step_complaint, case_id=case_id, step=name, words=WORDS, **more)


@pytest.mark.parametrize("name", ["uphold", "not_uphold", "resolve", "withdraw"])
def test_without_the_word_of_whoever_decides_it_is_refused_and_with_it_stored_and_audited(stage, name):
    case_id = complaint(stage, deployment_id=None)
    step(stage, case_id, "begin_review")
    with pytest.raises(RuleViolated, match="had no part"):
        step(stage, case_id, name)
    step(stage, case_id, name, no_part=True)
    with stage.context():
        steps = list(CaseStep.objects.order_by("recorded_at").values_list("step", "no_part"))
        told = AuditEvent.objects.filter(object_id=case_id).order_by("ordinal", "recorded_at")
        payloads = [event.payload.get("no_part") for event in told]
    assert steps == [("record", None), ("begin_review", None), (name, True)]
    assert payloads == [None, None, True]


def test_about_a_deployment_nothing_is_asked_and_nothing_stored(stage):
    case_id = complaint(stage)
    step(stage, case_id, "begin_review")
    assert step(stage, case_id, "uphold", no_part=True) is ComplaintState.UPHELD
    with stage.context():
        assert CaseStep.objects.get(step="uphold").no_part is None


def test_on_the_page_there_is_a_tick_and_afterwards_it_is_said(stage):
    browser = stage.person(f"works {Role.FORCE_ADMIN}", Role.FORCE_ADMIN).client()
    case_id = complaint(stage, deployment_id=None)
    address = f"/casework/complaints/{case_id}/"
    step(stage, case_id, "begin_review")
    assert TICK in browser.get(address).content.decode()
    sent = {"step": "uphold", "words": WORDS}
    refused = browser.post(address, sent)
    assert refused.status_code == 422
    assert "had no part" in refused.content.decode()
    assert browser.post(address, sent | {"no_part": "on"}).status_code == 302
    page = re.sub(r"<[^>]+>", " ", browser.get(address).content.decode())
    assert "Confirmed that they had no part in it" in page


def test_of_a_deployment_there_is_no_tick(stage):
    browser = stage.person(f"works {Role.FORCE_ADMIN}", Role.FORCE_ADMIN).client()
    case_id = complaint(stage)
    step(stage, case_id, "begin_review", actor=worker(stage))
    assert TICK not in browser.get(f"/casework/complaints/{case_id}/").content.decode()
