"""Scrutiny, for other apps."""

from apps.scrutiny.data import as_json
from apps.scrutiny.queries import deployment_record

__all__ = ["as_json", "deployment_record"]
