"""Arbitrary things that people, clocks and outages do to a deployment, and what must hold after each of them.

What must hold is worked out from the rows themselves, from hashes made anew and from what this machine saw
happen, never from the policies that are being tried.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from apps.core import events
from apps.core.clock import london
from apps.core.data import Role
from apps.core.errors import DomainError
from apps.core.tenancy import force_context
from apps.deployments import api as deployments
from apps.deployments import queries
from apps.deployments.data import AssessmentKind, CheckKind, Duty, NotLive
from apps.deployments.data import DeploymentState as S
from apps.deployments.models import ApprovalCondition, AuthorityRevision, Deployment, DeploymentDecision
from apps.notices import api as notices
from apps.watchlists import api as watchlists
from tests.support.assessed import assessed
from tests.support.days import PLANNED, anonymous_fetch, astronaut, listed, make_day
from tests.support.plans import REASONS, SQUARE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URGENT_REASON = "He said that he would be there tonight with a knife."
OVER = frozenset(S) - {S.DRAFT, S.RETURNED, S.SUBMITTED, S.APPROVED, S.NOTICE_PUBLISHED, S.LIST_SEALED}
OVER -= {S.READY, S.LIVE, S.SUSPENDED}
INNER = ((51.799, -0.209), (51.799, -0.201), (51.791, -0.201), (51.791, -0.209))
EDITS = {
    "narrow the list": lambda plan: {"max_subjects": plan.max_subjects - 1},
    "narrow the area": lambda plan: {"polygon": INNER},
    "narrow the cameras": lambda plan: {"cameras": plan.cameras[:1]},
    "narrow the time": lambda plan: {"window_end": plan.window_end - HOUR},
    "start earlier at the latest": lambda plan: {"starts_by": plan.window_start + HOUR},
    "widen the list": lambda plan: {"max_subjects": plan.max_subjects + 5},
    "lower the threshold": lambda plan: {"threshold": plan.threshold - 0.01},
    "other words": lambda plan: {"necessity": plan.necessity + " And more."},
    "move the time": lambda plan: {
        "window_start": plan.window_start + DAY,
        "window_end": plan.window_end + DAY,
        "starts_by": None,
    },
    "move the place": lambda plan: {"polygon": tuple((lat + 0.1, lon) for lat, lon in SQUARE)},
    "make it urgent": lambda plan: {
        "urgent_grounds": "imminent_threat",
        "urgent_reason": URGENT_REASON,
    },
    "make it urgent for no reason": lambda plan: {"urgent_grounds": "convenience", "urgent_reason": "now"},
    "make it ordinary": lambda plan: {"urgent_grounds": "", "urgent_reason": ""},
}
PEOPLE = ("planner", "officer", "inspector", "silver", "operator", "engineer", "system", "everything")


class Reached:
    """How often it came to what is to be judged at all; a test that never gets there proves nothing."""

    live = urgent = running = 0


class Unlawful(RuleBasedStateMachine):
    """One force, its people, one deployment after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.day = make_day("north", urgent_confirmation_hours=4)
        self.day.inspector = self.day.person("inspector", Role.URGENT_AUTHORISING_OFFICER)
        self.day.everything = self.day.person("everything", *set(Role) - {Role.SYSTEM})
        self.now, self.silent = PLANNED, False
        self.dispatch = mock.patch.object(events, "dispatch", self._dispatch)
        self.really_dispatch = events.dispatch
        self.dispatch.start()
        self.urgent = self.late = False

    @initialize(urgent=st.booleans())
    def begin(self, urgent: bool) -> None:
        self.urgent = urgent
        self._plan()

    def teardown(self) -> None:
        self.dispatch.stop()

    def _dispatch(self, **event: object) -> bool:
        """Nobody listens while everything but the database is down."""
        return False if self.silent else self.really_dispatch(**event)

    def _plan(self) -> None:
        """Every second one asks for an exception from the notice."""
        self.urgent = not self.urgent
        start = (self.now + 9 * DAY).replace(hour=10, minute=0)
        self.seen_at = None
        self.day.draft(
            window_start=start,
            window_end=start + 6 * HOUR,
            rehearsal=False,
            assessments=assessed(self.day.force.id, self.day.planner, *AssessmentKind),
            **(EDITS["make it urgent"](None) if self.urgent else {}),
        )

    def _try(self, operation: object, who: str, **arguments: object) -> bool:
        actor = getattr(self.day, who)
        try:
            self.day.step(operation, actor, self.now, **arguments)
        except DomainError:
            return False
        return True

    # What the clock and the platform do

    @rule(ahead=st.sampled_from((timedelta(minutes=1), HOUR, 5 * HOUR, DAY)))
    def clock(self, ahead: timedelta) -> None:
        self.now += ahead

    @rule(name=st.sampled_from(("opens", "start", "confirm", "end")), off=st.sampled_from((-1, 0, 1)))
    def clock_at(self, name: str, off: int) -> None:
        """To one of the instants at which something changes, or a second beside it; never back."""
        found = self.day.get()
        plan = found.authority
        instants = {
            "opens": plan.window_start - DAY,
            "start": plan.window_start,
            "confirm": found.confirm_by or self.now,
            "end": plan.window_end,
        }
        self.now = max(self.now, instants[name] + timedelta(seconds=off))

    @rule()
    def outage(self) -> None:
        self.silent = not self.silent

    @rule()
    def sweep(self) -> None:
        if self.silent:
            return
        for step in (
            deployments.end_overdue,
            deployments.expire_overdue,
            deployments.suspend_unconfirmed,
            notices.publish_due,
        ):
            self.day.call(step, now=self.now)
        events.sweep(force_id=self.day.force.id, now=self.now, grace=timedelta(0))

    @rule(there=st.booleans())
    def look(self, there: bool) -> None:
        """Somebody from outside, who sees the page or does not."""
        fetch = anonymous_fetch if there else lambda url: (503, "")
        with suppress(DomainError):
            seen = self.day.verify(now=self.now, fetch=fetch)
            if seen.verified and self.seen_at is None:
                self.seen_at = self.now

    # What people do

    @rule(what=st.sampled_from(sorted(EDITS)), who=st.sampled_from(("planner", "everything")))
    def edit(self, what: str, who: str) -> None:
        plan = self.day.get().authority
        authority = replace(plan, **EDITS[what](plan))
        if self._try(deployments.amend, who, authority=authority, reason=REASONS) and "move" in what:
            self.seen_at = None

    @rule(who=st.sampled_from(PEOPLE), stale=st.booleans(), bound=st.booleans())
    def approve(self, who: str, stale: bool, bound: bool) -> None:
        conditions = ("Ask the school first.",) if bound else ()
        seen = "0" * 64 if stale else self.day.get().authority_hash
        self._try(deployments.approve, who, reasons=REASONS, authority_hash=seen, conditions=conditions)

    @rule(
        name=st.sampled_from(
            (
                *("submit", "make_ready", "start", "resume", "end", "return_", "refuse", "revoke"),
                *("suspend", "cancel", "confirm", "refuse_afterwards"),
            )
        ),
        who=st.sampled_from(PEOPLE),
    )
    def press(self, name: str, who: str) -> None:
        words = {
            **dict.fromkeys(("return_", "refuse", "revoke", "confirm", "refuse_afterwards"), "reasons"),
            **dict.fromkeys(("suspend", "cancel", "resume", "end"), "reason"),
        }
        typed = {words[name]: REASONS} if name in words else {}
        if name == "cancel":
            typed |= {"done": "Nothing was done.", "collected": "Nothing was collected."}
        self._try(getattr(deployments, name), who, **typed)

    @rule(passed=st.booleans())
    def check(self, passed: bool) -> None:
        self._try(
            deployments.record_check, "engineer", kind=CheckKind.CAMERA_FOCUS, passed=passed, note="looked"
        )

    @rule(steps=st.integers(3, 7))
    def go_on_late(self, steps: int) -> None:
        self.go_on(steps, late=True)

    @rule(steps=st.integers(3, 7))
    def go_on_in_time(self, steps: int) -> None:
        self.go_on(steps, late=False)

    def go_on(self, steps: int, late: bool) -> None:
        """What everybody waits for, when it is possible: without it nothing ever goes live. The look at the
        public page may come days late."""
        self.late = late
        for _ in range(steps):
            self._go_on()
            self.never_live_unlawfully()

    def _go_on(self) -> None:
        found = self.day.get()
        if found.state in OVER:
            self._plan()
            return
        self.silent = False
        steps = {
            S.DRAFT: self._submit,
            S.RETURNED: self._submit,
            S.SUBMITTED: self._decide,
            S.APPROVED: self.sweep,
            S.NOTICE_PUBLISHED: self._list,
            S.LIST_SEALED: self._prepare,
            S.READY: self._start,
            S.SUSPENDED: self._resume,
        }
        steps.get(found.state, lambda: None)()

    def _submit(self) -> None:
        self._try(deployments.submit, "planner", answer=REASONS)

    def _decide(self) -> None:
        found = self.day.get()
        who = "inspector" if found.authority.urgent_grounds else "officer"
        if found.authority.urgent_grounds:
            self.now = max(self.now, found.authority.window_start - 3 * HOUR)
        self._try(deployments.approve, who, reasons=REASONS, authority_hash=found.authority_hash)

    def _list(self) -> None:
        if self.late and self.seen_at is None:
            self.now += 3 * DAY
        self.look(there=True)
        found = self.day.get()
        self.now = max(self.now, found.authority.window_start - HOUR)
        self._try(
            deployments.import_watchlist,
            "planner",
            rows=[listed(now=self.now)],
            pictures=lambda _: astronaut(),
            accept_warnings=True,
        )
        self._try(deployments.seal_watchlist, "planner")

    def _prepare(self) -> None:
        for who in ("officer", "inspector"):
            self._try(deployments.accept_watchlist, who, seal_hash=self.day.get().watchlist_seal_hash)
        with suppress(DomainError):
            self.day.check(now=self.now)
        self._try(deployments.make_ready, "silver")

    def _start(self) -> None:
        self.now = max(self.now, self.day.get().authority.window_start)
        for condition in self.day.call(deployments.conditions, deployment_id=self.day.deployment_id):
            self._try(
                deployments.meet_condition, "silver", condition_id=condition.id, note="The school agreed."
            )
        with suppress(DomainError):
            self.day.check(now=self.now)
        self._try(deployments.start, "silver")

    def _resume(self) -> None:
        self._try(deployments.confirm, "officer", reasons=REASONS)
        with suppress(DomainError):
            self.day.check(now=self.now)
        self._try(deployments.resume, "silver")

    @precondition(lambda self: self.day.get().state is S.LIVE)
    @rule(off=st.booleans())
    def staff(self, off: bool) -> None:
        """Somebody lays their duty down, or takes it again."""
        step = deployments.lay_down_duty if off else deployments.record_duty
        self._try(step, "operator", duty=Duty.OPERATOR)

    # What must hold

    @invariant()
    def never_live_unlawfully(self) -> None:
        with force_context(self.day.force.id):
            row = Deployment.objects.get(id=self.day.deployment_id)
            if row.state == S.LIVE:
                Reached.live += 1
                self._check_approval(row)
                self._check_list(row)
                self._check_notice(row)
            self._check_running(row)

    def _check_approval(self, row: Deployment) -> None:
        """Of exactly the text that stands there, or of one that was only narrowed since, by an officer."""
        text = json.dumps(row.authority, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(text.encode()).hexdigest()
        assert row.approved_hash == row.authority_hash == digest
        links = {link.content_hash: link for link in AuthorityRevision.objects.filter(deployment=row)}
        decided = DeploymentDecision.objects.filter(deployment=row, kind__in=("approve", "void")).last()
        assert decided is not None
        assert decided.kind == "approve"
        approved = decided.content_hash
        while digest != approved:
            assert links[digest].kind == "narrowed", "it was widened after it was approved"
            digest = links[digest].previous_hash
        urgent = row.authority["urgent_grounds"] in ("imminent_threat", "time_limited_intelligence")
        officers = {Role.AUTHORISING_OFFICER} | ({Role.URGENT_AUTHORISING_OFFICER} if urgent else set())
        assert decided.role in officers
        assert decided.actor_id not in {row.planner_id, None}
        assert not ApprovalCondition.objects.filter(deployment=row, met_at=None, lapsed_at=None).exists()

    def _check_list(self, row: Deployment) -> None:
        present = watchlists.get_for_deployment(deployment_id=row.id)
        assert present is not None
        assert row.accepted_seal_hash == row.watchlist_seal_hash == present.seal_hash
        log = DeploymentDecision.objects.filter(deployment=row).values_list("kind", flat=True)
        steps = [kind for kind in log if kind in ("seal_list", "accept_list", "void")]
        assert steps[-2:] == ["seal_list", "accept_list"]

    def _check_notice(self, row: Deployment) -> None:
        """Seven days by the calendar in London from when this machine saw the page, or an exception."""
        if row.authority["urgent_grounds"]:
            Reached.urgent += 1
            assert row.authority["urgent_grounds"] == "imminent_threat"
            assert row.authority["urgent_reason"] == URGENT_REASON
            assert row.notice_published_at is not None
            return
        assert self.seen_at is not None
        begun, seen = london(row.started_at), london(self.seen_at)
        assert begun.replace(tzinfo=None) >= seen.replace(tzinfo=None) + 7 * DAY

    def _check_running(self, row: Deployment) -> None:
        """What every frame asks: not in a state only, but at this moment."""
        try:
            deployments.live_authority(deployment_id=row.id, now=self.now)
        except NotLive:
            return
        Reached.running += 1
        assert row.state == S.LIVE
        assert row.window_start <= self.now < row.window_end
        assert row.confirm_by is None or row.confirmed_at is not None or self.now < row.confirm_by


def operational() -> object:
    """No installed model has evidence enough for operations, so each is said to have it."""
    return mock.patch.multiple(
        queries, pack_grade=lambda pack_id: "operational", grade_of=lambda authority, **counted: "operational"
    )
