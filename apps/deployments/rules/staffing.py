"""Minimum staffing (domain.md §2): who must be on duty before recognition begins, and goes on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from apps.core.clock import london
from apps.core.errors import RuleViolated
from apps.core.wording import say_list
from apps.deployments.data import Duty, DutyData
from apps.deployments.rules.blockers import About, Blocker, said
from apps.deployments.rules.words import DUTY_WORDS

# Who works on the day itself. Planning and authorising are done before it, and count nobody as present.
ON_DUTY = frozenset({Duty.SILVER, Duty.OPERATOR, Duty.ENGAGEMENT, Duty.ENGINEER})
# An alert is decided twice, by two of these.
NEEDED = (Duty.OPERATOR, Duty.ENGAGEMENT)


def window_days(start: datetime, end: datetime) -> tuple[date, ...]:
    """The days in London on which a window lies, its end excluded: one, or two over midnight."""
    first, last = london(start).date(), london(end - timedelta(microseconds=1)).date()
    return (first,) if first == last else (first, last)


def check_staffing(duties: Collection[DutyData], *, minimum: int, lapsed: Collection[DutyData] = ()) -> None:
    """Raises RuleViolated with everything that is missing."""
    reasons = unstaffed(duties, minimum=minimum, lapsed=lapsed)
    if reasons:
        raise RuleViolated(reasons, code="understaffed")


def unstaffed(duties: Collection[DutyData], *, minimum: int, lapsed: Collection[DutyData] = ()) -> list[str]:
    """What is missing, in words; `minimum` is the force's number of different people on duty.

    `lapsed`: those of the duties whose person has lost the role, or has no current certificate for it. They
    count for nobody (domain.md §1 and §2).
    """
    return said(staffing_blockers(duties, minimum=minimum, lapsed=lapsed))


def staffing_blockers(
    duties: Collection[DutyData], *, minimum: int, lapsed: Collection[DutyData] = ()
) -> list[Blocker]:
    """What `unstaffed` says, each with the duty that is missing; none where anybody of the day counts."""
    on_duty = [taken for taken in duties if taken.laid_down_at is None]
    present = [taken for taken in on_duty if taken not in lapsed]
    reasons = [
        Blocker(_nobody(needed, duties), About.STAFFING, duty=needed)
        for needed in NEEDED
        if all(taken.duty is not needed for taken in on_duty)
    ]
    reasons += [
        Blocker(
            f"No {DUTY_WORDS[needed]} on duty counts: {_lapsed(lapsed, needed)}.", About.STAFFING, duty=needed
        )
        for needed in NEEDED
        if any(taken.duty is needed for taken in lapsed)
        and all(taken.duty is not needed for taken in present)
    ]
    # One person may have taken two duties, and is still one person.
    people = len({taken.actor_id for taken in present if taken.duty in ON_DUTY})
    if people < minimum:
        number = {0: "Nobody is", 1: "Only 1 person is"}.get(people, f"Only {people} people are")
        trained = " in a role with a current certificate" if lapsed else ""
        words = f"{number} on duty here{trained}. Your force needs at least {minimum}."
        reasons.append(Blocker(words, About.STAFFING))
    return reasons


def _nobody(needed: Duty, duties: Collection[DutyData]) -> str:
    gone = [taken for taken in duties if taken.duty is needed]
    if not gone:
        return f"No {DUTY_WORDS[needed]} has taken their duty yet."
    return f"No {DUTY_WORDS[needed]} is on duty any more: {_who(gone, needed)} went off duty."


def _lapsed(lapsed: Iterable[DutyData], duty: Duty) -> str:
    who = _names(lapsed, duty)
    hold = "holds" if len(who) == 1 else "hold"
    return f"{say_list(who)} no longer {hold} the role with a current certificate"


def _who(taken: Iterable[DutyData], duty: Duty) -> str:
    return say_list(_names(taken, duty))


def _names(taken: Iterable[DutyData], duty: Duty) -> list[str]:
    return [each.actor_label for each in taken if each.duty is duty]
