"""How many queries each page asks: the same whatever the history, and as many as are agreed.

The agreed numbers are in tests/query_counts.json; LFR_WRITE_QUERY_COUNTS=1 writes them anew after a change
that is meant.
"""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from tests.support.cast import make_cast
from tests.support.clocks import travelled
from tests.support.days import START, make_day

BASELINES = Path(__file__).resolve().parents[2] / "query_counts.json"
AT = START + timedelta(minutes=20)

# (who, address); the names in braces are states of a deployment, and stand for its id.
PAGES = (
    (None, "/notices/"),
    (None, "/notices/{force}/{notice}/"),
    (None, "/sign-in/"),
    ("planner", "/"),
    ("officer", "/"),
    ("silver", "/"),
    ("operator", "/"),
    ("engagement", "/"),
    ("engineer", "/"),
    ("oversight", "/"),
    ("admin", "/"),
    ("planner", "/deployments/"),
    ("planner", "/deployments/new/"),
    ("planner", "/deployments/{draft}/"),
    ("planner", "/deployments/{live}/"),
    ("planner", "/deployments/{live}/authority/"),
    ("planner", "/deployments/{draft}/plan/"),
    ("planner", "/deployments/{draft}/submit/"),
    ("planner", "/deployments/{draft}/cancel/"),
    ("officer", "/deployments/{submitted}/decide/"),
    ("officer", "/deployments/{live}/revoke/"),
    ("planner", "/deployments/{notice_published}/list/"),
    ("officer", "/deployments/{list_sealed}/list/accept/"),
    ("silver", "/deployments/{list_sealed}/checklist/"),
    ("silver", "/deployments/{live}/run/"),
    ("silver", "/deployments/{ended}/review/"),
    ("silver", "/board/{live}/"),
    ("engineer", "/equipment/"),
    ("operator", "/console/"),
    ("operator", "/console/{live}/"),
    ("operator", "/console/{live}/alerts.json"),
    ("operator", "/console/{live}/earlier/"),
    ("operator", "/console/{live}/health.json"),
    ("oversight", "/records/"),
    ("oversight", "/records/{ended_reference}/"),
    ("oversight", "/records/{ended_reference}/at/?time=10:05"),
    ("oversight", "/records/period/"),
    ("oversight", "/records/answers/"),
    ("oversight", "/records/retention/"),
    ("oversight", "/oversight/questions/"),
    ("planner", "/casework/"),
    ("silver", "/hand-overs/"),
    (None, "/notices/{force}/record/"),
)
STATES = (S.DRAFT, S.SUBMITTED, S.NOTICE_PUBLISHED, S.LIST_SEALED, S.LIVE)


def populate(day):
    """One deployment in each of STATES and one that has ended. Returns what stands in the braces."""
    names = {"force": day.force.slug}
    for state in STATES:
        names[state.value] = str(day.to(state).id)
    names["notice"] = day.get().reference.lower()
    ended = day.to(S.LIVE)
    day.step(deployments.end, day.silver, AT, reason="over for today")
    return names | {"ended": str(ended.id), "ended_reference": ended.reference}


def count(clients, who, address):
    client = clients[who]
    client.get(address)  # what is asked once in a session is not the page's
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200, (who, address, answer.status_code)
    return len(asked)


def measure(day, cast, names):
    clients = {who: cast[who].client() if who else Client() for who in {who for who, _ in PAGES}}
    return {f"{who or 'anybody'} {page}": count(clients, who, page.format(**names)) for who, page in PAGES}


@pytest.fixture
def counts(real_db):
    """Of a force with one deployment in each state, and of the same with three."""
    day = make_day()
    cast = make_cast(day)
    with travelled(AT):
        first = measure(day, cast, populate(day))
        populate(day)
        return first, measure(day, cast, populate(day))


@pytest.mark.slow
def test_pages_ask_as_often_with_more_history_and_as_often_as_agreed(counts):
    few, many = counts
    assert {page: (few[page], many[page]) for page in few if few[page] != many[page]} == {}
    if os.environ.get("LFR_WRITE_QUERY_COUNTS"):
        BASELINES.write_text(json.dumps(many, indent=1, sort_keys=True) + "\n")
    agreed = json.loads(BASELINES.read_text())
    assert {page: (agreed.get(page), n) for page, n in many.items() if agreed.get(page) != n} == {}
