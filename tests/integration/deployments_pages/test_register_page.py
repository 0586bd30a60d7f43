""" "Was I listed?": a planner asks the register by an exact reference; the record has no reference in it."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.core.wording import say_date
from apps.deployments.data import DeploymentState
from apps.forces import api as forces
from apps.watchlists import api as watchlists
from apps.watchlists.models import MembershipRegister, Subject
from apps.watchlists.register_answers import code_of
from apps.watchlists.retention_register import length
from tests.support.cast import make_cast
from tests.support.days import END, IMPORTED, START, make_day

ADDRESS = "/register/"
ASKED = {"reference": "ts-001 ", "reason": "Request 2027/114"}
LATER = END + timedelta(days=200)
YEAR = timedelta(days=365.25)


@pytest.fixture
def known(day, cast):
    """Somebody with the reference TS-001 was on the list of the day."""
    day.to(DeploymentState.NOTICE_PUBLISHED)
    assert day.import_list().committed
    return day


def ask(cast, *, at=LATER, who="planner", **changes):
    with time_machine.travel(at):
        return cast[who].client().post(ADDRESS, ASKED | changes)


def words(answer):
    return " ".join(answer.content.decode().split())


def events(day):
    return day.call(lambda: list(AuditEvent.objects.filter(verb="watchlist.register_asked")))


def test_a_listing_is_told_with_its_deployment_group_and_times(known, cast):
    deployment = known.get()
    page = words(ask(cast))
    assert "ts-001 was listed once<" in page
    for told in (deployment.reference, deployment.authority.place_name, "Blue List: staff who agreed"):
        assert told in page
    assert "the entry or the list ended" in page
    assert "taken off early" not in page
    assert "On a list that is there now" not in page
    # From the register alone: a name is nowhere in it, and no script is needed.
    assert "Test subject" not in page


def test_a_list_that_is_there_now_is_a_warning_and_a_removal_is_told(known, cast):
    page = words(ask(cast, at=IMPORTED + timedelta(minutes=5)))
    assert "On a list that is there now" in page
    assert "section 45(4)" in page
    known.call(
        watchlists.remove_subject,
        subject_id=known.call(Subject.objects.get).id,
        reason="no longer wanted",
        actor=known.planner,
        now=IMPORTED + timedelta(minutes=10),
    )
    page = words(ask(cast, at=IMPORTED + timedelta(minutes=15)))
    assert "taken off early" in page
    assert "On a list that is there now" not in page


def test_a_no_says_how_far_back_the_register_goes(known, cast):
    page = words(ask(cast, reference="TS-00"))
    assert "TS-00 is on no list in the register" in page
    assert "not on any list that the register still covers. The register goes back to" in page
    # Before the purge has run, too, an entry past its years is no answer.
    page = words(ask(cast, at=END + 8 * YEAR))
    assert "is on no list in the register" in page
    assert known.call(MembershipRegister.objects.count) == 1
    assert f"The register goes back to {say_date(END + 8 * YEAR - length(7))}:" in page


def test_what_went_while_the_years_were_fewer_does_not_come_back(known, cast):
    admin = replace(cast["admin"].actor, reauthenticated=True)
    for version, (years, at) in enumerate([(1, END + 2 * YEAR), (7, END + 3 * YEAR)], start=1):
        known.call(
            forces.change_settings, changes={"register_years": years}, seen_version=version,
            reason="The schedule of the force changed.", actor=admin, now=at,
        )  # fmt: skip
    page = words(ask(cast, at=END + 4 * YEAR, reference="TS-002"))
    assert f"The register goes back to {say_date(END + 3 * YEAR - length(1))}:" in page


def test_a_period_is_of_whole_days_and_too_early_a_one_is_neither_yes_nor_no(known, cast):
    day = IMPORTED.date()
    assert "was listed" in words(ask(cast, since=day, until=day))
    before = day - timedelta(days=1)
    assert "not on any list that the register still covers in this period" in words(ask(cast, until=before))
    late = words(ask(cast, at=END + 9 * YEAR, until=START.date()))
    assert "This cannot be answered any more" in late
    assert "neither yes nor no" in late
    assert ask(cast, since=day, until=before).status_code == 422


def test_each_question_is_recorded_without_the_reference(known, cast):
    ask(cast)
    ask(cast, reference="TS-777", reason="Complaint 12, second letter")
    first, second = sorted(events(known), key=lambda event: event.ordinal)
    assert (first.actor_id, first.reason) == (cast["planner"].actor.id, "Request 2027/114")
    assert (first.payload["found"], second.payload["found"]) == (1, 0)
    assert first.payload["asked"] == known.call(lambda: code_of(" TS-001"))
    assert first.payload["asked"] != second.payload["asked"]
    for event in (first, second):
        assert "ts-001" not in str(vars(event)).casefold()
        assert "ts-777" not in str(vars(event)).casefold()


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": ""},
        {"reason": ""},
        {"reason": "SAR "},
        {"reason": "a request\u200b of June"},
        {"reason": "asked about TS-001, by letter"},
        {"reference": "TS\u200b-001"},
        {"reference": "x" * 65},
        {"since": "tomorrow"},
    ],
)
def test_a_question_without_a_good_reason_or_reference_is_not_asked(known, cast, wrong):
    answer = ask(cast, **wrong)
    assert answer.status_code == 422
    assert "was listed" not in words(answer)
    assert events(known) == []


def test_another_force_is_not_asked(known, cast):
    other = make_day("south")
    answer = ask(make_cast(other))
    assert "is on no list in the register" in words(answer)
    assert events(known) == []
    assert other.call(lambda: code_of("TS-001")) != known.call(lambda: code_of("TS-001"))


def test_only_planners_ask_and_find_it_on_their_home_page(known, cast):
    for who, member in cast.items():
        client = member.client()
        allowed = who == "planner"
        assert client.get(ADDRESS).status_code == (200 if allowed else 403), who
        assert client.post(ADDRESS, ASKED).status_code == (200 if allowed else 403), who
        assert (f'href="{ADDRESS}"' in client.get("/").content.decode()) is allowed, who
    assert len(events(known)) == 1


def test_it_is_one_look_through_an_index_whatever_there_is(known, cast, owner_connection):
    def asked():
        with time_machine.travel(LATER), CaptureQueriesContext(connection) as queries:
            cast["planner"].client().post(ADDRESS, ASKED)
        return [each["sql"] for each in queries if "membershipregister" in each["sql"]]

    def many():
        row = MembershipRegister.objects.first()
        MembershipRegister.objects.bulk_create(
            MembershipRegister(
                deployment_id=row.id, reference=f"A-{number}", category="suspected",
                folded="ts-001" if number < 3 else f"x{number}",
                listed_at=row.listed_at, ends_at=row.ends_at,
            )
            for number in range(3_000)
        )  # fmt: skip

    before = asked()
    known.call(many)
    owner_connection.execute("ANALYZE watchlists_membershipregister")
    after = asked()
    assert len(before) == len(after) == 2  # and how far back it goes

    def plan():
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + next(sql for sql in after if "folded" in sql and "ts-001" in sql))
            return "\n".join(line for (line,) in cursor.fetchall())

    assert "watchlists_register_asked" in known.call(plan)
