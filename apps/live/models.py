"""Leases on shards of cameras, and what recognition counted. Neither holds anything of a face."""

from __future__ import annotations

from django.db import models

from apps.core.models import TenantModel


class ShardLease(TenantModel):
    """Who recognises for one shard. Held while `expires_at` lies ahead; over once `released_at` is set.

    `blind_since` is when recognition that is owed stopped (or has not yet begun), with its reason; it is
    set by the dispatcher, by a takeover and by the holder, and outlives all of them until the gap is
    recorded. All times are the database's (core.database_clock); `clock_offset_ms` is how far ahead of it
    the holder's machine believes itself to be.
    """

    deployment_id = models.UUIDField()
    shard = models.PositiveSmallIntegerField()
    token = models.BigIntegerField(default=0)
    holder = models.CharField(max_length=200, blank=True)
    heartbeat_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    blind_since = models.DateTimeField(null=True)
    blind_reason = models.CharField(max_length=60, blank=True)
    clock_offset_ms = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("deployment_id", "shard"), name="live_one_lease_per_shard"),
            models.CheckConstraint(condition=models.Q(token__gte=0), name="live_token_never_negative"),
        )

    def __str__(self) -> str:
        return f"shard {self.shard} of {self.deployment_id}, token {self.token}"


class CameraTally(TenantModel):
    """Counters of one camera in one deployment."""

    deployment_id = models.UUIDField()
    camera_id = models.UUIDField()
    frames = models.BigIntegerField(default=0)
    undecodable = models.BigIntegerField(default=0)
    dropped = models.BigIntegerField(default=0)
    faces = models.BigIntegerField(default=0)
    tracks = models.BigIntegerField(default=0)
    searches = models.BigIntegerField(default=0)
    alerts = models.BigIntegerField(default=0)
    processing_us = models.BigIntegerField(default=0)
    last_frame_at = models.DateTimeField(null=True)
    silent_since = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("deployment_id", "camera_id"), name="live_tally_once_per_camera"),
        )

    def __str__(self) -> str:
        return f"{self.camera_id} in {self.deployment_id}: {self.frames} frames"
