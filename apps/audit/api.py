"""The audit, for other apps."""

from apps.audit.operations import chain_force, record
from apps.audit.queries import events_about, unlinked_count, verify

__all__ = ["chain_force", "events_about", "record", "unlinked_count", "verify"]
