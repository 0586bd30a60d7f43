"""What stands on a receipt, in the language that is spoken. No name, no face, nothing of the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.alerts import engagement_queries, queries
from apps.alerts.data import Step
from apps.alerts.engagement_data import (
    NO_RESULT,
    POWER_LABELS,
    RESULT_WORDS,
    SEARCH_LABELS,
    EngagementData,
    Power,
    SearchPower,
    StopRecord,
)
from apps.core.languages import ENGLISH, PAGE_LANGUAGES, current
from apps.core.wording import say_moment
from apps.deployments import api as deployments
from apps.forces.data import ForceData


@dataclass(frozen=True)
class ReceiptPage:
    """`stop` and `contacts` are (heading, words). `notice_slug` names the public notice. `compared`: how many
    people compared the pictures before the officer decided. `rehearsal`: only volunteers of the staff
    were listed.
    """

    force: ForceData
    rehearsal: bool
    place: str
    reference: str
    number: int
    notice_slug: str
    engaged_at: datetime
    compared: int
    stop: tuple[tuple[str, str], ...]
    results: tuple[str, ...]
    deleted: str
    contacts: tuple[tuple[str, str], ...]
    expires_at: datetime


def receipt_page(*, alert_id: UUID, force: ForceData, expires_at: datetime, now: datetime) -> ReceiptPage:
    """As things stand at `now`: a result that is recorded later is on it then."""
    alert = queries.get(alert_id=alert_id)
    deployment = deployments.get(deployment_id=alert.deployment_id)
    engagement = engagement_queries.engagement_of(alert_id=alert_id)
    outcomes = queries.outcomes_of(alert_id=alert_id)
    said = dict.fromkeys(RESULT_WORDS[outcome] for outcome in outcomes if RESULT_WORDS[outcome] != NO_RESULT)
    return ReceiptPage(
        force=force,
        rehearsal=deployment.authority.rehearsal,
        place=_typed(deployment.authority.place_name),
        reference=deployment.reference,
        number=alert.number,
        notice_slug=deployment.reference.lower(),
        engaged_at=engagement.engaged_at,
        compared=_compared(alert_id),
        stop=tuple(_stop(engagement)),
        results=tuple(_(words) for words in said or (NO_RESULT,)),
        deleted=_deleted(alert.purged_at, alert.purge_due_at),
        contacts=tuple(_contacts(force)),
        expires_at=expires_at,
    )


def _compared(alert_id: UUID) -> int:
    decisions = queries.decisions_of(alert_id=alert_id)
    return len({past.actor_id for past in decisions if past.step is Step.OPERATOR})


def _typed(text: str) -> str:
    """What a person typed is English: on a page in another language it says so, for screen readers."""
    if current() == ENGLISH:
        return text
    return format_html('<span lang="{}">{}</span>', PAGE_LANGUAGES[ENGLISH], text)


def _stop(engagement: EngagementData) -> list[tuple[str, str]]:
    record = engagement.record
    said = [(_("Power"), _power(record))]
    # Also by no power: whoever was kept reads for how long.
    if record.started_at:
        said.append((_("The stop began"), say_moment(record.started_at)))
    if record.ended_at:
        said.append((_("The stop ended"), say_moment(record.ended_at)))
    if record.searched is not None:
        said.append((_("Search"), _search(record)))
    if record.force_used is not None:
        used = _("Force was used.") if record.force_used else _("No force was used.")
        said.append((_("Force used"), used))
    if record.body_worn:
        said.append((_("Video"), _("An officer's camera recorded it. You can ask the force for a copy.")))
    return said


def _power(record: StopRecord) -> str:
    power = record.power
    if power is None:
        return _("Not recorded yet. An alert alone gives no power to stop anybody.")
    if power is Power.NONE:
        # Who was kept, searched or held was not free to go, whatever the answer to another question says.
        if record.started_at or record.searched or record.force_used:
            return _("None: the officer recorded that there was none.")
        return _("None was used: you were free to go.")
    label = _(POWER_LABELS[power])
    return format_html("{}: {}", label, _typed(record.power_other)) if record.power_other else label


def _search(record: StopRecord) -> str:
    if not record.searched:
        return _("You were not searched.")
    if record.search_power is None:
        return _("You were searched. By which power is not recorded.")
    if record.search_power is SearchPower.NONE:
        return _("You were searched by no power: the officer recorded that there was none.")
    words = _("You were searched: %(power)s.")
    if record.search_other:
        return format_html(words.replace("%(power)s", "{}"), _typed(record.search_other))
    return words % {"power": _(SEARCH_LABELS[record.search_power])}


def _deleted(purged_at: datetime | None, due_at: datetime) -> str:
    if purged_at is not None:
        return _("The picture of your face and its measurements were deleted on %(moment)s.") % {
            "moment": say_moment(purged_at)
        }
    return _("The picture of your face and its measurements are deleted on %(moment)s at the latest.") % {
        "moment": say_moment(due_at)
    }


def _contacts(force: ForceData) -> list[tuple[str, str]]:
    routes = (
        (_("To complain about an officer"), force.contact_complaints),
        (_("To see what is held about you"), force.contact_access),
        (_("Data protection"), force.contact_data_protection),
        (_("Information Commissioner"), force.contact_ico),
    )
    found = [(heading, words) for heading, words in routes if words]
    return [*found, *((_("Also"), line) for line in force.contact_lines)]
