"""The written parts of a record, as others read them: whole, but for names and how to reach somebody."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

from apps.deployments.data import DecisionData, DeploymentData
from apps.scrutiny.redaction import Names, redact

# The audit verb under which a text is kept without its names, see operations.remember_redactions.
REDACTED = "scrutiny.names_removed"
FINDINGS = "findings"
OPERATION = "operation"
# Before the digest of a reason: that names the text itself, so no other can be taken for it.
REASON = "reason."

# Fields of the authority that are prose, with the question that each answers.
AUTHORITY_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "policing_purpose": "What it was for",
        "necessity": "Why it was necessary",
        "proportionality": "Why it was proportionate",
        "less_intrusive_means": "Which milder means were considered",
        "collateral_intrusion": "What it meant for passers-by",
    }
)


# Prose of the authority that reports tell and the record of a deployment does not.
FURTHER_TEXTS = ("place_reason", "nearby_measures")


class Event(Protocol):
    """As much of an audit event as is read here."""

    verb: str
    at: datetime
    payload: Any


@dataclass(frozen=True)
class Kept:
    """A text without names, and the SHA-256 (hexadecimal) of the text that it was made from."""

    of: str
    text: str


def texts_of(deployment: DeploymentData, decisions: Iterable[DecisionData]) -> dict[str, str]:
    """Every written part by field, names included: for nobody's eyes before `without_names`."""
    texts = {field: str(getattr(deployment.authority, field)) for field in AUTHORITY_TEXTS}
    texts[OPERATION] = deployment.authority.operation
    typed = [decision.reasons for decision in decisions]
    typed += [str(getattr(deployment.authority, field)) for field in FURTHER_TEXTS]
    reasons = {reason_field(text): text for text in typed if text}
    reviews = [decision.reasons for decision in decisions if decision.kind == "review"]
    return texts | reasons | ({FINDINGS: reviews[-1]} if reviews else {})


def reason_field(reasons: str) -> str:
    """Under which field the reasons of a decision stand among the texts."""
    return f"{REASON}{digest(reasons)}"


def kept_of(events: Iterable[Event]) -> dict[str, Kept]:
    """What was kept without names, the latest of each field, from the audit events of a deployment."""
    kept: dict[str, Kept] = {}
    for event in events:
        if event.verb == REDACTED:
            kept.update({field: Kept(**values) for field, values in event.payload["texts"].items()})
    return kept


def without_names(
    texts: Mapping[str, str],
    *,
    names: Iterable[str] | Names,
    staff: Collection[str],
    kept: Mapping[str, Kept],
) -> dict[str, str]:
    """Each text as it may be read: what was kept of this very text, and without the names known now."""
    known = names if isinstance(names, Names) else Names(names)
    return {field: redact(_known(field, text, kept), known, staff=staff) for field, text in texts.items()}


def _known(field: str, text: str, kept: Mapping[str, Kept]) -> str:
    found = kept.get(field)
    return found.text if found is not None and found.of == digest(text) else text


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
