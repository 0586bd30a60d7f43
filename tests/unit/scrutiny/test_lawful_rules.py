"""Any history of a deployment, at any instant of it: what is said follows from what was written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.data import HeldRole
from apps.core.data import Role
from apps.deployments.api import RecordedCheck, RevisionContent, TakenDuty, state_after
from apps.deployments.data import COMPUTED_CHECKS, CheckKind, Duty
from apps.deployments.data_day import SignData
from apps.scrutiny.lawful.data import Decided, Happened, Records, Standing
from apps.scrutiny.lawful.instant import clock_of, days_of, readings, windows_of
from apps.scrutiny.lawful.rules import rebuild
from apps.watchlists.api import SealedList
from tests.support.plans import END, FORCE, START, make_authority

PLANNED, VERIFIED = START - timedelta(days=9), START - timedelta(days=8)
SEALED = START - timedelta(hours=2)
SEAL = "5" * 64
SECOND = timedelta(seconds=1)
EVERY = timedelta(minutes=FORCE.sign_check_minutes)
ON_DUTY = {
    Duty.SILVER: Role.SILVER_COMMANDER,
    Duty.OPERATOR: Role.OPERATOR,
    Duty.ENGAGEMENT: Role.ENGAGEMENT_OFFICER,
    Duty.ENGINEER: Role.SYSTEM_ENGINEER,
}
PEOPLE = {duty: uuid4() for duty in ON_DUTY}


ALL_BUT_THE_OPERATOR = tuple(
    HeldRole(PEOPLE[duty], str(duty), "", False, role, PLANNED, "admin", duty is not Duty.OPERATOR)
    for duty, role in ON_DUTY.items()
)


class History:
    """Written down step by step, as the operations do: a decision with its event at one instant."""

    def __init__(self) -> None:
        self.authority = make_authority()
        self.decisions: list[Decided] = []
        self.events: list[Happened] = []
        self.revisions: list[RevisionContent] = []
        self.revise("drafted", self.authority, PLANNED)
        self.note("deployment.drafted", PLANNED, settings_version=FORCE.version)
        for kind, at in (("submit", PLANNED), ("approve", PLANNED)):
            self.decide(kind, at)
        self.note("deployment.notice_published", VERIFIED)
        self.note("deployment.notice_verified", VERIFIED, verified_at=VERIFIED.isoformat())
        self.decide("publish_notice", VERIFIED)
        self.decide("seal_list", SEALED, seal_hash=SEAL)
        self.decide("accept_list", SEALED, seal_hash=SEAL)
        self.decide("make_ready", SEALED)
        self.note("recognition.started", START, shard=0)

    def note(self, verb: str, at: datetime, actor_id: UUID | None = None, **payload: object) -> UUID:
        event = Happened(uuid4(), len(self.events) + 1, at, verb, actor_id, "somebody", payload=payload)
        self.events.append(event)
        return event.id

    def decide(self, kind: str, at: datetime, **payload: object) -> None:
        role = Role.AUTHORISING_OFFICER if kind in ("approve", "accept_list") else Role.SILVER_COMMANDER
        event_id = self.note(f"deployment.{kind}", at, **payload)
        self.decisions.append(
            Decided(
                kind, str(role), uuid4(), "somebody", "", at, self.revisions[-1].content_hash,
                state_after(kind), event_id, cause=str(payload.get("cause", "")),
            )
        )  # fmt: skip

    def revise(self, kind: str, authority, at: datetime) -> None:
        before = self.revisions[-1].content_hash if self.revisions else ""
        digest = authority.sha256()
        self.revisions.append(
            RevisionContent(
                len(self.revisions) + 1, kind, authority, digest, digest, before, uuid4(), "planner", at
            )
        )

    def records(self, **changes: object) -> Records:
        end = END + timedelta(days=1)
        looks = [SEALED + n * (EVERY - SECOND) for n in range(12)]
        made = Records(
            deployment_id=uuid4(),
            reference="LFR-1",
            force="North Police",
            settings=FORCE,
            created_at=PLANNED,
            authority_hash=self.revisions[-1].content_hash,
            decisions=tuple(sorted(self.decisions, key=lambda one: one.at)),
            revisions=tuple(self.revisions),
            events=tuple(sorted(self.events, key=lambda one: (one.at, one.ordinal))),
            duties=tuple(TakenDuty(PEOPLE[duty], str(duty), duty, SEALED, None) for duty in ON_DUTY),
            people=tuple(
                HeldRole(PEOPLE[duty], str(duty), "", False, role, PLANNED, "admin", True)
                for duty, role in ON_DUTY.items()
            ),
            looks=tuple(
                SignData(approach, True, "", "somebody", at, None, None, None, None)
                for at in looks
                if at < end
                for approach in self.authority.approaches
            ),
            checks=tuple(RecordedCheck(kind, True, SEALED) for kind in set(CheckKind) - COMPUTED_CHECKS),
            lists=(SealedList(uuid4(), SEAL, SEALED, 1, 1, 1, self.authority.pack_id, "1"),),
        )
        return replace(made, **changes)


inside = st.integers(0, int((END - START).total_seconds()) - 1).map(lambda s: START + timedelta(seconds=s))
anywhere = st.integers(-10 * 86_400, 3 * 86_400).map(lambda s: START + timedelta(seconds=s))


@st.composite
def histories(draw) -> tuple[History, list[tuple[datetime, datetime]]]:
    """A day by the rules: pauses, narrowings, an end or the window's; and when it was live."""
    history = History()
    history.decide("start", START)
    moments = sorted(draw(st.lists(inside, max_size=8, unique=True)))
    live, since, people = [], START, 10
    for number, at in enumerate(moments):
        if at <= START:
            continue
        if number % 3 == 0 and since is not None:
            history.decide("suspend", at, cause="safety")
            live.append((since, at))
            since = None
        elif number % 3 == 1 and since is None:
            history.decide("resume", at)
            since = at
        else:
            people -= 1
            history.authority = replace(history.authority, max_subjects=people)
            history.revise("narrowed", history.authority, at)
            history.decide("narrow", at)
    end = draw(st.sampled_from(["end", "end_at_window_close"]))
    ended = END - timedelta(minutes=1) if end == "end" else END + timedelta(seconds=7)
    if moments and moments[-1] >= ended:
        end, ended = "end_at_window_close", END + timedelta(seconds=7)
    history.decide(end, ended)
    if since is not None:
        live.append((since, min(ended, END)))
    return history, live


@settings(max_examples=60, deadline=None)
@given(histories(), st.lists(anywhere, min_size=1, max_size=10))
def test_while_it_was_live_nothing_is_broken_and_otherwise_it_was_impossible(made, instants):
    history, live = made
    records = history.records()
    edges = [edge for span in live for edge in span]
    for at in [*instants, *edges, *(edge - timedelta(microseconds=1) for edge in edges)]:
        found = rebuild(records, at)
        if any(begin <= at < end for begin, end in live):
            assert not found.impossible, at
            assert not found.with_standing(Standing.NOT_KEPT), at
            assert found.conclusion.startswith("Every rule that the platform checks was kept at "), at
        else:
            assert found.impossible, at
            assert found.conclusion.startswith("Recognition was impossible at "), at
            kept = found.with_standing(Standing.KEPT)
            assert all(line.always for line in kept), at


@settings(max_examples=40, deadline=None)
@given(histories(), inside)
def test_what_came_later_changes_nothing_of_an_instant(made, at):
    """The answer for a minute is the same the day after as it was a second later."""
    history, _ = made
    whole = history.records()
    newest = [one for one in whole.revisions if one.recorded_at <= at][-1]
    then = replace(
        whole,
        decisions=tuple(one for one in whole.decisions if one.at <= at),
        revisions=tuple(one for one in whole.revisions if one.recorded_at <= at),
        events=tuple(one for one in whole.events if one.at <= at),
        looks=tuple(one for one in whole.looks if one.recorded_at <= at),
        authority_hash=newest.content_hash,
    )
    assert rebuild(then, at) == rebuild(whole, at)


def lived(**changes: object) -> Records:
    history = History()
    history.decide("start", START)
    return history.records(**changes)


NOON = START + timedelta(hours=2)


def without(records: Records, verb: str) -> Records:
    return replace(records, events=tuple(one for one in records.events if one.verb != verb))


@pytest.mark.parametrize(
    ("broken", "change"),
    [
        ("staff", {"people": ()}),
        ("staff", {"people": ALL_BUT_THE_OPERATOR}),
        ("authority", {"authority_hash": "0" * 64}),
        ("model", {"lists": (SealedList(uuid4(), SEAL, SEALED, 1, 1, 1, "another", "1"),)}),
        ("list", {"lists": (SealedList(uuid4(), "6" * 64, SEALED, 1, 1, 1, "opencv-zoo", "1"),)}),
        ("checklist", {"checks": (RecordedCheck(CheckKind.CLOCKS_IN_SYNC, False, SEALED),)}),
    ],
)
def test_each_recorded_breach_is_said_and_only_it(broken, change):
    found = rebuild(lived(**change), NOON)
    assert [line.key for line in found.with_standing(Standing.NOT_KEPT)] == [broken]
    assert "not every rule" in found.conclusion


def test_a_content_whose_hash_does_not_fit_any_more_breaks_the_chain():
    records = lived()
    forged = replace(records.revisions[0], computed_hash="0" * 64)
    assert rebuild(replace(records, revisions=(forged,)), NOON).standing("authority") is Standing.NOT_KEPT


def test_a_widening_after_the_approval_is_not_covered_by_it():
    history = History()
    history.decide("start", START)
    wider = replace(history.authority, max_subjects=11)
    history.revise("widened", wider, NOON)
    assert rebuild(history.records(), NOON).standing("approval") is Standing.NOT_KEPT
    assert rebuild(history.records(), NOON - SECOND).standing("approval") is Standing.KEPT


@pytest.mark.parametrize("verb", ["deployment.notice_verified", "recognition.started", "deployment.drafted"])
def test_what_nobody_wrote_down_is_not_said_to_be_kept(verb):
    keys = {
        "deployment.notice_verified": {"notice", "notice_away"},
        "recognition.started": {"recognition"},
        "deployment.drafted": {"settings"},
    }
    found = rebuild(without(lived(), verb), NOON)
    assert {line.key for line in found.with_standing(Standing.NOT_RECORDED)} == keys[verb]
    assert "Every rule" not in found.conclusion
    assert "does not tell" in found.conclusion


def test_a_notice_that_was_set_back_counts_from_later():
    history = History()
    late = VERIFIED + timedelta(days=1, minutes=1)
    history.note("deployment.notice_set_back", VERIFIED + timedelta(days=2), to=late.isoformat())
    history.decide("start", START)
    found = rebuild(history.records(), NOON)
    assert found.standing("notice") is Standing.NOT_KEPT


def test_what_the_years_have_erased_is_not_recorded_and_neither_kept_nor_broken():
    history = History()
    history.note("deployment.notice_set_back", VERIFIED + timedelta(hours=2), to=VERIFIED.isoformat())
    history.decide("start", START)
    records = history.records()
    erased = replace(records, events=tuple(replace(one, payload={}) for one in records.events))
    found = rebuild(erased, NOON)
    assert found.standing("notice") is Standing.NOT_RECORDED
    assert found.standing("list") is Standing.NOT_RECORDED
    assert found.standing("settings") is Standing.NOT_RECORDED
    assert "not on record: the years have erased it" in repr(found.lines)
    assert "Taken off by then" not in repr(found.lines)
    assert not found.with_standing(Standing.NOT_KEPT)


def test_an_urgent_approval_runs_until_its_confirmation_is_late():
    due = START + timedelta(hours=1)
    records = lived()
    urgent = tuple(
        replace(one, role=str(Role.URGENT_AUTHORISING_OFFICER), confirm_by=due)
        if one.kind == "approve"
        else one
        for one in records.decisions
    )
    records = replace(records, decisions=urgent)
    assert rebuild(records, due - SECOND).standing("confirmation") is Standing.KEPT
    assert rebuild(records, due).impossible == ("the urgent approval was not confirmed in time",)


def test_nothing_on_record_is_never_called_kept_nor_broken_by_mistake():
    empty = Records(uuid4(), "LFR-2", "North Police", FORCE, PLANNED, "0" * 64)
    found = rebuild(empty, NOON)
    assert found.standing("authority") is Standing.NOT_RECORDED
    assert found.standing("state") is Standing.NOT_RECORDED
    assert "Every rule" not in found.conclusion


def test_no_word_of_a_machine_is_a_verdict():
    for at in (NOON, END, PLANNED):
        found = rebuild(lived(), at)
        assert "lawful" not in repr(found).lower()


# Clocks.


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("14:03", time(14, 3)),
        (" 9:05:07 ", time(9, 5, 7)),
        ("00:00", time(0, 0)),
        ("14.03", time(14, 3)),
        ("24:00", None),
        ("14:60", None),
        ("2pm", None),
        ("", None),
        ("١٤:٠٣", None),
        ("14:03:27:00", None),
    ],
)
def test_times_as_people_type_them(typed, clock):
    assert clock_of(typed) == clock


def test_a_time_that_came_twice_is_two_instants_and_one_that_never_came_is_none():
    autumn, spring = date(2026, 10, 25), date(2026, 3, 29)
    assert readings(autumn, time(1, 30)) == (
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    assert readings(spring, time(1, 30)) == ()
    assert readings(spring, time(2, 0)) == (datetime(2026, 3, 29, 1, 0, tzinfo=UTC),)
    assert readings(autumn, time(2, 0)) == (datetime(2026, 10, 25, 2, 0, tzinfo=UTC),)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)))
def test_every_instant_is_one_of_the_readings_of_its_own_clock(wall):
    from apps.core.clock import london

    at = wall.replace(microsecond=0, tzinfo=UTC)
    local = london(at)
    assert at in readings(local.date(), local.time())


def test_a_window_over_midnight_has_two_days_and_one_that_ends_at_midnight_one():
    over = make_authority(window_start=END, window_end=END + timedelta(hours=10))
    until = make_authority(window_start=START, window_end=datetime(2026, 12, 11, tzinfo=UTC))
    assert days_of([over]) == (date(2026, 12, 10), date(2026, 12, 11))
    assert days_of([until]) == (date(2026, 12, 10),)


def test_a_window_that_was_made_shorter_is_still_asked_about():
    history = History()
    whole = replace(history.authority, window_end=END + timedelta(hours=10))
    history.revisions.clear()
    history.revise("drafted", whole, PLANNED)
    history.revise("narrowed", make_authority(), NOON)
    assert len(days_of(windows_of(make_authority(), history.revisions))) == 2
