"""The pages about an approval that was given: its conditions, and the confirmation of an urgent one."""

from datetime import timedelta

import pytest

from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from tests.support.cast import make_cast
from tests.support.day_pages import see, send
from tests.support.days import PLANNED, START
from tests.support.plans import REASONS
from tests.support.urgent_days import DECIDED, live, make_urgent

LATER = PLANNED + timedelta(hours=1)


def decide(day, member, now=LATER, **fields):
    seen = day.get().authority_hash
    return send(day, member, "decide/", now, **({"seen": seen, "reasons": REASONS} | fields))


def test_conditions_are_set_with_the_decision_and_met_on_a_page_of_their_own(day):
    cast = make_cast(day)
    day.to(S.SUBMITTED)
    typed = {"conditions": "Ask the school first.\n\nA second sign at Church Lane."}
    assert decide(day, cast["officer"], choice="approve_with_conditions")[0] == 422
    status, page = decide(day, cast["officer"], choice="approve", **typed)
    assert (status, day.get().state) == (422, S.SUBMITTED)
    assert "Choose “Approve with conditions”, or remove them." in page
    assert decide(day, cast["officer"], choice="approve_with_conditions", **typed)[0] == 302
    first, second = day.call(deployments.conditions, deployment_id=day.deployment_id)
    status, page = send(day, cast["planner"], "conditions/", LATER, condition=str(first.id), note="ok")
    assert status == 422
    assert "at least 5 characters" in page
    status, page = send(
        day, cast["planner"], "conditions/", LATER, condition=str(first.id), note="The head agreed."
    )
    assert status == 302
    assert "The head agreed." in page
    assert f'value="{second.id}"' in page
    assert f'value="{first.id}"' not in page
    assert (
        send(day, cast["planner"], "conditions/", LATER, condition="nonsense", note="The head agreed.")[0]
        == 404
    )
    assert (
        send(day, cast["operator"], "conditions/", LATER, condition=str(second.id), note="It is met.")[0]
        == 403
    )


@pytest.mark.parametrize(("choice", "state"), [("confirm", S.LIVE), ("refuse", S.ENDED)])
def test_an_urgent_approval_is_confirmed_or_refused_with_reasons(day, monkeypatch, choice, state):
    cast = make_cast(day)
    live(make_urgent(day, monkeypatch))
    asked = {"choice": choice, "reasons": REASONS}
    assert send(day, cast["officer"], "confirm/", START, **(asked | {"reasons": "ok"}))[0] == 422
    assert day.get().confirmed_at is None
    assert send(day, cast["officer"], "confirm/", START, **asked)[0] == 302
    found = day.get()
    assert found.state is state
    assert (found.confirmed_at or found.refused_afterwards_at) == START
    # Pressed again, nothing changes.
    assert send(day, cast["officer"], "confirm/", START, **asked)[0] == 409


def test_who_decides_reads_that_it_is_an_exception(day, monkeypatch):
    cast = make_cast(day)
    make_urgent(day, monkeypatch)
    status, page = see(day, cast["officer"], "decide/", DECIDED)
    assert status == 200
    assert "It is an exception from the 7 days" in page
