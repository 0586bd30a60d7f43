"""Relays, for other apps."""

from apps.relays.equipment import equipment
from apps.relays.framebus import take_newest
from apps.relays.operations import add_dropped, enrol_relay, record_ingest, revoke_relay
from apps.relays.queries import get_relay, list_relays, tallies

__all__ = [
    "add_dropped",
    "enrol_relay",
    "equipment",
    "get_relay",
    "list_relays",
    "record_ingest",
    "revoke_relay",
    "take_newest",
    "tallies",
]
