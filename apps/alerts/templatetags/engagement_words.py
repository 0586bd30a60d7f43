"""How a page says what is recorded of an engagement."""

from __future__ import annotations

from django import template

from apps.alerts.data import OUTCOME_LABELS, Outcome
from apps.alerts.engagement_data import (
    ADULT_LABELS,
    FORCE_LABELS,
    POWER_LABELS,
    SEARCH_LABELS,
    EngagementData,
    SearchPower,
)
from apps.alerts.handover.data import NO_COPY_LABELS, NoCopy

register = template.Library()
UNKNOWN = "not recorded"


@register.filter
def power_words(engagement: EngagementData) -> str:
    record = engagement.record
    return _with(POWER_LABELS[record.power], record.power_other) if record.power else UNKNOWN


@register.filter
def search_words(engagement: EngagementData) -> str:
    record = engagement.record
    if not record.searched:
        return UNKNOWN if record.searched is None else "no"
    if record.search_power is None:
        return "yes; by which power is not recorded"
    if record.search_power is SearchPower.NONE:
        return "yes, by no power"
    return f"yes: {_with(SEARCH_LABELS[record.search_power], record.search_other)}"


@register.filter
def force_words(engagement: EngagementData) -> str:
    record = engagement.record
    if not record.force_used:
        return UNKNOWN if record.force_used is None else "none"
    kinds = ", ".join(FORCE_LABELS[kind].lower() for kind in record.force_kinds)
    words = _with(f"yes: {kinds}", record.force_other)
    return words if record.is_stop else f"{words}. No power of a stop is recorded."


@register.filter
def stored_by(engagement: EngagementData) -> str:
    """Whose record it is, and who wrote it down for them."""
    by = engagement.entered_by
    return f"{engagement.recorded_by}, said by radio, entered by {by}" if by else engagement.recorded_by


@register.filter
def outcome_words(outcome: Outcome) -> str:
    return OUTCOME_LABELS[outcome]


@register.filter
def adult_words(engagement: EngagementData) -> str:
    adult = engagement.record.adult
    return ADULT_LABELS[adult] if adult else UNKNOWN


def _with(words: str, other: str) -> str:
    return f"{words} ({other})" if other else words


@register.filter
def no_copy_words(engagement: EngagementData) -> str:
    return NO_COPY_LABELS[NoCopy(engagement.no_copy)]
