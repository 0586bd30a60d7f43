"""Which deployments have a record at all, in which words it speaks, and why each decision was taken."""

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from apps.accounts import api as accounts
from apps.core.clock import utc_now
from apps.core.data import Role
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments.data import DeploymentState as S
from apps.retention import api as retention
from tests.support.alert_stage import PASSWORD
from tests.support.days import CHECKED, END, IMPORTED, PLANNED, START, listed, make_day
from tests.support.outline import problems
from tests.support.plans import REASONS

HOUR = timedelta(hours=1)
PATH = "/records/lfr-2026-001/"
NAME = "Wilhelmina Thistlewood"
WHY = f"It was said that {NAME} lives there, which nobody has checked."


@pytest.fixture
def day(real_db):
    return make_day("north")


@pytest.fixture
def reader(day, client):
    user = accounts.create_user(
        username=f"reader-{uuid4().hex[:8]}@force.example",
        display_name="Reader",
        password=PASSWORD,
        now=utc_now(),
    )
    with force_context(day.force.id):
        accounts.grant_role(user_id=user.id, role=Role.OVERSIGHT, actor=day.system, now=utc_now())
    client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    return client


def undecided(day, state: str) -> None:
    day.draft(necessity="A secret that no officer has seen yet.")
    if state in ("submitted", "returned"):
        day.step(deployments.submit, day.planner, PLANNED)
    if state == "returned":
        day.step(deployments.return_, day.officer, PLANNED, reasons=REASONS)
    if state == "cancelled":
        day.step(deployments.cancel, day.planner, PLANNED, reason="Not needed any more.")


@pytest.mark.parametrize("state", ["draft", "submitted", "returned", "cancelled"])
@pytest.mark.parametrize("query", ["", "?format=json"], ids=["page", "json"])
def test_what_no_officer_has_decided_on_has_no_record(day, reader, state, query):
    """The reference of the next deployment is easily guessed from the last one."""
    undecided(day, state)
    assert day.get().state.value == state
    for path in (PATH, PATH.upper().replace("/RECORDS", "/records")):
        answer = reader.get(path + query)
        assert answer.status_code == 404
        assert b"secret" not in answer.getvalue()
    assert "LFR-2026-001" not in reader.get("/records/").getvalue().decode()


def test_what_was_returned_and_then_cancelled_was_decided_on(day, reader):
    undecided(day, "returned")
    day.step(deployments.cancel, day.planner, PLANNED, reason="Not needed any more.")
    page = reader.get(PATH).getvalue().decode()
    assert "What was proposed" in page
    assert "authorised" not in page.lower().replace("authorised by", "")
    assert "LFR-2026-001" in reader.get("/records/").getvalue().decode()


def test_a_refused_plan_was_never_authorised(day, reader):
    day.to(S.SUBMITTED)
    day.step(deployments.refuse, day.officer, PLANNED, reasons="The square is too narrow for signs.")
    page = reader.get(PATH).getvalue().decode()
    for words in ("What was refused", "Why it was refused", "No list was sealed.", "no list was sealed"):
        assert words in page
    for words in (
        "was authorised",
        "As the officer read it",
        "Nobody else could cause an alert",
        "were on the",
    ):
        assert words not in page
    assert "The square is too narrow for signs." in page
    assert problems(page) == []


def test_a_rehearsal_promises_nothing_to_those_who_pass(day, reader):
    day.to(S.LIVE)
    page = reader.get(PATH).getvalue().decode()
    assert "Anybody who passes can be mistaken for somebody on the list." in page
    assert "Nobody else could cause an alert" not in page


def test_a_public_page_counts_as_public_before_the_start(day, reader):
    day.to(S.NOTICE_PUBLISHED)
    page = reader.get(PATH).getvalue().decode()
    assert (
        "seen by a check from outside Wednesday 2 December 2026 at 10am, 8 days before the planned start"
        in page
    )
    assert "not verified" not in page


def run(day) -> None:
    """A live day whose list holds NAME, returned, narrowed and paused on its way, NAME in every reason."""
    day.draft()
    day.step(deployments.submit, day.planner, PLANNED)
    day.step(deployments.return_, day.officer, PLANNED, reasons=f"Returned: {WHY}")
    day.step(deployments.submit, day.planner, PLANNED, answer=f"Answered: {WHY}")
    day.approve(reasons=f"Approved: {WHY}")
    day.verify()
    narrower = day.plan(window_end=END - HOUR)
    day.step(deployments.amend, day.planner, IMPORTED, authority=narrower, reason=f"Narrowed: {WHY}")
    day.import_list(rows=[replace(listed(), display_name=NAME)])
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    day.accept()
    day.check()
    day.step(deployments.make_ready, day.silver, CHECKED)
    day.step(deployments.start, day.silver, START)
    day.step(deployments.suspend, day.silver, START + HOUR, reason=f"Paused: {WHY}")


def test_the_log_says_why_without_the_names_of_listed_people(day, reader):
    run(day)
    day.step(deployments.revoke, day.officer, START + 2 * HOUR, reasons=f"Revoked: {WHY}")
    for _ in range(2):
        page = reader.get(PATH).getvalue().decode()
        told = json.loads(reader.get(f"{PATH}?format=json").getvalue())
        reasons = {entry["kind"]: entry["reasons"] for entry in told["log"]}
        for kind, word in (
            ("return", "Returned"),
            ("approve", "Approved"),
            ("narrow", "Narrowed"),
            ("suspend", "Paused"),
            ("revoke", "Revoked"),
        ):
            clean = f"{word}: It was said that [name removed] lives there, which nobody has checked."
            assert reasons[kind] == clean
            assert clean in page
        for text in (page, json.dumps(told)):
            assert NAME not in text
            assert "Thistlewood" not in text
        # Again when nobody can tell any more which words were a name.
        retention.run_due(force_id=day.force.id, now=START + 27 * HOUR)


def test_a_pause_is_told_apart_from_an_interruption(day, reader):
    run(day)
    page = reader.get(PATH).getvalue().decode()
    assert "Paused from 11am: Paused: It was said that [name removed]" in page
    day.step(deployments.resume, day.silver, START + HOUR + timedelta(minutes=14))
    day.step(deployments.end, day.silver, START + 3 * HOUR)
    page = reader.get(PATH).getvalue().decode()
    assert "Paused from 11am to 11:14am (14 minutes): Paused: It was said" in page
    assert "no interruption was recorded" in page


def test_the_platform_is_called_what_it_is(day, reader):
    day.to(S.NOTICE_PUBLISHED)
    page = reader.get(PATH).getvalue().decode()
    assert "The platform itself" in page
    assert "notices, system" not in page
