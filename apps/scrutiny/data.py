"""The deployment record (domain.md §7): counts, times and rates. No name of a listed person, no face, no
template.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from apps.alerts.api import Looking, Rate
from apps.alerts.engagement_data import EngagementSummary
from apps.notices.data import DeletionStep, Pause


@dataclass(frozen=True)
class TrueRecognition:
    """True Recognition Rate = Blue List passes correctly alerted / Blue List passes.

    `rate` is None where nobody recorded the passes, and `reason` says so: without them the rate is not
    known, and no other number stands in for it.
    """

    rate: Rate | None
    reason: str


@dataclass(frozen=True)
class StatusOld:
    """A time in which recognition ran while the status of `people` had not been checked within the force's
    hours; `ended_at` None while it lasts."""

    began_at: datetime
    ended_at: datetime | None
    people: int


@dataclass(frozen=True)
class Gap:
    """A time in which recognition should have run and did not. `camera` is "" for every camera."""

    camera: str
    started_at: datetime
    ended_at: datetime
    reason: str

    @property
    def seconds(self) -> float:
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True)
class NoticeAway:
    """A time in which a stranger could not read the public notice, or in which nobody looked; `ended_at` None
    while it lasts. `stopped_s` is for how many seconds the notice clock stood still for it.
    """

    began_at: datetime
    ended_at: datetime | None
    was_looked_at: bool
    problem: str
    stopped_s: float


@dataclass(frozen=True)
class Certificate:
    """A deletion certificate, as the audit holds it."""

    id: UUID
    data_class: str
    title: str
    counts: Mapping[str, int]
    due_at: datetime
    started_at: datetime
    finished_at: datetime
    verified_how: str
    simulated: bool
    sha256: str

    @property
    def late_s(self) -> float:
        return max(0.0, (self.finished_at - self.due_at).total_seconds())


@dataclass(frozen=True)
class Frames:
    """What the cameras' relays sent: `received` for recognition, `refused` as not authorised, `dropped` as
    overtaken by a newer frame, `recognised` looked at.
    """

    received: int
    refused: int
    dropped: int
    recognised: int


@dataclass(frozen=True)
class AlertSplit:
    """`total == operator_rejected + confirmed_true + confirmed_false + unresolved`; `expired` and `waiting`
    are parts of unresolved. `waiting` has no decision or no outcome yet; `is_open` while one may still come.
    """

    total: int
    operator_rejected: int
    confirmed_true: int
    confirmed_false: int
    unresolved: int
    expired: int
    waiting: int
    is_open: bool


@dataclass(frozen=True)
class Authorised:
    """Who approved it, in which role, and how long before it began (or was to begin)."""

    label: str
    rank: str
    role: str
    at: datetime
    before_start_s: float


@dataclass(frozen=True)
class LogEntry:
    """One line of the decision log: what, who, in which role, when, and why, without names of listed people.

    The reasons of a review are its findings and stand there.
    """

    kind: str
    label: str
    role: str
    at: datetime
    reasons: str


@dataclass(frozen=True)
class RecordRow:
    """One deployment on the list of records. None is "not yet": it never began, or nothing is due."""

    reference: str
    date: date
    place: str
    state: str
    rehearsal: bool
    alerts: int | None
    false: int | None
    deletions: tuple[DeletionStep, ...]
    # By the schedule: what the log said is not here any more, and is no 0.
    log_deleted: bool = False


@dataclass(frozen=True)
class RecordPage:
    """`older` and `newer` are where the list goes on, None where it does not."""

    rows: tuple[RecordRow, ...]
    older: str | None
    newer: str | None


@dataclass(frozen=True)
class SignLook:
    """`words` are a note without names."""

    approach: str
    stood: bool
    at: datetime | None
    words: str


@dataclass(frozen=True)
class CameraSilence:
    """A camera that fell silent and was stopped; `until` None: nobody had it looked at again."""

    camera: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Street:
    """`engagement` holds (when, kind, words without names)."""

    signs: tuple[SignLook, ...]
    engagement: tuple[tuple[datetime, str, str], ...]
    lessons: str
    conditions: str
    silences: tuple[CameraSilence, ...] = ()


@dataclass(frozen=True)
class DeploymentRecord:
    """One deployment, as it is published (domain.md §7). Times are aware UTC; `date` is the London calendar
    day.

    `tracks` is the estimate of faces seen: one person passing one camera is one track, a broken track
    counts twice. The rates are those of alerts.api.false_alert_rates.
    `gaps_s` is the time in which at least one camera did not recognise. `texts` are the written parts by
    field, without the names of listed people; `tracks_recorded` is False where nothing counted.
    """

    deployment_id: UUID
    reference: str
    force: str
    state: str
    rehearsal: bool
    date: date
    place: str
    window_start: datetime
    window_end: datetime
    started_at: datetime | None
    ended_at: datetime | None
    use_case: str
    purpose: str
    authorised: Authorised | None
    log: tuple[LogEntry, ...]
    texts: Mapping[str, str]
    reviewed_at: datetime | None
    approved_at: datetime | None
    notice_published_at: datetime | None
    notice_verified_at: datetime | None
    # The ground for less notice than the minimum; empty where there was no exception.
    notice_exception: str
    # Of an urgent approval: confirmed, refused afterwards, not confirmed; empty where none was needed.
    confirmation: str
    notice_away: tuple[NoticeAway, ...]
    watchlist_subjects: int
    watchlist_pictures: int
    watchlist_volunteers: int
    watchlist_refused: int
    watchlist_removed: int
    # How many people of each group that is listed by an officer's signature only (domain.md §4).
    watchlist_special: Mapping[str, int]
    # Of the removed: by a check of the status, as no longer wanted, and because nobody could say.
    status_checks: int
    no_longer_wanted: int
    unverifiable: int
    status_old: tuple[StatusOld, ...]
    pack_id: str
    threshold: float
    tracks: int
    tracks_recorded: bool
    alerts: AlertSplit
    false_of_alerts: Rate
    false_of_tracks: Rate | None
    confirmed_false_of_tracks: Rate | None
    true_recognition: TrueRecognition
    engagements: int
    not_engaged: int
    arrests: int
    other_disposals: int
    no_action: int
    not_located: int
    frames: Frames
    gaps: tuple[Gap, ...]
    gaps_s: float
    pauses: tuple[Pause, ...]
    certificates: tuple[Certificate, ...]
    street: Street
    engaged: EngagementSummary = field(default_factory=EngagementSummary)
    looking: Looking = field(default_factory=Looking)
    # By the schedule: the numbers of alerts, decisions and engagements are not 0, they are not here.
    log_deleted_at: datetime | None = None

    @property
    def notice_hours(self) -> float | None:
        """Hours from the verified publication of the notice to the start, as `notice_before` counts them."""
        notice = notice_before(started_at=self.started_at, seen_at=self.notice_verified_at)
        return None if notice is None else notice.total_seconds() / 3600


def notice_before(*, started_at: datetime | None, seen_at: datetime | None) -> timedelta | None:
    """For how long the public could read of it before the start; None where nobody saw that until then."""
    if started_at is None or seen_at is None or seen_at > started_at:
        return None
    return started_at - seen_at


def covered_seconds(spans: Sequence[tuple[datetime, datetime]]) -> float:
    """The length of the union of `spans`, in seconds: what several cameras missed at once counts once."""
    total, until = 0.0, None
    for begin, end in sorted(spans):
        if until is None or begin > until:
            total += (end - begin).total_seconds()
            until = end
        elif end > until:
            total += (end - until).total_seconds()
            until = end
    return total


# What the log of alerts says, and nothing else: unknown once the schedule has deleted it.
OF_LOG = (
    *("alerts", "false_of_alerts", "false_of_tracks", "confirmed_false_of_tracks", "true_recognition"),
    *("engagements", "not_engaged", "arrests", "other_disposals", "no_action", "not_located"),
    *("engaged", "looking"),
)


def as_json(record: DeploymentRecord) -> dict[str, object]:
    """JSON values only: instants as ISO text, rates with both numbers and their interval. What was deleted
    with the log of alerts is null."""
    found = plain(record)
    if not isinstance(found, dict):
        raise TypeError("a record is a mapping in JSON")
    found["notice_hours"] = record.notice_hours
    if record.log_deleted_at is not None:
        found |= dict.fromkeys(OF_LOG)
    return found


def plain(value: object) -> object:
    """The same in JSON's own values, to any depth."""
    if isinstance(value, Rate):
        return {
            "numerator": value.numerator,
            "denominator": value.denominator,
            "share": value.share,
            "interval95": value.interval95,
        }
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None:
        return {name: plain(getattr(value, name)) for name in fields}
    return value
