"""A pause by somebody on duty: the public reads the kind of reason that they chose, and never their words."""

import pytest
from django.test import Client

from apps.core.data import Role
from apps.deployments import api as deployments
from apps.deployments.data import Cause
from apps.deployments.data import DeploymentState as S
from apps.deployments.forms.running import SuspendForm
from apps.deployments.rules.suspensions import BY_A_PERSON, resuming_roles
from apps.deployments.views import running
from apps.notices.wording import PAUSE_HISTORY
from tests.support.cast import make_member
from tests.support.days import make_day
from tests.support.plans import START

TYPED = "Mr Smith of 4 High Street fell over."


@pytest.fixture
def day(real_db):
    return make_day("north")


def test_the_kind_is_on_the_notice_and_its_easy_read_text_and_the_words_are_not(day, monkeypatch):
    day.to(S.LIVE)
    for clock in ("utc_now", "database_now"):
        monkeypatch.setattr(running, clock, lambda: START)
    commander = make_member(day, "north-second-silver", Role.SILVER_COMMANDER).client()
    page = f"/deployments/{day.deployment_id}/run/"
    sent = {"step": "suspend", "reason": TYPED, "cause": "safety"}
    assert commander.post(page, {**sent, "cause": "false_alerts"}).status_code == 422
    assert day.get().state is S.LIVE
    assert commander.post(page, sent).status_code == 302
    assert day.get().suspended_for is Cause.SAFETY
    notice = f"/notices/{day.force.slug}/lfr-2026-001/"
    for path in (notice, f"{notice}easy-read/", f"/notices/{day.force.slug}/"):
        shown = Client().get(path).content.decode()
        assert "The deployment was paused to keep somebody safe." in shown
        assert "Smith" not in shown


def test_the_kind_stays_there_when_something_else_is_written_on_the_notice_meanwhile(day):
    day.to(S.LIVE)
    day.step(deployments.suspend, day.silver, START, reason=TYPED, cause=Cause.SAFETY)
    body = make_member(day, "north-body", Role.OVERSIGHT).client()
    question = {"text": "Why did it stop this morning?"}
    assert body.post(f"/deployments/{day.deployment_id}/notice/question/", question).status_code == 302
    notice = f"/notices/{day.force.slug}/lfr-2026-001/"
    shown = Client().get(f"{notice}easy-read/").content.decode()
    assert "The deployment was paused to keep somebody safe." in shown


def test_a_stop_is_not_kept_waiting_for_a_kind():
    form = SuspendForm({"reason": "smoke"})
    assert form.is_valid()
    assert form.cleaned_data["cause"] is Cause.PERSON


def test_every_cause_has_public_words_and_a_chosen_kind_leaves_the_commander_to_resume():
    assert set(PAUSE_HISTORY) == set(Cause)
    assert all(resuming_roles(cause) == {Role.SILVER_COMMANDER} for cause in BY_A_PERSON)
