"""When recognition was stopped, read from the decision log."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from apps.deployments.api import ENDS_A_SUSPENSION
from apps.deployments.data import DecisionData
from apps.desk.board import suspensions
from apps.scrutiny.course import pauses

AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def log(*kinds):
    return [
        DecisionData(kind, "", uuid4(), "Somebody", "why", "", AT + timedelta(minutes=number))
        for number, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize("meanwhile", ["confirm", "narrow", "meet_condition", "refuse_afterwards"])
def test_what_is_decided_while_it_is_stopped_does_not_look_like_going_on(meanwhile):
    (stop,) = suspensions(log("start", "suspend", meanwhile))
    assert stop.until is None
    (stop,) = suspensions(log("start", "suspend", meanwhile, "resume", "end"))
    assert stop.until == AT + timedelta(minutes=3)


@pytest.mark.parametrize("ends", sorted(ENDS_A_SUSPENSION))
def test_it_is_over_when_it_goes_on_or_ends(ends):
    (stop,) = suspensions(log("suspend", ends))
    assert stop.until == AT + timedelta(minutes=1)
    (pause,) = pauses(log("suspend", "confirm", ends), texts=defaultdict(str), causes={}, ended_at=None)
    assert pause.ended_at == AT + timedelta(minutes=2)
