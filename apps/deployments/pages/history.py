"""What happened to a deployment, as one list: decisions, and what was changed in its plan. No queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from apps.core.wording import say_list
from apps.deployments.data import DecisionData, RevisionData
from apps.deployments.pages.labels import DECISION_LABELS, FIELD_LABELS, REVISION_LABELS
from apps.deployments.planning.steps import STEPS

# A narrowing and a voided approval stand in both logs; the revision says what changed.
TOLD_BY_REVISION = frozenset({"narrow", "void"})
# A plan is saved page by page; what one person saved in so long is one thing that they did.
ONE_SITTING = timedelta(hours=1)
EDITED = "edited"
# Fields of a plan's pages that have another name in its content.
PAGE_FIELDS = {"start_date": "window", "starts_by_time": "starts_by", "zones": "cameras"}


@dataclass(frozen=True)
class HistoryEntry:
    """Something that was decided or changed; `reasons` are somebody's own words."""

    at: datetime
    what: str
    by: str
    changed: str
    reasons: str


@dataclass(frozen=True)
class _Saved:
    """Saves of one person, one after the other with nothing between."""

    entry: HistoryEntry
    # Two people may be called the same.
    actor_id: UUID
    since: datetime
    times: int
    fields: frozenset[str]

    def told(self) -> HistoryEntry:
        if self.times == 1:
            return self.entry
        titles = [f"“{title}”" for title in _steps(self.fields)]
        steps = f"the {'step' if len(titles) == 1 else 'steps'} {say_list(titles)}"
        return replace(self.entry, what=f"Edited, saved {self.times} times", changed=steps)


def history(decisions: Sequence[DecisionData], revisions: Sequence[RevisionData]) -> tuple[HistoryEntry, ...]:
    """Both logs as one, the newest first; of what happened at one instant, the later step first. The saves of
    one hour by one person are one line."""
    told: list[tuple[datetime, HistoryEntry, RevisionData | None]] = [
        (
            row.recorded_at,
            HistoryEntry(
                row.recorded_at, REVISION_LABELS[row.kind], row.actor_label, changed(row), row.reason
            ),
            row,
        )
        for row in revisions
    ]
    told += [
        (
            row.decided_at,
            HistoryEntry(row.decided_at, DECISION_LABELS[row.kind], row.actor_label, "", row.reasons),
            None,
        )
        for row in decisions
        if row.kind not in TOLD_BY_REVISION
    ]
    folded: list[HistoryEntry | _Saved] = []
    for at, entry, revision in sorted(told, key=lambda row: row[0]):
        if revision is None or revision.kind != EDITED or revision.reason:
            folded.append(entry)
            continue
        last = folded[-1] if folded else None
        if isinstance(last, _Saved) and last.actor_id == revision.actor_id and at - last.since <= ONE_SITTING:
            fields = last.fields | _fields(revision)
            folded[-1] = replace(last, entry=entry, times=last.times + 1, fields=fields)
        else:
            folded.append(_Saved(entry, revision.actor_id, at, 1, _fields(revision)))
    return tuple(each.told() if isinstance(each, _Saved) else each for each in reversed(folded))


def _fields(revision: RevisionData) -> frozenset[str]:
    return frozenset((*revision.changes.get("widened", ()), *revision.changes.get("narrowed", ())))


def _steps(fields: Iterable[str]) -> list[str]:
    """The titles of the pages on which these parts are changed, in their order."""
    wanted = set(fields)
    return [
        step.title
        for step in STEPS.values()
        if step.slug != "zones" and wanted & {PAGE_FIELDS.get(name, name) for name in step.names}
    ]


def changed(revision: RevisionData) -> str:
    """What a version changed, for instance "area (smaller than before) and cameras"; empty for the first."""
    named = _fields(revision)
    return say_list([words for name, words in FIELD_LABELS.items() if name in named])
