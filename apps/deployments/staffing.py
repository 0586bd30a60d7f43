"""Minimum staffing (domain.md §2): who must be on duty before recognition begins, and goes on."""

from __future__ import annotations

from collections.abc import Collection

from apps.core.errors import RuleViolated
from apps.deployments.data import Duty, DutyData
from apps.deployments.words import DUTY_WORDS

# Who works on the day itself. Planning and authorising are done before it, and count nobody as present.
ON_DUTY = frozenset({Duty.SILVER, Duty.OPERATOR, Duty.ENGAGEMENT, Duty.ENGINEER})
# An alert is decided twice, by two of these.
NEEDED = (Duty.OPERATOR, Duty.ENGAGEMENT)


def check_staffing(duties: Collection[DutyData], *, minimum: int) -> None:
    """Raises RuleViolated with everything that is missing."""
    reasons = unstaffed(duties, minimum=minimum)
    if reasons:
        raise RuleViolated(reasons, code="understaffed")


def unstaffed(duties: Collection[DutyData], *, minimum: int) -> list[str]:
    """What is missing, in words; `minimum` is the force's number of different people on duty."""
    reasons = [
        f"No {DUTY_WORDS[needed]} has taken their duty yet."
        for needed in NEEDED
        if all(taken.duty is not needed for taken in duties)
    ]
    # One person may have taken two duties, and is still one person.
    people = len({taken.actor_id for taken in duties if taken.duty in ON_DUTY})
    if people < minimum:
        present = {0: "Nobody is", 1: "Only 1 person is"}.get(people, f"Only {people} people are")
        reasons.append(f"{present} on duty here. Your force needs at least {minimum}.")
    return reasons
