"""Scrutiny, for other apps."""

from apps.scrutiny.data import as_json
from apps.scrutiny.queries import deployment_record, record_by_reference, record_list, redacted

__all__ = ["as_json", "deployment_record", "record_by_reference", "record_list", "redacted"]
