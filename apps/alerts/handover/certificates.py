"""Reading the certificate of a department: whether a copy can be sealed for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from apps.core.errors import RuleViolated

SMALLEST_KEY = 3072
LONGEST = 20_000
LONGEST_SUBJECT = 300
BEGIN = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class Certificate:
    """`pem` is the certificate written anew, without anything that stood around it."""

    pem: str
    subject: str
    fingerprint: str
    not_after: datetime


def read(text: str, *, now: datetime) -> Certificate:
    """Raises RuleViolated with everything that keeps a copy from being sealed for it."""
    if "PRIVATE KEY" in text:
        raise RuleViolated(["This holds a private key. It stays with the department: make a new one there."])
    if len(text) > LONGEST or text.count(BEGIN) != 1:
        raise RuleViolated(["Paste one certificate, from “BEGIN CERTIFICATE” to “END CERTIFICATE”."])
    try:
        found = x509.load_pem_x509_certificate(text.strip().encode())
        key = found.public_key()
        subject = found.subject.rfc4514_string()
        usage = _usage(found)
    except ValueError as broken:
        raise RuleViolated(["This certificate cannot be read."]) from broken
    reasons = []
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_KEY:
        reasons.append(f"Its key must be RSA with {SMALLEST_KEY} bits or more.")
    if usage is not None and not usage.key_encipherment:
        reasons.append("Its key usage does not allow key encipherment, so that nothing can be sealed for it.")
    if now < found.not_valid_before_utc:
        reasons.append("It is not valid yet.")
    if now >= found.not_valid_after_utc:
        reasons.append("It has expired.")
    if reasons:
        raise RuleViolated(reasons, code="certificate")
    return Certificate(
        pem=found.public_bytes(Encoding.PEM).decode("ascii"),
        subject=subject[:LONGEST_SUBJECT] or "no name",
        fingerprint=found.fingerprint(hashes.SHA256()).hex(),
        not_after=found.not_valid_after_utc,
    )


def _usage(found: x509.Certificate) -> x509.KeyUsage | None:
    """What the certificate says its key is for; None where it does not say."""
    try:
        return found.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return None
