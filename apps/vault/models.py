from __future__ import annotations

from django.db import models

from apps.core.models import TenantModel


class VaultKey(TenantModel):
    """That a data key exists or existed. Its material is in the key store, never here."""

    purpose = models.CharField(max_length=20)
    owner_id = models.UUIDField(db_index=True)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)
    # Seen to be gone from the key store, after the commit that set `destroyed_at`.
    gone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["force_id"],
                condition=models.Q(destroyed_at__isnull=False, gone_at__isnull=True),
                name="vault_key_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} key {self.id}"


class VaultBlob(TenantModel):
    """A picture or a template under one key: AES-256-GCM, with the row's identity authenticated too."""

    key = models.ForeignKey(VaultKey, on_delete=models.PROTECT, related_name="blobs")
    kind = models.CharField(max_length=20)
    nonce = models.BinaryField()
    ciphertext = models.BinaryField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
