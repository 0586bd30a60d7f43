"""Relays, for other apps."""

from apps.relays.boxes import take_back_keys
from apps.relays.connections import close_lost
from apps.relays.equipment import equipment
from apps.relays.framebus import take_newest
from apps.relays.operations import add_dropped, enrol_relay, record_ingest, revoke_relay
from apps.relays.queries import get_relay, list_relays, tallies
from apps.relays.reports import relay_reports
from apps.relays.totals import Arrived, totals
from apps.relays.wording import drop_words, fault_words

__all__ = [
    "Arrived",
    "add_dropped",
    "close_lost",
    "drop_words",
    "enrol_relay",
    "equipment",
    "fault_words",
    "get_relay",
    "list_relays",
    "record_ingest",
    "relay_reports",
    "revoke_relay",
    "take_back_keys",
    "take_newest",
    "tallies",
    "totals",
]
