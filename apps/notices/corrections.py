"""Results that are published again with other numbers: what they said before is kept with the notice, stays
readable, and is told with the reason (domain.md §7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop as _

from apps.core.data import Actor, Role
from apps.core.errors import NotFound, NotPermitted, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.text import prose_problems
from apps.deployments import api as deployments
from apps.notices import mails, queries
from apps.notices.data import NoticeData, OldResults, ResultsData
from apps.notices.models import Notice
from apps.notices.rows import note_audit, own_row, write_row
from apps.notices.states import PUBLISH_RESULTS
from apps.notices.wording import STEP_HISTORY

CORRECTS = (Role.AUTHORISING_OFFICER, Role.SILVER_COMMANDER)
SHORTEST, LONGEST = 10, 1_000
NO_RESULTS = "there are no published results of this deployment"
CORRECTED = _("The results were corrected.")

# What is compared, in the order in which it is told, with the words for it.
COMPARED: Mapping[str, str] = MappingProxyType(
    {
        "started_at": _("Start"),
        "ended_at": _("End"),
        "operation": _("Operation"),
        "list_subjects": _("People on the list"),
        "threshold": _("Threshold"),
        "tracks": _("Faces seen"),
        "alerts": _("Alerts"),
        "operator_rejected": _("Rejected by the operator"),
        "confirmed_true": _("Right person"),
        "confirmed_false": _("Wrong person"),
        "unresolved": _("Not resolved"),
        "false_of_alerts": _("Mismatches of alerts"),
        "false_of_tracks": _("Mismatches of faces seen"),
        "true_recognition": _("Staff recognised (True Recognition Rate)"),
        "engagements": _("Engagements"),
        "not_engaged": _("The officer decided not to speak to the person"),
        "arrests": _("Arrests"),
        "other_disposals": _("Other results"),
        "no_action": _("No further action"),
        "not_located": _("Not found"),
        "expired": _("Ran out of time"),
        "gaps": _("Interruptions"),
        "gaps_s": _("Length of the interruptions"),
    }
)


def changed_fields(before: ResultsData, after: ResultsData) -> tuple[str, ...]:
    """Names out of COMPARED."""
    return tuple(name for name in COMPARED if getattr(before, name) != getattr(after, name))


def following(old: OldResults, several: Sequence[OldResults], newest: ResultsData) -> ResultsData:
    """What took the place of `old`: the next of `several` old results, or the results of now."""
    return next((each.results for each in several if each.number == old.number + 1), newest)


def keep_results(row: Notice, new: ResultsData, *, reason: str, role: str, now: datetime) -> None:
    """Before `new` takes the place of the row's results: keep those, where the numbers differ.

    Changes the row and saves nothing. Raises ValueError for a notice without results.
    """
    if row.results is None or row.published_at is None:
        raise ValueError("a notice without results has none to keep")
    before = ResultsData.from_snapshot(row.results)
    if not changed_fields(before, new):
        return
    kept = [OldResults.from_snapshot(each) for each in row.old_results]
    first = [entry["at"] for entry in row.history if entry["text"] == STEP_HISTORY[PUBLISH_RESULTS]]
    began = datetime.fromisoformat(first[0]) if first else row.published_at
    old = OldResults(len(kept) + 1, before, kept[-1].until if kept else began, now, reason, role)
    row.old_results = [*row.old_results, old.snapshot()]


@transaction.atomic
def correct_results(
    *, deployment_id: UUID, results: ResultsData, reason: str, actor: Actor, now: datetime
) -> NoticeData:
    """An officer has the results counted anew and published, with the reason: `results` from the record of
    today, nothing of it typed. Told by scrutiny, which takes names out of `reason`.

    Raises NotPermitted, ReauthenticationNeeded, NotFound, RuleViolated.
    """
    row = own_row(deployment_id)
    if row is None or row.results is None:
        raise NotFound(NO_RESULTS)
    check_corrects(actor, row.force_id)
    check_reauthenticated(actor)
    results = published_part(deployment_id, results)
    before, reason = row.results, reason.strip()
    problems = reason_problems(reason)
    if not changed_fields(ResultsData.from_snapshot(before), results):
        problems.append("The record says what is published already: there is nothing to correct.")
    if problems:
        raise RuleViolated(problems, code="correction")
    role = next(role for role in CORRECTS if actor.has(role))
    keep_results(row, results, reason=reason, role=str(role), now=now)
    row.results = results.snapshot()
    write_row(row, CORRECTED, now)
    mails.tell(row, mails.CHANGED, now=now)
    note_audit(
        row,
        "notice.results_corrected",
        now=now,
        actor=actor,
        reason=reason,
        digest=row.digest,
        number=len(row.old_results),
        before=before,
        results=row.results,
    )
    return queries.as_data(row)


def published_part(deployment_id: UUID, results: ResultsData) -> ResultsData:
    """Without the numbers that the force withholds: by the settings that bind the deployment."""
    rules = deployments.rules_of(deployments.get(deployment_id=deployment_id))
    return results.without(sorted(rules.withheld_counts))


def check_corrects(actor: Actor, force_id: UUID) -> None:
    """Raises NotPermitted."""
    if not actor.has(*CORRECTS) or actor.force_id != force_id:
        raise NotPermitted("Results are corrected by an authorising officer or a silver commander.")


def reason_problems(reason: str) -> list[str]:
    found = prose_problems([("Reason", reason)])
    length = len(" ".join(reason.split()))
    if not SHORTEST <= length <= LONGEST:
        found.append(f"Reason: write {SHORTEST} to {LONGEST:,} characters; it has {length}.")
    return found


def old_results(notice: NoticeData, number: int) -> OldResults:
    """Raises NotFound; what the results say now is no old version."""
    found = next((each for each in notice.old_results if each.number == number), None)
    if found is None:
        raise NotFound("there is no such old version of the results")
    return found
