"""Forces, for other apps."""

from apps.forces.base_map import MOST_SHOWN as MOST_MAP_LINES_SHOWN
from apps.forces.base_map import (
    BaseMapData,
    MapPart,
    base_map,
    part_of_map,
    remove_base_map,
    replace_base_map,
)
from apps.forces.base_map_reading import MOST_BYTES as MOST_MAP_BYTES
from apps.forces.base_map_reading import MOST_SOURCE as MOST_MAP_SOURCE
from apps.forces.base_map_reading import MapLine
from apps.forces.districts import District, districts_of
from apps.forces.forms import SettingsForm
from apps.forces.leaving import CONFIRMATIONS, confirm_leaving, departed, leaving, note_export, refuse_leaving
from apps.forces.meanwhile import rebase
from apps.forces.onboarding import LinkNotGood, note_used, offer, opened
from apps.forces.operations import change_settings, create_force, finish_force, preview_settings
from apps.forces.policies import is_mail_address, is_web_address
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
from apps.forces.settings import SECTIONS, Section, binding, first_told_after_s, of_section, say_all

__all__ = [
    "CONFIRMATIONS",
    "MOST_MAP_BYTES",
    "MOST_MAP_LINES_SHOWN",
    "MOST_MAP_SOURCE",
    "SECTIONS",
    "BaseMapData",
    "District",
    "LinkNotGood",
    "MapLine",
    "MapPart",
    "Section",
    "SettingsForm",
    "all_force_ids",
    "all_forces",
    "base_map",
    "binding",
    "change_settings",
    "confirm_leaving",
    "create_force",
    "departed",
    "districts_of",
    "find_force",
    "finish_force",
    "first_told_after_s",
    "get_force",
    "get_force_by_slug",
    "history",
    "is_mail_address",
    "is_web_address",
    "leaving",
    "note_export",
    "note_used",
    "of_section",
    "offer",
    "opened",
    "part_of_map",
    "preview_settings",
    "rebase",
    "refuse_leaving",
    "remove_base_map",
    "replace_base_map",
    "say_all",
    "settings_at",
    "settings_of",
    "values_of_force",
]
