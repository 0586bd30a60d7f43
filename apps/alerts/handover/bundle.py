"""The copy itself: sealed for one certificate and signed by the platform, in memory only.

Inside, a ZIP with the pictures, the facts and a manifest with the SHA-256 of each; sealed as CMS
EnvelopedData (AES-256-CBC, the key by RSA). CMS of this kind hides and does not prove: the signature is over
a statement with the digest of the sealed bytes, outside, so that anybody can check it without the key that
opens them.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from apps.alerts.handover.data import Bundle, RecipientData
from apps.audit.api import signer

FORMAT = "lfr-hand-over/1"
SEALED, STATEMENT, SIGNATURE, PUBLIC_KEY = "sealed.cms", "statement.json", "statement.sig", "signer.pub.pem"
MANIFEST, FACTS = "manifest.json", "alert.json"


def canonical(value: object) -> bytes:
    """The same bytes for the same value: sorted names, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def make(
    *,
    facts: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    about: Mapping[str, str],
    recipient: RecipientData,
    now: datetime,
) -> Bundle:
    """`pictures` by file name; `about` says in the open what the copy is of: no name of anybody listed."""
    files = {FACTS: canonical(facts), **pictures}
    manifest = canonical(
        {"format": FORMAT, "files": {name: digest(content) for name, content in files.items()}}
    )
    sealed = _seal(_zip({**files, MANIFEST: manifest}, now), recipient.pem)
    by = signer()
    statement = canonical(
        {
            **about,
            "format": FORMAT,
            "made_at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "sealed_file": SEALED,
            "sealed_sha256": digest(sealed),
            "manifest_sha256": digest(manifest),
            "recipient_certificate_sha256": recipient.fingerprint,
            "signed_by": by.key_id,
        }
    )
    content = _zip(
        {
            SEALED: sealed,
            STATEMENT: statement,
            SIGNATURE: by.sign(statement),
            PUBLIC_KEY: by.public_keys()[by.key_id].encode("ascii"),
        },
        now,
    )
    holds = (*sorted(files), MANIFEST)
    return Bundle(content, digest(content), digest(sealed), holds, f"{_name(about)}.zip")


def _name(about: Mapping[str, str]) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "", f"hand-over-{about['deployment']}-{about['alert']}")


def _seal(content: bytes, pem: str) -> bytes:
    certificate = x509.load_pem_x509_certificate(pem.encode("ascii"))
    envelope = pkcs7.PKCS7EnvelopeBuilder().set_data(content).add_recipient(certificate)
    return envelope.set_content_encryption_algorithm(AES256).encrypt(
        Encoding.DER, [pkcs7.PKCS7Options.Binary]
    )


def _zip(files: Mapping[str, bytes], now: datetime) -> bytes:
    """Stored, not compressed: nothing in it becomes smaller."""
    made = now.astimezone(UTC).timetuple()[:6]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, made), content)
    return out.getvalue()
