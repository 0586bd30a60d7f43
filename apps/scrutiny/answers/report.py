"""The 25 answers of domain.md §8 over a time, each from records, with its source: for a page "
"and for files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from apps.core.wording import say_day
from apps.forces.data import ForceData
from apps.scrutiny.answers import accuracy, after, authority, casework, lists
from apps.scrutiny.answers.facts import Facts, facts_of
from apps.scrutiny.exceptions import Period
from apps.scrutiny.exports.report import Report, Section

# In the order of the questions.
ANSWERS: tuple[Callable[[Facts], Section], ...] = (
    authority.who_authorised,
    authority.objective,
    authority.place,
    authority.less_intrusive,
    authority.notice,
    authority.signs,
    lists.categories,
    lists.special,
    lists.sources,
    lists.refused,
    accuracy.model,
    accuracy.false_alerts,
    accuracy.groups,
    accuracy.deciding,
    accuracy.false_engagements,
    casework.arrests,
    casework.off_purpose,
    after.deletion,
    after.access,
    after.outages,
    casework.complaints,
    after.training,
    casework.hours,
    authority.nearness,
    casework.recommendations,
)


def answers_report(
    *, force: ForceData, period: Period, now: datetime, rehearsals: bool = False, published: bool = False
) -> Report:
    """Of the open force. `published`: without what the oversight body has not published. Raises RuleViolated
    for more deployments than a report holds."""
    facts = facts_of(force=force, period=period, now=now, rehearsals=rehearsals, published=published)
    kind = "rehearsals" if rehearsals else "operations"
    return Report(
        title=f"Live facial recognition: 25 answers about {kind}",
        force=force.name,
        period_words=f"{say_day(period.first)} to {say_day(period.last)}",
        name=f"answers-{kind}-{period.first}-{period.last}",
        sections=tuple(each(facts) for each in ANSWERS),
    )
