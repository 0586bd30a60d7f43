from __future__ import annotations

from enum import StrEnum

from apps.core.errors import DomainError


class KeyPurpose(StrEnum):
    WATCHLIST = "watchlist"
    ALERT = "alert"
    STAGING = "staging"
    CONSENT = "consent"
    WEBHOOK = "webhook"


class BlobKind(StrEnum):
    PICTURE = "picture"
    TEMPLATE = "template"
    UPLOAD = "upload"
    REPORT = "report"
    SIGNING = "signing"


class BlobDamaged(DomainError):
    """What is stored is not what was encrypted: changed, or moved here from another row or force."""

    code = "blob_damaged"


class ForeignKeys(OSError):
    """The folder of keys and its master key do not belong together. An error of the operating system's kind:
    nothing can be kept until somebody puts the right file back."""


class KeyDestroyed(DomainError):
    """The data key is gone: what it encrypted can never be read again."""

    code = "key_destroyed"
