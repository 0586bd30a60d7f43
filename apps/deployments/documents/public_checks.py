"""What anybody may ask, without an account: is this the authority as it was approved, and a published
assessment. The answers come through functions of the database that give one fact each (migration 0007)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import connection

from apps.core.errors import RuleViolated
from apps.core.typesetting import attachments
from apps.core.wording import say_moment
from apps.deployments.documents.content import Authority
from apps.deployments.rules.assessments import file_name

HASH = re.compile(r"[0-9a-f]{64}")
BETWEEN = re.compile(r"[\W_]+")
ENDED: Mapping[str, str] = MappingProxyType(
    {
        "void": "The approval was voided on {}: the plan was changed.",
        "cancel": "The deployment was cancelled on {}.",
        "revoke": "The approval was taken back on {}.",
        "expire": "The approval lapsed on {}: recognition was not started in time.",
        "end": "It was used, and ended on {}.",
        "end_at_window_close": "It was used, and ended with its window on {}.",
        "refuse_afterwards": "It was an urgent approval, refused afterwards on {}.",
    }
)
NO_DOCUMENT = (
    "This file is not a written authority made by this platform. A scan or a photograph cannot be checked: "
    "type the fingerprint that is printed at the foot of each page instead."
)
NO_FINGERPRINT = "A fingerprint is 64 characters, each 0 to 9 or a to f. Look at what you typed."
UNKNOWN = "No authority with this fingerprint was approved on this platform."
CHANGED = (
    "The file itself is not one that this platform issued: somebody may have changed what its pages show. "
    "Rely on none of it. Ask the force for the document."
)
NARROWED = "It was replaced by a narrower text under the same approval on {}."
PAGES_UNKNOWN = (
    "A fingerprint says nothing about the pages it stands on. To check those, send the PDF itself."
)


@dataclass(frozen=True)
class PublicFile:
    name: str
    content: bytes


@dataclass(frozen=True)
class Checked:
    """The answer in sentences. `genuine`: it is an authority as it was approved; `in_force`: and it holds.

    `readable` is False for a file that no verdict can be given on: a scan of a true document is no forgery.
    """

    genuine: bool
    in_force: bool
    words: tuple[str, ...]
    content_hash: str = ""
    readable: bool = True

    @property
    def heading(self) -> str:
        if not self.readable:
            return "This file cannot be checked"
        if not self.genuine:
            return "This is not what was approved"
        return (
            "This is what was approved"
            if self.in_force
            else "This was approved, and is not in force any more"
        )


def public_assessment(*, assessment_id: UUID) -> PublicFile | None:
    """None for what is not there or not published; which of the two is nobody's business."""
    row = _row("SELECT kind, title, version, content FROM deployments_public_assessment(%s)", assessment_id)
    return None if row is None else PublicFile(file_name(row[0], row[1], row[2]), bytes(row[3]))


def check_file(content: bytes) -> Checked:
    """Whether a PDF is, byte for byte, an authority that was approved. Its text is hashed again."""
    found = _attached_hash(content)
    if found is None:
        return Checked(False, False, (NO_DOCUMENT,), readable=False)
    row = _row("SELECT deployments_issued(%s)", hashlib.sha256(content).hexdigest())
    was_issued = row is not None and row[0] == found
    answer = _approval(found)
    if not answer.genuine or was_issued:
        return answer
    return Checked(False, False, (CHANGED,), found)


def check_fingerprint(text: str) -> Checked:
    """The same for a fingerprint that somebody typed or copied, whatever stands between its characters.

    Raises RuleViolated for what is none: a slip of the finger is no verdict on a document.
    """
    wanted = BETWEEN.sub("", text).lower()
    if not HASH.fullmatch(wanted):
        raise RuleViolated([NO_FINGERPRINT], code="fingerprint")
    answer = _approval(wanted)
    if not answer.genuine:
        return answer
    return Checked(True, answer.in_force, (*answer.words, PAGES_UNKNOWN), wanted)


def _attached_hash(content: bytes) -> str | None:
    """The hash of the authority attached to a PDF, worked out from its text."""
    for attached in attachments(content):
        try:
            text = attached.decode()
            canonical = Authority.from_canonical(json.loads(text)).canonical_json()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        # The text that was hashed, letter for letter: no other spelling of the same content.
        if canonical == text:
            return hashlib.sha256(attached).hexdigest()
    return None


def _approval(content_hash: str) -> Checked:
    row = _row(
        "SELECT force_name, decision, decided_at, in_force, narrowed_at, ended_as, ended_at"
        " FROM deployments_approval(%s)",
        content_hash,
    )
    if row is None:
        return Checked(False, False, (UNKNOWN,), content_hash)
    force, decision, decided_at, in_force, narrowed_at, ended_as, ended_at = row
    what = "approved" if decision == "approve" else "narrowed under an approval"
    words = [f"This text was {what} on {say_moment(decided_at)} by {force}."]
    if in_force:
        words.append("It is still in force.")
    else:
        words += [NARROWED.format(say_moment(narrowed_at))] if narrowed_at else []
        words += [_ended(ended_as, ended_at)] if ended_as or not narrowed_at else []
    return Checked(True, bool(in_force), tuple(words), content_hash)


def _ended(how: str | None, at: datetime | None) -> str:
    if how is None or at is None:
        return "It is not in force any more."
    return ENDED[how].format(say_moment(at))


def _row(statement: str, value: str | UUID) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [value])
        row = cursor.fetchone()
    return None if row is None or row[0] is None else tuple(row)
