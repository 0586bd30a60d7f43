"""What a box may send to `/relay/enrol/`: a small JSON object of known fields, read strictly."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from apps.core.errors import RuleViolated
from apps.relays.boxes import BOX_ID
from apps.relays.data import Claim
from apps.relays.edge.wire import printable

MAX_BYTES = 16 * 1024
MAX_CODE_CHARS = 120
MAX_FINDINGS = 20


def read_claim(body: bytes) -> Claim:
    """Raises RuleViolated ("malformed") in words that quote nothing of the body."""
    if len(body) > MAX_BYTES:
        raise _malformed(f"a body of more than {MAX_BYTES} bytes")
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise _malformed("a body that is no JSON") from None
    if not isinstance(values, dict):
        raise _malformed("a body that is no JSON object")
    code, box_id = values.get("code"), values.get("box_id")
    if not isinstance(code, str) or not 0 < len(code) <= MAX_CODE_CHARS:
        raise _malformed("no code")
    if not isinstance(box_id, str) or not BOX_ID.match(box_id):
        raise _malformed("no box_id of 8 to 64 letters, digits, - and _")
    findings, checked_at = _residue(values.get("residue"))
    return Claim(code=code, box_id=box_id, residue=findings, checked_at=checked_at)


def _residue(values: object) -> tuple[tuple[str, ...] | None, datetime | None]:
    if values is None:
        return None, None
    if not isinstance(values, dict):
        raise _malformed("a residue that is no object")
    findings = values.get("findings")
    if not isinstance(findings, list) or not all(isinstance(each, str) for each in findings):
        raise _malformed("findings that are no list of texts")
    said = [printable(each) or "something without a name" for each in findings]
    more = len(said) - MAX_FINDINGS
    shown = said[:MAX_FINDINGS] + ([f"and {more} more"] if more > 0 else [])
    return tuple(shown), _moment(values.get("checked_at"))


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise _malformed("a residue without checked_at")
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _malformed("a checked_at that is no time") from None
    raise _malformed("a checked_at without a time zone")


def _malformed(what: str) -> RuleViolated:
    return RuleViolated([f"the request has {what}"], code="malformed")
