"""Statements that the platform signs with the key of the anchors, of what somebody takes out of it.

An anchor says where a chain stood; a statement says what a file held, and where the chain stood then.
Reads need an open force context.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization

from apps.audit.data import canonical
from apps.audit.models import AuditAnchor, AuditLink
from apps.audit.signing import signer

# Before what is signed, so that no statement can pass for an anchor, nor for a statement of another kind.
EXPORT_PREFIX = b"lfr-export-1\n"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the open force's chain stands: its last link (0 and "" before the first) and its newest anchor,
    as the line of the file of anchors ("" before the first)."""

    position: int
    link_hash: str
    anchor: str


def standing() -> Standing:
    link = AuditLink.objects.order_by("-position").first()
    anchor = AuditAnchor.objects.order_by("-sequence").first()
    return Standing(
        position=link.position if link else 0,
        link_hash=bytes(link.link_hash).hex() if link else "",
        anchor=anchor.line if anchor else "",
    )


def sign_export(statement: Mapping[str, object]) -> dict[str, object]:
    """The statement with the key's id and fingerprint and the signature of all of it.

    Raises ImproperlyConfigured without a key.
    """
    by = signer()
    full = {
        **statement,
        "key_id": by.key_id,
        "public_key_sha256": _fingerprint(by.public_keys()[by.key_id]),
    }
    signature = by.sign(EXPORT_PREFIX + canonical(full).encode())
    return {**full, "signature": base64.b64encode(signature).decode()}


def _fingerprint(pem: str) -> str:
    """SHA-256 of the 32 bytes of the key; a key's id is how it begins."""
    raw = serialization.load_pem_public_key(pem.encode()).public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw
    )
    return hashlib.sha256(raw).hexdigest()
