"""From the deployment record to what the public is told: results, and the deletion clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, fields, replace
from datetime import datetime
from uuid import UUID

from apps.alerts import api as alerts
from apps.alerts.data import AlertSummary
from apps.deployments import api as deployments
from apps.notices.api import AlertCounts
from apps.notices.data import PUNCTUAL, DeletionStep, ResultRate, ResultsData
from apps.scrutiny.data import Certificate, DeploymentRecord
from apps.scrutiny.texts import FINDINGS, OPERATION
from apps.watchlists import api as watchlists

WATCHLIST = "watchlist"
ALERTS = "alert_biometrics"
TITLES = {
    WATCHLIST: "The list for this deployment",
    ALERTS: "Pictures and measurements of alerts",
}
IN_A_RATE = {"deployment_id", "alerts", *(field.name for field in fields(AlertCounts))}
NOT_IN_A_RATE = [field.name for field in fields(AlertSummary) if field.name not in IN_A_RATE]


def results_of(record: DeploymentRecord) -> ResultsData:
    """Numbers, and the findings or the reason of a stop without names. What nobody recorded is None."""
    alerts_split = record.alerts
    counted = record.tracks_recorded
    return ResultsData(
        started_at=record.started_at,
        ended_at=record.ended_at,
        reviewed_at=record.reviewed_at,
        rehearsal=record.rehearsal,
        tracks=record.tracks if counted else None,
        alerts=alerts_split.total,
        operator_rejected=alerts_split.operator_rejected,
        confirmed_true=alerts_split.confirmed_true,
        confirmed_false=alerts_split.confirmed_false,
        unresolved=alerts_split.unresolved,
        expired=alerts_split.expired,
        false_of_alerts=_rate(record.false_of_alerts),
        false_of_tracks=_rate(record.false_of_tracks) if record.false_of_tracks else None,
        true_recognition=_rate(record.true_recognition.rate) if record.true_recognition.rate else None,
        true_recognition_reason=record.true_recognition.reason,
        engagements=record.engagements,
        not_engaged=record.not_engaged,
        arrests=record.arrests,
        other_disposals=record.other_disposals,
        no_action=record.no_action,
        not_located=record.not_located,
        gaps=len(record.gaps),
        gaps_s=record.gaps_s,
        findings=record.texts.get(FINDINGS, ""),
        waiting=alerts_split.waiting,
        # Whoever suspends it is promised that the public reads the kind of reason, and never their words.
        pauses=tuple(replace(pause, reason="") for pause in record.pauses),
        stopped_reason="".join(entry.reasons for entry in record.log if entry.kind == "revoke"),
        # Nobody of a rehearsal is looked for: there is no number of people to publish.
        list_subjects=None if record.rehearsal else record.watchlist_subjects,
        threshold=record.threshold,
        pack_id=record.pack_id,
        operation=record.texts.get(OPERATION, ""),
    )


def rates_of(counts: AlertCounts, tracks: int) -> tuple[ResultRate, ResultRate | None]:
    """Of several deployments together, for the public record: by the function that all else has its rates
    from. Nothing else of the summary is in a rate."""
    summary = AlertSummary(
        deployment_id=UUID(int=0),
        alerts=sum(astuple(counts)),
        operator_rejected=counts.operator_rejected,
        confirmed_true=counts.confirmed_true,
        confirmed_false=counts.confirmed_false,
        unresolved=counts.unresolved,
        **dict.fromkeys(NOT_IN_A_RATE, 0),
    )
    found = alerts.false_alert_rates(summary, tracks=tracks)
    return _rate(found.of_alerts), _rate(found.of_tracks) if found.of_tracks else None


def _rate(rate: alerts.Rate) -> ResultRate:
    low, high = rate.interval95 or (None, None)
    return ResultRate(rate.numerator, rate.denominator, low, high)


def deletion_steps(*, deployment_id: UUID, certificates: Iterable[Certificate]) -> tuple[DeletionStep, ...]:
    """The list and the alerts, due or done, and whatever else was certified."""
    by_class: dict[str, list[Certificate]] = defaultdict(list)
    for certificate in certificates:
        by_class[certificate.data_class].append(certificate)
    own = (
        _list_step(deployment_id, by_class.pop(WATCHLIST, [])),
        _alert_step(deployment_id, by_class.pop(ALERTS, [])),
    )
    return own + tuple(_certified(found) for _, found in sorted(by_class.items()))


def _list_step(deployment_id: UUID, certificates: list[Certificate]) -> DeletionStep:
    found = watchlists.get_for_deployment(deployment_id=deployment_id)
    if certificates and found is not None and found.purged_at is not None:
        return _certified(certificates)
    return _waiting(WATCHLIST, found.purge_due_at if found else None)


def _alert_step(deployment_id: UUID, certificates: list[Certificate]) -> DeletionStep:
    """Done when the last alert is: each has a deadline of its own. Done for good once the log is deleted."""
    if certificates and deployments.get(deployment_id=deployment_id).log_deleted_at is not None:
        return _certified(certificates)
    due_at = alerts.last_deadline(deployment_id=deployment_id)
    summary = alerts.summary(deployment_id=deployment_id)
    all_purged = summary.purged == summary.alerts and summary.volunteers_purged == summary.volunteers
    if not certificates or due_at is None or not all_purged:
        return _waiting(ALERTS, due_at)
    done = _certified(certificates)
    is_late = any(certificate.late_s > PUNCTUAL.total_seconds() for certificate in certificates)
    return done if is_late else replace(done, due_at=due_at)


def _certified(certificates: list[Certificate]) -> DeletionStep:
    """What the last certificate of a class says, or the worst if any was late: lateness is not hidden."""
    worst = max(certificates, key=lambda certificate: certificate.late_s)
    told = worst if worst.late_s > PUNCTUAL.total_seconds() else certificates[-1]
    return DeletionStep(
        data_class=told.data_class,
        title=TITLES.get(told.data_class, told.title),
        due_at=told.due_at,
        done_at=told.finished_at,
        simulated=any(certificate.simulated for certificate in certificates),
    )


def _waiting(data_class: str, due_at: datetime | None) -> DeletionStep:
    return DeletionStep(data_class, TITLES[data_class], due_at, None, False)
