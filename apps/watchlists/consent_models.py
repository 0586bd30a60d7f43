"""Tables of the Blue List: who agreed to be on it, and that somebody does not any more.

Apart from the lists of deployments: a consent's picture is under a key of its own and goes with the consent.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from apps.core.models import TenantModel
from apps.watchlists.agreed import GivenHow

GIVEN_HOW = [how.value for how in GivenHow]


class Consent(TenantModel):
    """That a member of staff agreed to be on the Blue List, for a while. What was agreed is never rewritten:
    another period is another consent. Its picture, if one was given, is in the vault under `key_id`."""

    reference = models.CharField(max_length=64)
    # As consents are compared (consents.folded); longer, for some letters fold into several.
    folded = models.CharField(max_length=200)
    member_id = models.UUIDField(db_index=True)
    member_label = models.CharField(max_length=200)
    begins_on = models.DateField()
    ends_on = models.DateField()
    # The first instant at which it does not hold any more: midnight in London after `ends_on`.
    ends_at = models.DateTimeField(db_index=True)
    wording_version = models.CharField(max_length=40)
    given_how = models.CharField(max_length=16)
    # Whether their pictures may be shown to operators as decoys: asked for by itself, never implied.
    decoys = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by_id = models.UUIDField()
    recorded_by_label = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True)
    captured_on = models.DateField(null=True)
    key_id = models.UUIDField(null=True)
    picture_blob_id = models.UUIDField(null=True)
    # Taken off every list, picture and key destroyed, after it ended or was withdrawn.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("member_label", "begins_on", "id")
        constraints = [
            models.UniqueConstraint(fields=["force_id", "folded"], name="watchlists_consent_once"),
            models.CheckConstraint(
                condition=Q(begins_on__lte=F("ends_on")), name="watchlists_consent_days_in_order"
            ),
            models.CheckConstraint(condition=Q(given_how__in=GIVEN_HOW), name="watchlists_consent_given_how"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(picture_blob_id__isnull=True),
                name="watchlists_closed_consent_has_no_picture",
            ),
        ]

    def __str__(self) -> str:
        # Never the name: __str__ ends up in logs.
        return f"consent {self.id}"
