"""Forces, for other apps."""

from apps.forces.forms import SettingsForm
from apps.forces.leaving import CONFIRMATIONS, confirm_leaving, departed, leaving, note_export, refuse_leaving
from apps.forces.meanwhile import rebase
from apps.forces.onboarding import LinkNotGood, note_used, offer, opened
from apps.forces.operations import change_settings, create_force, finish_force, preview_settings
from apps.forces.policies import is_web_address
from apps.forces.queries import (
    all_force_ids,
    all_forces,
    find_force,
    get_force,
    get_force_by_slug,
    history,
    settings_at,
    settings_of,
    values_of_force,
)
from apps.forces.settings import SECTIONS, Section, binding, of_section, say

__all__ = [
    "CONFIRMATIONS",
    "SECTIONS",
    "LinkNotGood",
    "Section",
    "SettingsForm",
    "all_force_ids",
    "all_forces",
    "binding",
    "change_settings",
    "confirm_leaving",
    "create_force",
    "departed",
    "find_force",
    "finish_force",
    "get_force",
    "get_force_by_slug",
    "history",
    "is_web_address",
    "leaving",
    "note_export",
    "note_used",
    "of_section",
    "offer",
    "opened",
    "preview_settings",
    "rebase",
    "refuse_leaving",
    "say",
    "settings_at",
    "settings_of",
    "values_of_force",
]
