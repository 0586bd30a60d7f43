"""A write that is sent twice is done once: the second one gets the first one's answer.

The record of a write is in the write's own transaction, so that there is never one without the other. Of two
that come at the same time the second waits for the first at the unique constraint. A refused write did
nothing and keeps no key: it may be sent again as it is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.integration.models import IdempotencyRecord
from apps.integration.problems import Refused

HEADER = "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,100}")
KEPT_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Write:
    """One write as it was asked for. `fingerprint` is equal for equal requests and for no others."""

    token_id: UUID
    key: str
    method: str
    path: str
    fingerprint: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    is_replayed: bool = False


def key_of(headers: Mapping[str, str]) -> str:
    """The key that a request carries. Raises Refused."""
    key = headers.get(HEADER, "")
    if not KEY.fullmatch(key):
        raise Refused(
            400,
            "idempotency_key",
            f"Send an {HEADER} of your own making with every POST: 1 to 100 visible characters, another one "
            "for every request that is not a repetition.",
        )
    return key


def fingerprint(method: str, path: str, data: Mapping[str, Any]) -> bytes:
    """A keyed hash of what was sent, 32 bytes. Without the server's key nobody can try lists against it."""
    text = json.dumps([method, path, _plain(data)], sort_keys=True, default=str)
    return salted_hmac("lfr.api.idempotency", text, algorithm="sha256").digest()


def _plain(value: Any) -> Any:
    if isinstance(value, UploadedFile):
        whole = hashlib.sha256()
        value.seek(0)
        for chunk in value.chunks():
            whole.update(chunk)
        value.seek(0)
        return [value.name, whole.hexdigest()]
    if hasattr(value, "lists"):  # a form: names with all their values
        return {name: [_plain(each) for each in values] for name, values in value.lists()}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


@transaction.atomic
def once(write: Write, operation: Callable[[], tuple[int, Any]], *, now: datetime) -> Answer:
    """Run `operation`, which returns a status and JSON values, unless this write was done already.

    Raises Refused for a key that was used for another request, and whatever `operation` raises: then nothing
    of it is left.
    """
    IdempotencyRecord.objects.filter(token_id=write.token_id, key=write.key, expires_at__lte=now).delete()
    row = IdempotencyRecord(
        token_id=write.token_id,
        key=write.key,
        method=write.method,
        path=write.path[:300],
        request_hmac=write.fingerprint,
        created_at=now,
        expires_at=now + KEPT_FOR,
    )
    # Waits for whoever inserted the same key and has not committed yet.
    IdempotencyRecord.objects.bulk_create([row], ignore_conflicts=True)
    stored = IdempotencyRecord.objects.select_for_update().get(token_id=write.token_id, key=write.key)
    if stored.id != row.id:
        return _replay(stored, write)
    status, body = operation()
    stored.status, stored.body = status, body
    stored.save(update_fields=["status", "body"])
    return Answer(status, body)


def _replay(stored: IdempotencyRecord, write: Write) -> Answer:
    if bytes(stored.request_hmac) != write.fingerprint:
        raise Refused(422, "idempotency_key_reused", f"This {HEADER} was used for another request.")
    if stored.status is None:  # only a record of this very transaction has none
        raise AssertionError("a committed record has an answer")
    return Answer(stored.status, stored.body, is_replayed=True)
