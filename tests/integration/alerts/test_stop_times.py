"""The moment of a press is not lost, and a stored time goes only where somebody says so."""

from datetime import timedelta

import pytest

from apps.alerts import api as alerts
from apps.alerts import engagement_queries
from apps.alerts.data import EngagementDecision, OperatorDecision
from apps.alerts.engagement_data import Power
from apps.alerts.models import Alert
from apps.core.clock import london, utc_now
from apps.deployments import api as deployments
from apps.deployments.data import Duty

TIMES = ("started", "started_pressed", "ended", "ended_pressed", "seen")


@pytest.fixture(params=["officer", "radio"])
def page(request, stage):
    """The form of an officer, and that of whoever enters it for them; both are to behave alike."""
    for actor, duty in ((stage.silver.actor, Duty.SILVER), (stage.officer.actor, Duty.ENGAGEMENT)):
        about = {"deployment_id": stage.deployment_id, "duty": duty, "actor": actor}
        stage.within(deployments.record_duty, **about, now=utc_now())
    alert = stage.raise_alert()
    stage.decide(alert.id, OperatorDecision.MATCH)
    about = {"alert_id": alert.id, "actor": stage.officer.actor, "now": utc_now()}
    stage.within(alerts.engagement_decide, decision=EngagementDecision.ENGAGE, reason="", **about)
    with stage.context():
        Alert.objects.update(raised_at=utc_now() - timedelta(minutes=30))
    return Page(stage, alert, by_radio=request.param == "radio")


class Page:
    def __init__(self, stage, alert, *, by_radio):
        person = stage.silver if by_radio else stage.officer
        self.stage, self.alert, self.client = stage, alert, person.client()
        self.address = f"/alerts/{alert.id}/by-radio/stop/" if by_radio else f"/alerts/{alert.id}/stop/"

    def shown(self):
        return self.client.get(self.address).context["form"]

    def send(self, form, **typed):
        """As a browser does: everything that stands in the form, but for what is typed now."""
        stands = {name: form[name].value() or "" for name in TIMES}
        officer = {"officer": str(self.stage.officer.actor.id)}
        return self.client.post(self.address, stands | officer | typed, follow=True)

    def record(self):
        return self.stage.within(engagement_queries.engagement_of, alert_id=self.alert.id).record


def minute(instant):
    return f"{london(instant):%H:%M}"


def test_a_press_that_was_refused_keeps_its_moment(page):
    before = utc_now()
    refused = page.send(page.shown(), now="begin")
    pressed = (before, utc_now())
    assert refused.status_code == 422
    assert page.record().started_at is None
    assert "Your press at" in refused.content.decode()
    form = refused.context["form"]
    assert form["started"].value() in {minute(each) for each in pressed}
    # Refused once more, and stored at last by the other button: it is the first press all the same.
    again = page.send(form, now="begin", searched="yes")
    assert again.status_code == 422
    stored = page.send(again.context["form"], power="arrest")
    assert stored.status_code == 200
    assert pressed[0] <= page.record().started_at <= pressed[1]
    assert page.record().power is Power.ARREST


def test_the_end_that_was_refused_too(page):
    page.send(page.shown(), now="begin", power="arrest")
    before = utc_now()
    refused = page.send(page.shown(), now="end", power="arrest", searched="yes")
    pressed = (before, utc_now())
    assert refused.status_code == 422
    page.send(refused.context["form"], power="arrest", searched="no")
    assert pressed[0] <= page.record().ended_at <= pressed[1]


def test_a_kept_press_is_corrected_or_taken_out_like_any_typed_time(page):
    refused = page.send(page.shown(), now="begin")
    earlier = utc_now() - timedelta(minutes=5)
    page.send(refused.context["form"], power="arrest", started=minute(earlier))
    assert minute(page.record().started_at) == minute(earlier)


def test_taken_out_before_it_was_stored_no_stop_begins(page):
    refused = page.send(page.shown(), now="begin")
    page.send(refused.context["form"], power="none", started="")
    assert page.record().power is Power.NONE
    assert page.record().started_at is None


@pytest.mark.parametrize("forged", ["yesterday", "2026-01-01T10:00:00", "2020-01-01T10:00:00+00:00"])
def test_a_press_of_any_other_time_is_none(page, forged):
    clock = minute(utc_now())
    page.send(page.shown(), power="arrest", started=clock, started_pressed=forged)
    started = page.record().started_at
    assert started is None or utc_now() - timedelta(minutes=31) <= started <= utc_now()


def test_an_emptied_field_takes_no_stored_time_away_and_that_is_said(page):
    page.send(page.shown(), now="begin", power="arrest")
    page.send(page.shown(), now="end", power="arrest")
    before = page.record()
    answer = page.send(page.shown(), power="arrest", started="", ended="", searched="no")
    after = page.record()
    assert (after.started_at, after.ended_at) == (before.started_at, before.ended_at)
    assert after.searched is False
    said = answer.content.decode()
    assert f"“The stop began” was left empty and stays {minute(before.started_at)}" in said
    assert "“The stop ended” was left empty and stays" in said


def test_it_goes_where_somebody_says_so(page):
    form = page.shown()
    assert "no_started" not in form.fields
    page.send(form, now="begin", power="arrest")
    form = page.shown()
    assert "no_started" in form.fields
    assert "no_ended" not in form.fields
    page.send(form, power="arrest", no_started="on")
    assert page.record().started_at is None
    assert page.record().power is Power.ARREST


def test_an_end_goes_alone_and_a_begin_not_without_its_end(page):
    page.send(page.shown(), now="begin", power="arrest")
    page.send(page.shown(), now="end", power="arrest")
    refused = page.send(page.shown(), power="arrest", no_started="on")
    assert refused.status_code == 422
    assert "Say when the stop began" in refused.content.decode()
    page.send(page.shown(), power="arrest", no_ended="on")
    assert page.record().ended_at is None
    assert page.record().started_at is not None


def test_enter_presses_a_button_that_only_stores(page):
    """The first button of a form is the one that Enter presses."""
    html = page.client.get(page.address).content.decode().partition('<form class="form"')[2]
    first = html.partition("<button")[2].partition(">")[0]
    assert "name=" not in first
