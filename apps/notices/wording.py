"""Plain words for the public: categories, use cases and statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from apps.core.clock import london
from apps.core.wording import say_date, say_moment, say_span, say_time, say_window
from apps.deployments.data import UseCase
from apps.notices import states
from apps.notices.data import NoticeStatus
from apps.watchlists.data import Category

__all__ = [
    "CATEGORY_WORDS",
    "DELETION_WORDS",
    "FIELD_WORDS",
    "OVER_BANNERS",
    "REHEARSAL_WORDS",
    "RESULTS_RENEWED",
    "STATUS_BANNERS",
    "STATUS_WORDS",
    "STEP_HISTORY",
    "USE_CASE_WORDS",
    "deleted_words",
    "say_countdown",
    "say_date",
    "say_moment",
    "say_time",
    "say_window",
]

CATEGORY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        Category.COURT_WARRANT: "people wanted by the courts",
        Category.SUSPECTED: "people suspected of an offence",
        Category.COURT_ORDER: "people who must keep to bail conditions or court orders",
        Category.MISSING: "missing people who may be at risk",
        Category.RISK_OF_HARM: "people who may come to harm or harm themselves",
        Category.ASSOCIATE: "people close to somebody in one of the groups listed",
        Category.WITNESS: "witnesses of an offence",
        Category.VICTIM: "victims of an offence",
        Category.BLUE_LIST: "members of staff who agreed to take part so that the system can be tested",
    }
)

USE_CASE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        UseCase.CRIME_HOTSPOT: "A place where serious crime happens more often than elsewhere",
        UseCase.PROTECTIVE_SECURITY: "Protecting a place or an event",
        UseCase.SPECIFIC_INTELLIGENCE: "Information that a person who is looked for is likely to be there",
    }
)

# A rehearsal tests the system: nothing is said of the place, and nobody is looked for.
REHEARSAL_WORDS = "A test of the system with members of staff; it says nothing about this place"

STATUS_WORDS: Mapping[NoticeStatus, str] = MappingProxyType(
    {
        NoticeStatus.SCHEDULED: "Not yet published",
        NoticeStatus.PUBLISHED: "Planned",
        NoticeStatus.LIVE: "Taking place now",
        NoticeStatus.SUSPENDED: "Paused",
        NoticeStatus.WITHDRAWN: "Withdrawn",
        NoticeStatus.CANCELLED: "Cancelled",
        NoticeStatus.REVOKED: "Stopped",
        NoticeStatus.EXPIRED: "Did not take place",
        NoticeStatus.ENDED: "Ended",
        NoticeStatus.RESULTS_PUBLISHED: "Results published",
    }
)

# What the banner on the page says when the deployment will not, or did not, happen as announced.
STATUS_BANNERS: Mapping[NoticeStatus, str] = MappingProxyType(
    {
        NoticeStatus.WITHDRAWN: (
            "This notice is withdrawn. The plan changed and is not approved any more. "
            "It will not take place unless it is approved and announced again."
        ),
        NoticeStatus.CANCELLED: "This deployment is cancelled. It will not take place.",
        NoticeStatus.REVOKED: (
            "This deployment was stopped: its approval was taken back. It will not take place."
        ),
        NoticeStatus.EXPIRED: "This deployment did not take place. Its time is over.",
    }
)
# The same once its window is over.
OVER_BANNERS: Mapping[NoticeStatus, str] = MappingProxyType(
    {
        NoticeStatus.WITHDRAWN: (
            "This notice was withdrawn: the plan changed and its approval no longer held. "
            "It did not take place."
        ),
        NoticeStatus.CANCELLED: "This deployment was cancelled. It did not take place.",
        NoticeStatus.REVOKED: (
            "This deployment was stopped before it began: its approval was taken back. It did not take place."
        ),
        NoticeStatus.EXPIRED: "This deployment did not take place. Its time is over.",
    }
)
STOPPED_BANNER = "This deployment was stopped before its time: its approval was taken back."
RESULTS_RENEWED = "The results were brought up to date."

# What the change history says of each step that the page followed its deployment in.
STEP_HISTORY: Mapping[str, str] = MappingProxyType(
    {
        states.GO_LIVE: "The deployment started.",
        states.SUSPEND: "The deployment was paused.",
        states.RESUME: "The deployment went on.",
        states.WITHDRAW: "Withdrawn: the plan changed and its approval no longer holds.",
        states.CANCEL: "Cancelled.",
        states.REVOKE: "Stopped: the approval was taken back.",
        states.EXPIRE: "The time passed without a deployment.",
        states.END: "The deployment ended.",
        states.PUBLISH_RESULTS: "The results were published.",
    }
)

# What is deleted, in fewer words than the retention table's own.
DELETION_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "watchlist": "The list for this deployment: pictures, measurements and names",
        "watchlist_staging": "Uploaded files from which the list was made",
        "alert_biometrics": "Pictures and measurements of alerts",
    }
)


def deleted_words(titles: Sequence[str]) -> str:
    """For the change history: what has just been proven to be gone; empty when nothing was."""
    return f"Deleted, and checked: {'; '.join(f'{t[:1].lower()}{t[1:]}' for t in titles)}." if titles else ""


def say_countdown(start: datetime, now: datetime) -> str:
    """How long until `start`, by the London calendar: "in 6 days", "tomorrow", "today, in 3 hours"."""
    days = (london(start).date() - london(now).date()).days
    if days > 1:
        return f"in {days} days"
    return "tomorrow" if days == 1 else f"today, in {say_span(start - now)}"


# Parts of the page, as the change history names them.
FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "place_name": "the place",
        "polygon": "the area",
        "window_start": "the time",
        "window_end": "the time",
        "use_case": "the kind of use",
        "policing_purpose": "the purpose",
        "categories": "who may be looked for",
        "legal_bases": "the legal basis",
        "rehearsal": "whether it is a rehearsal",
        "evidence_grade": "what the system may be used for",
        "contact_lines": "the contact details",
        "alert_keep_hours": "how long data is kept",
        "watchlist_keep_hours": "how long data is kept",
        "deletion": "how long data is kept",
        "oversight_lines": "the meeting of the oversight body",
        "documents": "the assessments and the policy",
        "results_deadline_days": "when results are published",
        "approved_rank": "the rank of the officer who approved it",
        "contacts": "the contact details",
        "paragraphs": "the force's own words",
        "withheld": "which numbers are published",
    }
)
