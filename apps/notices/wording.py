"""Plain words for the public: categories, use cases and statuses. Marked for translation, translated where a
page is put together: what is stored stays English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_noop as _

from apps.core.clock import london
from apps.core.wording import say_date, say_moment, say_span, say_time, say_window
from apps.deployments.data import Cause, UrgentGrounds, UseCase
from apps.notices import states
from apps.notices.answer_data import Standing
from apps.notices.data import NoticeStatus
from apps.watchlists.data import Category

__all__ = [
    "CATEGORY_WORDS",
    "DELETION_WORDS",
    "FIELD_WORDS",
    "OVER_BANNERS",
    "PAUSE_HISTORY",
    "REHEARSAL_WORDS",
    "RESULTS_RENEWED",
    "STANDING_WORDS",
    "STATUS_BANNERS",
    "STATUS_WORDS",
    "STEP_HISTORY",
    "URGENT_WORDS",
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
        Category.COURT_WARRANT: _("people wanted by the courts"),
        Category.SUSPECTED: _("people suspected of an offence"),
        Category.COURT_ORDER: _("people who must keep to bail conditions or court orders"),
        Category.MISSING: _("missing people who may be at risk"),
        Category.RISK_OF_HARM: _("people who may come to harm or harm themselves"),
        Category.ASSOCIATE: _("people close to somebody in one of the groups listed"),
        Category.WITNESS: _("witnesses of an offence"),
        Category.VICTIM: _("victims of an offence"),
        Category.BLUE_LIST: _("members of staff who agreed to take part so that the system can be tested"),
    }
)

# Of a recommendation: what the force said, then what the oversight body found.
STANDING_WORDS: Mapping[str, str] = MappingProxyType(
    {
        Standing.ACCEPTED: _("The force accepted it."),
        Standing.PARTLY_ACCEPTED: _("The force accepted it in part."),
        Standing.NOT_ACCEPTED: _("The force did not accept it."),
        Standing.DONE: _("The oversight body found it done."),
        Standing.NOT_DONE: _("The oversight body found it not done."),
    }
)

USE_CASE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        UseCase.CRIME_HOTSPOT: _("A place where serious crime happens more often than elsewhere"),
        UseCase.PROTECTIVE_SECURITY: _("Protecting a place or an event"),
        UseCase.SPECIFIC_INTELLIGENCE: _("Information that a person who is looked for is likely to be there"),
    }
)

# Why there was less notice than the minimum (domain.md §3).
URGENT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        UrgentGrounds.IMMINENT_THREAT: _("There is an immediate threat to life, or of serious harm."),
        UrgentGrounds.TIME_LIMITED_INTELLIGENCE: _(
            "The police have information about something serious that would be of no use in a few days."
        ),
    }
)

# A rehearsal tests the system: nothing is said of the place, and nobody is looked for.
REHEARSAL_WORDS = _("A test of the system with members of staff; it says nothing about this place")

STATUS_WORDS: Mapping[NoticeStatus, str] = MappingProxyType(
    {
        NoticeStatus.SCHEDULED: _("Not yet published"),
        NoticeStatus.PUBLISHED: _("Planned"),
        NoticeStatus.LIVE: _("Taking place now"),
        NoticeStatus.SUSPENDED: _("Paused"),
        NoticeStatus.WITHDRAWN: _("Withdrawn"),
        NoticeStatus.CANCELLED: _("Cancelled"),
        NoticeStatus.REVOKED: _("Stopped"),
        NoticeStatus.EXPIRED: _("Did not take place"),
        NoticeStatus.ENDED: _("Ended"),
        NoticeStatus.RESULTS_PUBLISHED: _("Results published"),
    }
)

# What the banner on the page says when the deployment will not, or did not, happen as announced.
STATUS_BANNERS: Mapping[NoticeStatus, str] = MappingProxyType(
    {
        NoticeStatus.WITHDRAWN: _(
            "This notice is withdrawn. The plan changed and is not approved any more. "
            "It will not take place unless it is approved and announced again."
        ),
        NoticeStatus.CANCELLED: _("This deployment is cancelled. It will not take place."),
        NoticeStatus.REVOKED: _(
            "This deployment was stopped: its approval was taken back. It will not take place."
        ),
        NoticeStatus.EXPIRED: _("This deployment did not take place. Its time is over."),
    }
)
# The same once its window is over.
OVER_BANNERS: Mapping[NoticeStatus, str] = MappingProxyType(
    {
        NoticeStatus.WITHDRAWN: _(
            "This notice was withdrawn: the plan changed and its approval no longer held. "
            "It did not take place."
        ),
        NoticeStatus.CANCELLED: _("This deployment was cancelled. It did not take place."),
        NoticeStatus.REVOKED: _(
            "This deployment was stopped before it began: its approval was taken back. It did not take place."
        ),
        NoticeStatus.EXPIRED: _("This deployment did not take place. Its time is over."),
    }
)
STOPPED_BANNER = _("This deployment was stopped before its time: its approval was taken back.")
RESULTS_RENEWED = _("The results were brought up to date.")

# What the change history says of each step that the page followed its deployment in.
STEP_HISTORY: Mapping[str, str] = MappingProxyType(
    {
        states.GO_LIVE: _("The deployment started."),
        states.SUSPEND: _("The deployment was paused."),
        states.RESUME: _("The deployment went on."),
        states.WITHDRAW: _("Withdrawn: the plan changed and its approval no longer holds."),
        states.CANCEL: _("Cancelled."),
        states.REVOKE: _("Stopped: the approval was taken back."),
        states.EXPIRE: _("The time passed without a deployment."),
        states.END: _("The deployment ended."),
        states.PUBLISH_RESULTS: _("The results were published."),
    }
)

# Why it was paused: nothing that an officer typed, and no name. Of a suspension without a cause, from before
# causes were kept, the step's own words are all that is said.
PAUSE_HISTORY: Mapping[Cause, str] = MappingProxyType(
    {
        Cause.SAFETY: _("The deployment was paused to keep somebody safe."),
        Cause.EQUIPMENT: _("The deployment was paused because of the cameras or other equipment."),
        Cause.WAYS: _("The deployment was paused because of the signs or the ways round the area."),
        Cause.PLACE: _("The deployment was paused because of what was happening at the place."),
        Cause.DOUBT: _("The deployment was paused so that an alert or the list could be looked into."),
        Cause.CALLED_AWAY: _("The deployment was paused because the officers were needed elsewhere."),
        Cause.PERSON: _("The deployment was paused by somebody on duty. No kind of reason was given."),
        Cause.CHECK_FAILED: _("The deployment was paused because a check of the equipment failed."),
        Cause.SIGN_FAILED: _("The deployment was paused because a sign that announces it was not in place."),
        Cause.SIGN_OVERDUE: _("The deployment was paused because nobody had looked at the signs in time."),
        Cause.STAFFING: _("The deployment was paused because too few trained officers were on duty."),
        Cause.CAMERAS_SILENT: _("The deployment was paused because no camera could be reached."),
        Cause.FALSE_ALERTS: _("The deployment was paused because two people were taken for somebody else."),
        Cause.FALSE_ALERT_RATE: _(
            "The deployment was paused because too many people were taken for somebody else."
        ),
        Cause.UNCONFIRMED: _(
            "The deployment was paused because a senior officer had not confirmed it in time."
        ),
    }
)

# What is deleted, in fewer words than the retention table's own.
DELETION_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "watchlist": _("The list for this deployment: pictures, measurements and names"),
        "watchlist_staging": _("Uploaded files from which the list was made"),
        "alert_biometrics": _("Pictures and measurements of alerts"),
    }
)


def deleted_words(titles: Sequence[str]) -> str:
    """For the change history: what has just been proven to be gone; empty when nothing was."""
    return f"Deleted, and checked: {'; '.join(f'{t[:1].lower()}{t[1:]}' for t in titles)}." if titles else ""


def say_countdown(start: datetime, now: datetime) -> str:
    """How long until `start`, by the London calendar: "in 6 days", "tomorrow", "today, in 3 hours"."""
    days = (london(start).date() - london(now).date()).days
    if days > 1:
        return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
    if days == 1:
        return gettext("tomorrow")
    return gettext("today, in %(span)s") % {"span": say_span(start - now)}


# Parts of the page, as the change history names them.
FIELD_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "place_name": _("the place"),
        "polygon": _("the area"),
        "alternatives": _("the places that may be used instead"),
        "window_start": _("the time"),
        "window_end": _("the time"),
        "use_case": _("the kind of use"),
        "policing_purpose": _("the purpose"),
        "categories": _("who may be looked for"),
        "legal_bases": _("the legal basis"),
        "rehearsal": _("whether it is a rehearsal"),
        "evidence_grade": _("what the system may be used for"),
        "contact_lines": _("the contact details"),
        "alert_keep_hours": _("how long data is kept"),
        "watchlist_keep_hours": _("how long data is kept"),
        "deletion": _("how long data is kept"),
        "oversight_lines": _("the meeting of the oversight body"),
        "documents": _("the assessments and the policy"),
        "results_deadline_days": _("when results are published"),
        "approved_rank": _("the rank of the officer who approved it"),
        "contacts": _("the contact details"),
        "paragraphs": _("the force's own words"),
        "withheld": _("which numbers are published"),
        "urgent_grounds": _("why there was less notice"),
    }
)
