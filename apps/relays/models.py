"""Relay credentials and ingest counters. Neither holds anything of a frame."""

from __future__ import annotations

from django.db import models

from apps.core.models import TenantModel


class Relay(TenantModel):
    """One agent in one van for one deployment. Its secret is stored as SHA-256 only.

    A fast hash is right here: the secret is 256 random bits, so there is nothing to guess.
    """

    name = models.CharField(max_length=100)
    key_id = models.CharField(max_length=16, unique=True)
    key_sha256 = models.BinaryField(max_length=32)
    deployment_id = models.UUIDField(db_index=True)
    camera_ids = models.JSONField()
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    # Refusal reason -> number of frames. The reasons are the closed list `data.Refusal`.
    refusals = models.JSONField(default=dict)
    # How the box calls itself; empty for a key that was handed out by hand.
    box_id = models.CharField(max_length=64, blank=True, default="", db_index=True)
    # The connection whose beginning is in the audit and whose end is not yet.
    session_id = models.UUIDField(null=True)
    # What it last said of itself (edge/uplink.py): numbers and closed words.
    report = models.JSONField(null=True)
    reported_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("enrolled_at", "id")

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"


class IngestTally(TenantModel):
    """Counters of one camera in one deployment."""

    deployment_id = models.UUIDField()
    camera_id = models.UUIDField()
    received = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    dropped = models.BigIntegerField(default=0)
    last_received_at = models.DateTimeField(null=True)
    clock_offset_ms = models.BigIntegerField(null=True)
    # Of the last frame that it sent, whether it was taken or not.
    heard_at = models.DateTimeField(null=True)
    # Refusal reason -> number of frames, where the camera was known.
    refusals = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("deployment_id", "camera_id"), name="relays_tally_once_per_camera"
            ),
            models.CheckConstraint(
                condition=models.Q(received__gte=0, refused__gte=0, dropped__gte=0),
                name="relays_tally_never_negative",
            ),
        )

    def __str__(self) -> str:
        return f"{self.camera_id} in {self.deployment_id}: {self.received} received"


class EnrolmentCode(TenantModel):
    """A one-time code that turns a box into a relay of one deployment. Stored as SHA-256 only.

    Who gave it is in the audit.
    """

    name = models.CharField(max_length=100)
    code_sha256 = models.BinaryField(max_length=32, unique=True)
    deployment_id = models.UUIDField(db_index=True)
    camera_ids = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # Used, or withdrawn: either way it opens nothing any more.
    spent_at = models.DateTimeField(null=True)
    relay_id = models.UUIDField(null=True)
    # Why the last try was refused, in words for the engineer.
    refused = models.JSONField(default=list)

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"code for {self.name}"
