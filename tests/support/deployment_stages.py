"""Every stage of a deployment, everybody who could be there, and what each of them may press."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db import transaction

from apps.core.data import Actor, Role
from apps.core.errors import DomainError, InvalidTransition, NotPermitted, RuleViolated
from apps.deployments import api as deployments
from apps.deployments.data import CheckKind, Step
from apps.deployments.data import DeploymentState as S
from apps.watchlists import api as watchlists
from tests.support.days import CHECKED, END, IMPORTED, PLANNED, START, VERIFIED, astronaut, listed
from tests.support.plans import REASONS

LATER = START + timedelta(days=60)
NOON = START + timedelta(hours=2)
REFUSED = (NotPermitted, InvalidTransition, RuleViolated)
PLANNER, OFFICER, SILVER = Role.PLANNER, Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER
OPERATOR, ENGAGEMENT, ENGINEER = Role.OPERATOR, Role.ENGAGEMENT_OFFICER, Role.SYSTEM_ENGINEER
CHANGE = {Step.EDIT, Step.NARROW, Step.CANCEL}
CHECKING = {role: {Step.CHECK} for role in (ENGAGEMENT, ENGINEER)}
ANNOUNCED = {PLANNER: CHANGE, OFFICER: {Step.REVOKE}}
SUSPENDING = {role: {Step.SUSPEND} for role in (OPERATOR, Role.SYSTEM)}
RUNNING = {PLANNER: {Step.NARROW}, OFFICER: {Step.REVOKE}, Role.SYSTEM: {Step.CHECK}}


def submitted(day):
    day.to(S.SUBMITTED)


def approved(day):
    day.draft(publish_at=VERIFIED)
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve()


def bound(day):
    """Approved with a condition that nobody has met yet."""
    day.draft(publish_at=VERIFIED)
    day.step(deployments.submit, day.planner, PLANNED)
    day.approve(conditions=("Ask the school first.",))


def imported(day):
    day.to(S.NOTICE_PUBLISHED)
    day.import_list()


def emptied(day):
    imported(day)
    (subject,) = day.call(watchlists.subject_ids, watchlist_id=day.get().watchlist_id)
    day.call(watchlists.remove_subject, subject_id=subject, reason=REASONS, actor=day.planner, now=IMPORTED)


def sealed(day):
    imported(day)
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)


def accepted(day):
    sealed(day)
    day.accept()


def half_checked(day):
    accepted(day)
    day.check(without=CheckKind.STAFFING)


def ready_on_short_notice(day):
    submitted(day)
    day.approve()
    day.verify(now=START - timedelta(days=7) + timedelta(minutes=1))
    day.import_list()
    day.step(deployments.seal_watchlist, day.planner, IMPORTED)
    day.accept()
    day.check()
    day.step(deployments.make_ready, day.silver, CHECKED)


def failed_check(day):
    day.to(S.READY)
    fell = {"kind": CheckKind.SIGNAGE, "passed": False, "note": "the north sign fell"}
    day.step(deployments.record_check, day.engagement, CHECKED, **fell)


def voided_and_approved_again(day):
    """The list of the first approval is still there, on its way out."""
    day.to(S.LIST_SEALED)
    day.step(deployments.amend, day.planner, CHECKED, authority=day.plan(max_subjects=11), reason=REASONS)
    day.step(deployments.submit, day.planner, CHECKED)
    day.approve(now=CHECKED)


def suspended(day):
    day.to(S.LIVE)
    day.step(deployments.suspend, day.operator, START, reason="smoke")


def suspended_by_a_check(day):
    day.to(S.LIVE)
    fell = {"kind": CheckKind.SIGNAGE, "passed": False, "note": "the north sign fell"}
    day.step(deployments.record_check, day.engagement, START, **fell)


def ended(day):
    day.to(S.LIVE)
    day.step(deployments.end, day.silver, NOON)


def after(state, operation, person, now, **arguments):
    def drive(day):
        day.to(state)
        day.step(operation, getattr(day, person), now, **arguments)

    return drive


# name: how it came about, the time, the state, and what people may do who did nothing on it before.
STAGES = {
    "draft": (lambda day: day.draft(), PLANNED, S.DRAFT, {PLANNER: {Step.EDIT, Step.SUBMIT, Step.CANCEL}}),
    "draft incomplete": (
        lambda day: day.draft(necessity=""),
        PLANNED,
        S.DRAFT,
        {PLANNER: {Step.EDIT, Step.CANCEL}},
    ),
    "draft too late": (
        lambda day: day.draft(),
        START - timedelta(days=2),
        S.DRAFT,
        {PLANNER: {Step.EDIT, Step.CANCEL}},
    ),
    "submitted": (
        submitted,
        PLANNED,
        S.SUBMITTED,
        {PLANNER: {Step.EDIT, Step.CANCEL}, OFFICER: {Step.APPROVE, Step.RETURN, Step.REFUSE}},
    ),
    "submitted too late": (
        submitted,
        IMPORTED,
        S.SUBMITTED,
        {PLANNER: {Step.EDIT, Step.CANCEL}, OFFICER: {Step.RETURN, Step.REFUSE}},
    ),
    "returned": (
        after(S.SUBMITTED, deployments.return_, "officer", PLANNED, reasons=REASONS),
        PLANNED,
        S.RETURNED,
        {PLANNER: {Step.EDIT, Step.SUBMIT, Step.CANCEL}},
    ),
    "refused": (
        after(S.SUBMITTED, deployments.refuse, "officer", PLANNED, reasons=REASONS),
        PLANNED,
        S.REFUSED,
        {},
    ),
    "approved": (approved, PLANNED, S.APPROVED, ANNOUNCED),
    "approved with a condition": (
        bound,
        PLANNED,
        S.APPROVED,
        {
            PLANNER: CHANGE | {Step.MEET_CONDITION},
            OFFICER: {Step.REVOKE, Step.MEET_CONDITION},
            SILVER: {Step.MEET_CONDITION},
        },
    ),
    "notice running": (lambda day: day.to(S.NOTICE_PUBLISHED), VERIFIED, S.NOTICE_PUBLISHED, ANNOUNCED),
    "list window": (
        lambda day: day.to(S.NOTICE_PUBLISHED),
        IMPORTED,
        S.NOTICE_PUBLISHED,
        ANNOUNCED | {PLANNER: CHANGE | {Step.IMPORT_LIST}},
    ),
    "window over": (lambda day: day.to(S.NOTICE_PUBLISHED), END, S.NOTICE_PUBLISHED, ANNOUNCED),
    "imported": (
        imported,
        IMPORTED,
        S.NOTICE_PUBLISHED,
        ANNOUNCED | {PLANNER: CHANGE | {Step.SEAL_LIST}},
    ),
    "imported, window over": (imported, END, S.NOTICE_PUBLISHED, ANNOUNCED),
    "imported, nobody left": (emptied, IMPORTED, S.NOTICE_PUBLISHED, ANNOUNCED),
    "earlier list not gone": (voided_and_approved_again, CHECKED, S.NOTICE_PUBLISHED, ANNOUNCED),
    "sealed": (
        sealed,
        IMPORTED,
        S.LIST_SEALED,
        ANNOUNCED
        | CHECKING
        | {OFFICER: {Step.REVOKE, Step.ACCEPT_LIST}, SILVER: {Step.CHECK}, Role.SYSTEM: {Step.CHECK}},
    ),
    "accepted": (
        accepted,
        IMPORTED,
        S.LIST_SEALED,
        ANNOUNCED | CHECKING | {SILVER: {Step.CHECK}, Role.SYSTEM: {Step.CHECK}},
    ),
    "half checked": (
        half_checked,
        CHECKED,
        S.LIST_SEALED,
        ANNOUNCED | CHECKING | {SILVER: {Step.CHECK}, Role.SYSTEM: {Step.CHECK}},
    ),
    "checked": (
        lambda day: day.to(S.LIST_SEALED),
        CHECKED,
        S.LIST_SEALED,
        ANNOUNCED | CHECKING | {SILVER: {Step.CHECK, Step.MAKE_READY}, Role.SYSTEM: {Step.CHECK}},
    ),
    "ready, early": (
        lambda day: day.to(S.READY),
        CHECKED,
        S.READY,
        ANNOUNCED | CHECKING | {SILVER: {Step.CHECK}, Role.SYSTEM: {Step.CHECK}},
    ),
    "ready": (
        lambda day: day.to(S.READY),
        START,
        S.READY,
        ANNOUNCED | CHECKING | {SILVER: {Step.CHECK, Step.START}, Role.SYSTEM: {Step.CHECK}},
    ),
    "ready, window over": (
        lambda day: day.to(S.READY),
        END,
        S.READY,
        ANNOUNCED | CHECKING | {SILVER: {Step.CHECK}, Role.SYSTEM: {Step.CHECK}},
    ),
    "ready, notice short": (
        ready_on_short_notice,
        START,
        S.READY,
        ANNOUNCED | CHECKING | {SILVER: {Step.CHECK}, Role.SYSTEM: {Step.CHECK}},
    ),
    "ready, a check failed": (
        failed_check,
        START,
        S.READY,
        ANNOUNCED | CHECKING | {SILVER: {Step.CHECK}, Role.SYSTEM: {Step.CHECK}},
    ),
    "live": (
        lambda day: day.to(S.LIVE),
        NOON,
        S.LIVE,
        RUNNING
        | {role: {Step.CHECK, Step.SUSPEND} for role in (ENGAGEMENT, ENGINEER, Role.SYSTEM)}
        | {OPERATOR: {Step.SUSPEND}, SILVER: {Step.CHECK, Step.SUSPEND, Step.END}},
    ),
    "suspended": (
        suspended,
        NOON,
        S.SUSPENDED,
        RUNNING | CHECKING | {SILVER: {Step.CHECK, Step.RESUME, Step.END}},
    ),
    "suspended by a check": (
        suspended_by_a_check,
        NOON,
        S.SUSPENDED,
        RUNNING | CHECKING | {SILVER: {Step.CHECK, Step.END}},
    ),
    "suspended, window over": (
        suspended,
        END,
        S.SUSPENDED,
        RUNNING | CHECKING | {SILVER: {Step.CHECK, Step.END}},
    ),
    "ended": (ended, END, S.ENDED, {SILVER: {Step.REVIEW}, OFFICER: {Step.REVIEW}}),
    "cancelled": (
        after(S.SUBMITTED, deployments.cancel, "planner", PLANNED, reason=REASONS),
        PLANNED,
        S.CANCELLED,
        {},
    ),
    "revoked": (after(S.LIVE, deployments.revoke, "officer", NOON, reasons=REASONS), NOON, S.REVOKED, {}),
}


def people(day) -> dict[str, Actor]:
    """One newcomer a role, and those who did something on it, each with every role there is."""
    every = tuple(set(Role) - {Role.SYSTEM})
    newcomers = {str(role): day.person(f"new {role}", role) for role in every}
    return newcomers | {
        str(Role.SYSTEM): day.system,
        "planner with every role": day.with_roles(day.planner, *every),
        "officer with every role": day.with_roles(day.officer, *every),
        "commander with every role": day.with_roles(day.silver, *every),
        "engineer with every role": day.with_roles(day.engineer, *every),
        "operator with every role": day.with_roles(day.operator, *every),
        "newcomer with every role": day.person("all", *every),
        "a machine with every role": replace(day.person("machine", *every), id=None),
        "another force's": replace(day.person("stranger", *every), force_id=day.deployment_id),
    }


class Undone(Exception):
    """Takes back what an operation did."""


def goes_through(operation, **arguments) -> bool:
    try:
        with transaction.atomic():
            operation(**arguments)
            raise Undone
    except Undone:
        return True
    except REFUSED:
        return False


def calls(day, deployment, actor, now):
    """For each step the operation behind its button, with input that nobody could object to."""
    authority = deployment.authority
    elsewhen = {"window_start": LATER, "window_end": LATER + timedelta(hours=6), "necessity": REASONS}
    items = deployments.check_actions(deployment_id=deployment.id, actor=actor)
    own = next((kind for kind, action in items.items() if action.allowed), CheckKind.CLOCKS_IN_SYNC)
    conditions = deployments.conditions(deployment_id=deployment.id)
    condition = next((each.id for each in conditions if each.is_open), deployment.id)
    report = {"done": "Nothing was done.", "collected": "Nothing was collected."}
    read = {"authority_hash": deployment.authority_hash, "reasons": REASONS}
    listing = {"rows": [listed(now=now)], "pictures": lambda _: astronaut(), "accept_warnings": True}
    return {
        Step.EDIT: (deployments.amend, {"authority": replace(authority, **elsewhen), "reason": REASONS}),
        Step.NARROW: (
            deployments.amend,
            {"authority": replace(authority, cameras=authority.cameras[:1]), "reason": REASONS},
        ),
        Step.SUBMIT: (deployments.submit, {"answer": REASONS}),
        Step.CANCEL: (deployments.cancel, {"reason": REASONS, **report}),
        Step.APPROVE: (deployments.approve, read),
        Step.RETURN: (deployments.return_, {"reasons": REASONS}),
        Step.REFUSE: (deployments.refuse, {"reasons": REASONS}),
        Step.REVOKE: (deployments.revoke, {"reasons": REASONS}),
        Step.IMPORT_LIST: (deployments.import_watchlist, listing),
        Step.SEAL_LIST: (deployments.seal_watchlist, {}),
        Step.ACCEPT_LIST: (
            deployments.accept_watchlist,
            {"seal_hash": deployment.watchlist_seal_hash or "0" * 64},
        ),
        # A sign passes by its photograph; that it failed can always be said.
        Step.CHECK: (
            deployments.record_check,
            {"kind": own, "passed": own is not CheckKind.SIGNAGE, "note": "as it was seen"},
        ),
        Step.MAKE_READY: (deployments.make_ready, {}),
        Step.START: (deployments.start, {}),
        Step.SUSPEND: (deployments.suspend, {"reason": REASONS}),
        Step.RESUME: (deployments.resume, {}),
        Step.END: (deployments.end, {}),
        Step.REVIEW: (deployments.review, {"findings": REASONS}),
        Step.CONFIRM: (deployments.confirm, {"reasons": REASONS}),
        Step.REFUSE_AFTERWARDS: (deployments.refuse_afterwards, {"reasons": REASONS}),
        Step.MEET_CONDITION: (deployments.meet_condition, {"condition_id": condition, "note": REASONS}),
    }


def words_of(operation, arguments) -> set[str]:
    try:
        with transaction.atomic():
            operation(**arguments)
            raise Undone
    except Undone:
        return set()
    except RuleViolated as refused:
        return set(refused.reasons)
    except DomainError as refused:
        return {refused.message}
