"""Puts the deployment record together from what each app below knows. Needs an open force context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.accounts import api as accounts
from apps.accounts.data import UserData
from apps.alerts import api as alerts
from apps.alerts.data import AlertSummary
from apps.audit import api as audit
from apps.core.clock import london
from apps.core.data import Actor, Role
from apps.core.errors import NotFound
from apps.core.wording import say_moment
from apps.deployments import api as deployments
from apps.deployments.data import DecisionData, DeploymentData, DeploymentState
from apps.forces import api as forces
from apps.live import api as live
from apps.notices import api as notices
from apps.notices.data import DeletionStep
from apps.relays import api as relays
from apps.scrutiny.course import causes_of, old_status_of, passes_of, pauses
from apps.scrutiny.data import (
    AlertSplit,
    Authorised,
    Certificate,
    DeploymentRecord,
    Frames,
    Gap,
    LogEntry,
    NoticeAway,
    RecordPage,
    RecordRow,
    StatusOld,
    TrueRecognition,
    covered_seconds,
)
from apps.scrutiny.lists import list_facts
from apps.scrutiny.redaction import Names, redact
from apps.scrutiny.street import on_the_day, street_texts
from apps.scrutiny.texts import REASON, Event, Kept, kept_of, reason_field, texts_of, without_names
from apps.watchlists import api as watchlists
from apps.watchlists.data import Category

PASSES_UNKNOWN = "the passes of the Blue List were not recorded"
PASSES_TOO_FEW = "more people were recognised than passes were recorded"
PAGE = 20
# What no officer has decided on yet is a plan and not a record.
RECORDED = frozenset(DeploymentState) - {
    DeploymentState.DRAFT,
    DeploymentState.SUBMITTED,
    DeploymentState.RETURNED,
}
OFFICERS_DECISIONS = frozenset({"approve", "refuse", "return"})
REVIEWED = frozenset({DeploymentState.REVIEWED, DeploymentState.RESULTS_PUBLISHED})
# What engagements came to, by the same names as in the alerts app.
CAME_TO = ("engagements", "not_engaged", "arrests", "other_disposals", "no_action", "not_located")
NO_RECORD = "there is no record of such a deployment in this force"
NOT_A_REHEARSAL = "no Blue List was used on this deployment"


def record_by_reference(*, reference: str, named: bool) -> DeploymentRecord:
    """`named`: with the names of the force's own people, else with rank and pseudonym (ADR 14).

    Raises NotFound, also for what no officer has decided on: that is a plan, and nobody's record.
    """
    deployment = deployments.get_by_reference(reference=reference)
    if deployment.state not in RECORDED:
        raise NotFound(NO_RECORD)
    found = deployment_record(deployment_id=deployment.id, named=named)
    cancelled = deployment.state is DeploymentState.CANCELLED
    if cancelled and not any(entry.kind in OFFICERS_DECISIONS for entry in found.log):
        raise NotFound(NO_RECORD)
    return found


def sees_names(actor: Actor) -> bool:
    """Whether a record names who decided: to people of the force itself, not to its oversight body."""
    return not actor.has(Role.OVERSIGHT)


def deployment_record(*, deployment_id: UUID, named: bool = False) -> DeploymentRecord:
    """The record of one deployment as far as it has come, decided on or not. Raises NotFound."""
    found = readable(deployment_id=deployment_id)
    deployment = found.deployment
    summary = alerts.summary(deployment_id=deployment_id)
    split = _open_split(summary, deployment)
    seen = live.tallies(deployment_id=deployment_id)
    tracks = sum(tally.tracks for tally in seen)
    rates = alerts.false_alert_rates(summary, tracks=tracks)
    gaps = _gaps(deployment, found)
    return DeploymentRecord(
        **_authority(deployment, found.texts),
        **_decisions(deployment, found, named=named),
        texts={field: text for field, text in found.texts.items() if not field.startswith(REASON)},
        **list_facts(deployment_id),
        status_old=found.status_old,
        notice_away=tuple(
            NoticeAway(each.began_at, each.ended_at, each.was_looked_at, each.problem, each.stopped_s)
            for each in notices.outages_of(deployment_id=deployment_id)
        ),
        tracks=tracks,
        tracks_recorded=bool(seen),
        log_deleted_at=deployment.log_deleted_at,
        alerts=split,
        false_of_alerts=rates.of_alerts,
        false_of_tracks=rates.of_tracks,
        confirmed_false_of_tracks=rates.confirmed_of_tracks,
        true_recognition=true_recognition(deployment, summary, found.blue_list_passes),
        **{name: getattr(summary, name) for name in CAME_TO},
        frames=_frames(deployment_id, recognised=sum(tally.frames for tally in seen)),
        gaps=gaps,
        gaps_s=covered_seconds([(gap.started_at, gap.ended_at) for gap in gaps]),
        pauses=pauses(found.decisions, texts=found.texts, causes=found.causes, ended_at=deployment.ended_at),
        certificates=found.certificates,
        **on_the_day(deployment_id=deployment_id, texts=found.texts),
    )


@dataclass(frozen=True)
class Readable:
    """A deployment with its written parts: `written` as they are, `texts` as they may be read."""

    deployment: DeploymentData
    decisions: tuple[DecisionData, ...]
    certificates: tuple[Certificate, ...]
    blue_list_passes: int | None
    status_old: tuple[StatusOld, ...]
    causes: Mapping[datetime, str]
    names: Names
    staff: Mapping[UUID, UserData]
    kept: Mapping[str, Kept]
    written: Mapping[str, str]
    texts: Mapping[str, str]

    def redacted(self, text: str) -> str:
        return redact(text, self.names, staff=_names(self.staff))


def _names(staff: Mapping[UUID, UserData]) -> tuple[str, ...]:
    return tuple(person.display_name for person in staff.values())


def readable(*, deployment_id: UUID) -> Readable:
    """Raises NotFound."""
    deployment = deployments.get(deployment_id=deployment_id)
    decisions = tuple(deployments.decisions(deployment_id=deployment_id))
    events = audit.events_about(object_id=deployment_id)
    names = Names(watchlists.names_on_list(deployment_id=deployment_id))
    staff = {person.id: person for person in accounts.staff()}
    kept = kept_of(events)
    written = {**street_texts(deployment_id=deployment_id), **texts_of(deployment, decisions)}
    return Readable(
        deployment=deployment,
        decisions=decisions,
        certificates=_certificates(events),
        blue_list_passes=passes_of(events),
        status_old=old_status_of(events, ended_at=deployment.ended_at),
        causes=causes_of(events),
        names=names,
        staff=staff,
        kept=kept,
        written=written,
        texts=without_names(written, names=names, staff=_names(staff), kept=kept),
    )


def redacted(*, deployment_id: UUID, texts: Iterable[str]) -> list[str]:
    """Each text as somebody reads it who does not work the deployment: no names, no way to reach anybody."""
    names = Names(watchlists.names_on_list(deployment_id=deployment_id))
    staff = tuple(person.display_name for person in accounts.staff())
    return [redact(text, names, staff=staff) for text in texts]


def certificates(*, deployment_id: UUID) -> tuple[Certificate, ...]:
    """The deletion certificates of a deployment, oldest first."""
    return _certificates(audit.events_about(object_id=deployment_id))


def record_list(
    *,
    before: str | None = None,
    after: str | None = None,
    limit: int = PAGE,
    starts_from: datetime | None = None,
    starts_before: datetime | None = None,
) -> RecordPage:
    """A page of deployments that an officer has decided on, the latest window first.

    The same number of queries whatever the page. Raises RuleViolated for a broken address.
    """
    page = deployments.list_page(
        states=RECORDED,
        before=before,
        after=after,
        limit=limit,
        decided_only=True,
        starts_from=starts_from,
        starts_before=starts_before,
    )
    ids = [deployment.id for deployment in page.items]
    counted = alerts.summaries(deployment_ids=ids)
    clocks = notices.deletions_of(deployment_ids=ids)
    return RecordPage(
        rows=tuple(
            _row(deployment, counted[deployment.id], clocks.get(deployment.id, ()))
            for deployment in page.items
        ),
        older=page.before,
        newer=page.after,
    )


def _row(deployment: DeploymentData, summary: AlertSummary, clock: tuple[DeletionStep, ...]) -> RecordRow:
    known = deployment.started_at is not None and deployment.log_deleted_at is None
    return RecordRow(
        reference=deployment.reference,
        date=london(deployment.started_at or deployment.authority.window_start).date(),
        place=deployment.authority.place_name,
        state=str(deployment.state),
        rehearsal=deployment.authority.rehearsal,
        alerts=summary.alerts if known else None,
        false=summary.false if known else None,
        log_deleted=deployment.log_deleted_at is not None,
        deletions=clock,
    )


def _decisions(deployment: DeploymentData, found: Readable, *, named: bool) -> dict[str, Any]:
    decisions = found.decisions
    reviews = [decision.decided_at for decision in decisions if decision.kind == "review"]
    return {
        "authorised": _authorised(deployment, found, named=named),
        "log": tuple(
            LogEntry(
                decision.kind,
                _shown(decision.actor_id, decision.actor_label, found, named=named),
                decision.role,
                decision.decided_at,
                "" if decision.kind == "review" else found.texts.get(reason_field(decision.reasons), ""),
            )
            for decision in decisions
        ),
        "reviewed_at": reviews[-1] if reviews else None,
    }


def _shown(person_id: UUID | None, label: str, found: Readable, *, named: bool) -> str:
    """The label as it was then; without names the rank of today and the pseudonym of the audit pages."""
    if named or person_id is None:
        return label
    return f"{_rank(person_id, found)} {audit.pseudonym(person_id)}".strip()


def _authorised(deployment: DeploymentData, found: Readable, *, named: bool) -> Authorised | None:
    """Whose approval holds; None where none does."""
    if deployment.approved_at is None:
        return None
    roles = [decision.role for decision in found.decisions if decision.kind == "approve"]
    start = deployment.started_at or deployment.authority.window_start
    return Authorised(
        label=_shown(deployment.approver_id, deployment.approver_label, found, named=named),
        rank=_rank(deployment.approver_id, found),
        role=roles[-1] if roles else Role.AUTHORISING_OFFICER,
        at=deployment.approved_at,
        before_start_s=(start - deployment.approved_at).total_seconds(),
    )


def _rank(person_id: UUID | None, found: Readable) -> str:
    """As the account says today; empty when the account is gone, for the label keeps what it was."""
    person = found.staff.get(person_id) if person_id is not None else None
    return person.rank if person is not None else ""


def _authority(deployment: DeploymentData, texts: Mapping[str, str]) -> dict[str, Any]:
    authority = deployment.authority
    return {
        "deployment_id": deployment.id,
        "reference": deployment.reference,
        "force": forces.get_force(force_id=deployment.force_id).name,
        "state": str(deployment.state),
        "rehearsal": authority.rehearsal,
        "date": london(deployment.started_at or authority.window_start).date(),
        "place": authority.place_name,
        "window_start": authority.window_start,
        "window_end": authority.window_end,
        "started_at": deployment.started_at,
        "ended_at": deployment.ended_at,
        "use_case": str(authority.use_case).replace("_", " "),
        "purpose": texts["policing_purpose"],
        "approved_at": deployment.approved_at,
        "notice_published_at": deployment.notice_published_at,
        "notice_verified_at": deployment.notice_verified_at,
        "notice_exception": str(authority.urgent_grounds).replace("_", " "),
        "confirmation": _confirmation(deployment),
        "pack_id": authority.pack_id,
        "threshold": authority.threshold,
    }


def _confirmation(deployment: DeploymentData) -> str:
    """What became of an urgent approval by an officer below superintendent."""
    if deployment.confirm_by is None:
        return ""
    if deployment.refused_afterwards_at is not None:
        return f"refused afterwards, {say_moment(deployment.refused_afterwards_at)}"
    if deployment.confirmed_at is None:
        return f"not confirmed; due {say_moment(deployment.confirm_by)}"
    late = ", late" if deployment.confirmed_at >= deployment.confirm_by else ""
    return f"confirmed {say_moment(deployment.confirmed_at)}{late}"


def _open_split(summary: AlertSummary, deployment: DeploymentData) -> AlertSplit:
    """With what still waits for a decision or an outcome, which a review or the purge puts an end to."""
    waits = alerts.waiting(deployment_ids=[deployment.id]).get(deployment.id)
    waiting = waits.operator + waits.engagement + waits.outcome if waits else 0
    is_over = deployment.state in REVIEWED or summary.purged == summary.alerts
    split = _split(summary)
    # What is counted apart waits for people too, and is not part of this.
    waiting = min(waiting, split.unresolved)
    return replace(split, waiting=waiting, is_open=bool(waiting) and not is_over)


def _split(summary: AlertSummary) -> AlertSplit:
    return AlertSplit(
        total=summary.alerts,
        operator_rejected=summary.operator_rejected,
        confirmed_true=summary.confirmed_true,
        confirmed_false=summary.confirmed_false,
        unresolved=summary.unresolved,
        expired=summary.expired,
        waiting=0,
        is_open=False,
    )


def true_recognition(found: DeploymentData, summary: AlertSummary, passes: int | None) -> TrueRecognition:
    """Of passes of the Blue List alone: a rehearsal has nobody else, and an operation counts them apart."""
    authority = found.authority
    if not (authority.rehearsal or Category.BLUE_LIST in authority.categories):
        return TrueRecognition(None, NOT_A_REHEARSAL)
    if passes is None:
        return TrueRecognition(None, PASSES_UNKNOWN)
    recognised = summary.confirmed_true if authority.rehearsal else summary.volunteers_recognised
    if recognised > passes:
        return TrueRecognition(None, PASSES_TOO_FEW)
    return TrueRecognition(alerts.Rate(recognised, passes), "")


def _frames(deployment_id: UUID, *, recognised: int) -> Frames:
    sent = relays.tallies(deployment_id=deployment_id)
    return Frames(
        received=sum(camera.received for camera in sent),
        refused=sum(camera.refused for camera in sent),
        dropped=sum(camera.dropped for camera in sent),
        recognised=recognised,
    )


def _gaps(deployment: DeploymentData, found: Readable) -> tuple[Gap, ...]:
    cameras = {camera.id: camera.name for camera in deployment.authority.cameras}
    return tuple(
        Gap(
            camera=cameras.get(gap.camera_id, "another camera") if gap.camera_id else "",
            started_at=gap.started_at,
            ended_at=gap.ended_at,
            reason=found.redacted(gap.reason),
        )
        for gap in deployments.gaps(deployment_id=deployment.id)
    )


def _certificates(events: Iterable[Event]) -> tuple[Certificate, ...]:
    """From the audit: what retention certified, in a record that it cannot change afterwards."""
    return tuple(_certificate(event.payload) for event in events if event.verb == "retention.certified")


def _certificate(payload: Mapping[str, Any]) -> Certificate:
    return Certificate(
        id=UUID(payload["certificate_id"]),
        data_class=payload["data_class"],
        title=payload["title"],
        counts=dict(payload["counts"]),
        due_at=datetime.fromisoformat(payload["due_at"]),
        started_at=datetime.fromisoformat(payload["started_at"]),
        finished_at=datetime.fromisoformat(payload["finished_at"]),
        verified_how=payload["verified_how"],
        simulated=payload["simulated"],
        sha256=payload["sha256"],
    )
