from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ForceData:
    """A force with one version of its settings; every field from `notice_minimum_days` on is a setting."""

    id: UUID
    slug: str
    name: str
    notice_minimum_days: int
    list_window_hours: int
    watchlist_keep_hours: int
    alert_keep_hours: int
    decision_expiry_s: int
    max_watchlist_size: int
    minimum_staffing: int
    categories: frozenset[str]
    contact_lines: tuple[str, ...]
    results_deadline_days: int
    # The oversight body, its meeting, its webcast; and (title, address) of assessments and policy.
    oversight_lines: tuple[str, ...] = ()
    documents: tuple[tuple[str, str], ...] = ()
    # Offences for which somebody may be listed as suspected or wanted; empty: any.
    serious_offences: tuple[str, ...] = ()
    trial_mode: bool = False
    urgent_confirmation_hours: int = 24
    decision_log_years: int = 7
    authority_years: int = 7
    audit_years: int = 7
    register_years: int = 7
    # Which numbers the public pages do not show (settings.WITHHOLDABLE).
    withheld_counts: frozenset[str] = frozenset()
    contact_data_protection: str = ""
    contact_access: str = ""
    contact_complaints: str = ""
    contact_ico: str = ""
    notice_paragraphs: tuple[str, ...] = ()
    notice_outage_tolerance_minutes: int = 30
    # Where the oversight body is told of notices; never public.
    oversight_email: str = ""
    # Further languages of the public pages (settings.LANGUAGES); English is always there.
    languages: tuple[str, ...] = ()
    # Parts of its area that a reader can subscribe to, one a line (districts.py).
    districts: tuple[str, ...] = ()
    # Minutes without a request after which somebody is signed out.
    idle_minutes: int = 30
    # Minutes within which somebody looks at each sign again; after twice that recognition stops.
    sign_check_minutes: int = 60
    # The least quality, in hundredths, of a picture on a list (watchlists: Criteria.min_quality).
    minimum_picture_quality: int = 30
    # Hours before a start within which everybody's status was checked; and the service that is asked.
    status_valid_hours: int = 24
    status_service: str = ""
    # Seconds after which an alert escalates that waits for nobody at a console.
    escalation_s: int = 20
    # Whether operators are shown decoys of the Blue List, and about how many minutes apart.
    decoys: bool = False
    decoy_minutes: int = 60
    # Minutes from an operator's "match" after which it is "no stop" where no officer has decided.
    dispatch_minutes: int = 30
    # Minutes after which an engagement without an end escalates; days for which a receipt's address is good.
    engagement_minutes: int = 10
    receipt_days: int = 90
    # Which version of the settings this is.
    version: int = 1
    # False until its first administrator has finished the onboarding.
    active: bool = True

    @property
    def record_years(self) -> int:
        """How long the record of a deployment stays: never less long than the decisions made under it."""
        return max(self.authority_years, self.decision_log_years)


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting as it was and as it is, in words."""

    key: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SettingsVersion:
    """Who changed the settings, when, why, and what. The first version differs from nothing."""

    number: int
    values: dict[str, Any]
    changed_by: str
    reason: str
    at: datetime
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class OnboardingData:
    """A link that is still good: for which force, and who is to be its first administrator."""

    force: ForceData
    admin_email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LeavingData:
    """The latest export of a force that means to leave, and who has confirmed that it may be deleted."""

    manifest_sha256: str
    counts: dict[str, int]
    exported_at: datetime
    # (id of the administrator, label, when), the first one first.
    confirmations: tuple[tuple[UUID, str, datetime], ...]
    # That an administrator refused it or took it back; then only a new export can be confirmed.
    refused_at: datetime | None
    refused_by: str
    refused_reason: str
