"""The force's own base map: its lines, one row each, so that a page reads only those around a place."""

from __future__ import annotations

from django.db import models

from apps.core.models import TenantModel
from apps.forces.base_map_reading import MOST_NAME, MOST_SOURCE, LineKind

DIGEST_LENGTH = 64


class BaseMap(TenantModel):
    """The map in use: one a force. Roads and outlines, no person; who uploaded it stands in the audit too."""

    source = models.CharField(max_length=MOST_SOURCE)
    sha256 = models.CharField(max_length=DIGEST_LENGTH)
    lines = models.PositiveIntegerField()
    # The box around everything on it, in degrees.
    south = models.FloatField()
    west = models.FloatField()
    north = models.FloatField()
    east = models.FloatField()
    uploaded_by = models.CharField(max_length=254)
    uploaded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["force_id"], name="forces_one_base_map")]

    def __str__(self) -> str:
        return f"base map of {self.lines} lines"


class BaseMapLine(TenantModel):
    """One line: [latitude, longitude] pairs in degrees, with the box around them."""

    base_map = models.ForeignKey(BaseMap, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in LineKind])
    name = models.CharField(max_length=MOST_NAME, blank=True)
    points = models.JSONField()
    south = models.FloatField()
    west = models.FloatField()
    north = models.FloatField()
    east = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["base_map", "south", "west"], name="forces_map_line_box")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()
