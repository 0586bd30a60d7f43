"""What is over says so, and what cannot be changed is not offered: conditions, approvals, the publication."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client

from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.deployments.data import Place
from apps.deployments.operations.documents import issue_document
from tests.support.days import PLANNED, VERIFIED
from tests.support.plan_pages import address, change, see, send, step_path
from tests.support.plans import REASONS, SQUARE

LATER = VERIFIED + timedelta(hours=1)
SCHOOL = "Ask the school to keep its gate closed."
SIGN = "Put a second sign at Church Lane."
MET = "The head teacher agreed by telephone."
WHY = "More people pass after the market has closed."


@pytest.fixture
def bound(day):
    """Approved with two conditions, the first of them met."""
    day.to(S.SUBMITTED)
    day.approve(conditions=(SCHOOL, SIGN))
    day.verify(now=VERIFIED)
    first = day.call(deployments.conditions, deployment_id=day.deployment_id)[0]
    day.step(deployments.meet_condition, day.planner, VERIFIED, condition_id=first.id, note=MET)
    return day


def widen(day):
    day.step(deployments.amend, day.planner, VERIFIED, authority=day.plan(max_subjects=11), reason=WHY)
    day.step(deployments.submit, day.planner, VERIFIED)


def test_a_condition_that_was_met_under_an_approval_that_is_over_holds_no_more(bound, cast):
    assert "hold no more" not in see(cast["officer"], address(bound, "conditions"), LATER)[1]
    widen(bound)
    page = see(cast["officer"], address(bound, "conditions"), LATER)[1]
    assert page.count("it holds no more.") == 1
    assert "Not met, lapsed with its approval" in page


def test_the_officer_reads_why_the_approval_before_was_ended(bound, cast):
    widen(bound)
    assert WHY in see(cast["officer"], address(bound, "decide"), LATER)[1]


def test_a_cancelled_authority_promises_nothing_of_its_open_conditions(bound, cast):
    shown = see(cast["officer"], address(bound, "authority"), LATER)[1]
    assert shown.count("Open") == 1
    bound.step(
        deployments.cancel, bound.planner, VERIFIED, reason=REASONS, done="Nothing.", collected="Nothing."
    )
    page = see(cast["officer"], address(bound, "authority"), LATER)[1]
    assert "Was never met" in page
    assert "Open" not in page


def test_the_publication_of_an_approved_plan_is_not_offered_for_change(bound, cast):
    status, page = see(cast["planner"], step_path(bound, "publication"), LATER)
    assert status == 409
    assert "stays while the approval holds" in page
    assert "Publish on" not in page
    typed = {"publish": "later", "publish_date": "2026-12-02", "publish_time": "08:00", "reason": WHY}
    status, page = send(cast["planner"], step_path(bound, "publication"), typed, LATER)
    assert status == 409
    assert "nothing was changed" not in page


def test_a_refused_change_of_an_approved_plan_says_error_first(bound, cast):
    status, page = change(cast["planner"], bound, "list", LATER, max_subjects="9", reason="")
    assert status == 422
    assert "<title>Error: " in page


def test_what_ends_the_approval_is_not_called_wider(bound, cast):
    page = change(cast["planner"], bound, "footfall", LATER, footfall="10", reason=WHY)[1]
    assert "Ends the approval</span>" in page
    assert "Wider" not in page


def test_the_officer_reads_how_large_each_other_place_is(day, cast):
    other = Place("The car park", SQUARE)
    day.draft(alternatives=(other,))
    day.step(deployments.submit, day.planner, PLANNED)
    page = see(cast["officer"], address(day, "decide"))[1]
    there = page[page.index("Places that may be used instead") :]
    assert "from west to east" in there[: there.index("Cameras")]


def test_an_area_as_large_as_a_county_is_looked_at_twice_by_planner_and_officer(day, cast):
    day.draft()
    asked = "is so large an area meant?"
    assert asked not in see(cast["planner"], address(day, "submit"))[1]
    county = "51.7, -0.6\n51.7, 0.1\n52.0, 0.1\n52.0, -0.6"
    assert change(cast["planner"], day, "place", polygon=county)[0] == 302
    assert asked in see(cast["planner"], address(day, "submit"))[1]
    day.step(deployments.submit, day.planner, PLANNED)
    assert asked in see(cast["officer"], address(day, "decide"))[1]


def test_a_scan_is_no_forgery_and_an_ended_approval_is_no_authority(bound):
    pdf = bound.call(
        issue_document, deployment_id=bound.deployment_id, force=bound.force, actor=bound.officer, now=PLANNED
    ).content
    assert "This is what was approved" in checked(pdf)
    scan = checked(b"%PDF-1.7 pictures of pages %%EOF")
    assert "This file cannot be checked" in scan
    assert "This is not what was approved" not in scan
    widen(bound)
    page = checked(pdf)
    assert "This was approved, and is not in force any more" in page
    assert "This is what was approved" not in page


def checked(content):
    document = BytesIO(content)
    document.name = "authority.pdf"
    return Client().post("/authority/check/", {"document": document, "fingerprint": ""}).content.decode()
