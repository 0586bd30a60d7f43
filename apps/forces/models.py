from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel
from apps.forces.base_map_models import BaseMap as BaseMap
from apps.forces.base_map_models import BaseMapLine as BaseMapLine
from apps.forces.policies import check_documents, check_lines

DIGEST_LENGTH = 64


def default_categories() -> list[str]:
    """Hertfordshire's trial: wanted for serious offences, court orders, and the Blue List for testing."""
    return ["court_warrant", "suspected", "court_order", "blue_list"]


class Force(models.Model):
    """A police force: the tenant, and the settings in force now (settings.py says what each of them is).

    The registry of forces is readable without a force context (sign-in and public pages need it).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()
    # Null until its first administrator has finished the onboarding: until then it is nowhere public.
    active_at = models.DateTimeField(null=True, blank=True)
    # The number of the ForceSettingsVersion that the columns below repeat.
    settings_version = models.PositiveIntegerField(default=1)
    notice_minimum_days = models.PositiveSmallIntegerField(default=7)
    # How long a public page may be away before the notice clock stops for that time.
    notice_outage_tolerance_minutes = models.PositiveSmallIntegerField(default=30)
    list_window_hours = models.PositiveSmallIntegerField(default=24)
    watchlist_keep_hours = models.PositiveSmallIntegerField(default=24)
    alert_keep_hours = models.PositiveSmallIntegerField(default=24)
    decision_expiry_s = models.PositiveSmallIntegerField(default=60)
    max_watchlist_size = models.PositiveIntegerField(default=10_000)
    minimum_staffing = models.PositiveSmallIntegerField(default=3)
    # From the end of a deployment to its published results (domain.md §3).
    results_deadline_days = models.PositiveSmallIntegerField(default=5)
    categories = models.JSONField(default=default_categories)
    serious_offences = models.JSONField(default=list, blank=True, validators=[check_lines])
    trial_mode = models.BooleanField(default=False)
    urgent_confirmation_hours = models.PositiveSmallIntegerField(default=24)
    decision_log_years = models.PositiveSmallIntegerField(default=7)
    authority_years = models.PositiveSmallIntegerField(default=7)
    audit_years = models.PositiveSmallIntegerField(default=7)
    register_years = models.PositiveSmallIntegerField(default=7)
    withheld_counts = models.JSONField(default=list, blank=True)
    contact_data_protection = models.CharField(max_length=300, blank=True)
    contact_access = models.CharField(max_length=300, blank=True)
    contact_complaints = models.CharField(max_length=300, blank=True)
    contact_ico = models.CharField(max_length=300, blank=True)
    contact_lines = models.JSONField(default=list, blank=True)
    notice_paragraphs = models.JSONField(default=list, blank=True, validators=[check_lines])
    # The oversight body, its next meeting, its webcast: lines of text for every notice (domain.md §3).
    oversight_lines = models.JSONField(default=list, blank=True, validators=[check_lines])
    # [title, address] of the assessments and the policy that every notice links to.
    documents = models.JSONField(default=list, blank=True, validators=[check_documents])
    oversight_email = models.CharField(max_length=300, blank=True)
    languages = models.JSONField(default=list, blank=True)
    districts = models.JSONField(default=list, blank=True)
    idle_minutes = models.PositiveSmallIntegerField(default=30)
    sign_check_minutes = models.PositiveSmallIntegerField(default=60)
    minimum_picture_quality = models.PositiveSmallIntegerField(default=30)
    status_valid_hours = models.PositiveSmallIntegerField(default=24)
    status_service = models.CharField(max_length=300, blank=True)
    # An alert that waits for so long for nobody escalates; decoys of the Blue List, and how often.
    escalation_s = models.PositiveSmallIntegerField(default=20)
    decoys = models.BooleanField(default=False)
    decoy_minutes = models.PositiveSmallIntegerField(default=60)
    # A match that no officer decides on is "no stop" after so long.
    dispatch_minutes = models.PositiveSmallIntegerField(default=30)
    # An engagement without an end escalates after so long; the address on a receipt dies after so long.
    engagement_minutes = models.PositiveSmallIntegerField(default=10)
    receipt_days = models.PositiveSmallIntegerField(default=90)

    class Meta:
        constraints = [
            # The promises made to the public are ceilings, whatever a force sets.
            models.CheckConstraint(
                condition=Q(alert_keep_hours__lte=24), name="forces_alert_keep_at_most_24_h"
            ),
            models.CheckConstraint(
                condition=Q(watchlist_keep_hours__lte=24), name="forces_watchlist_keep_at_most_24_h"
            ),
            models.CheckConstraint(
                condition=Q(idle_minutes__gte=5, idle_minutes__lte=60), name="forces_idle_5_to_60_min"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ForceSettingsVersion(TenantModel):
    """Every settings of a force that ever was. Written once: deployments are bound to them by number."""

    number = models.PositiveIntegerField()
    values = models.JSONField()
    changed_by = models.CharField(max_length=254)
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["force_id", "number"], name="forces_settings_number_once")
        ]

    def __str__(self) -> str:
        return f"settings {self.number}"


class OnboardingLink(TenantModel):
    """A single-use link for the first administrator of a force. Only its SHA-256 is stored."""

    token_sha256 = models.BinaryField(max_length=32, unique=True)
    admin_email = models.EmailField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    # A newer link replaces an older one.
    cancelled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"onboarding until {self.expires_at:%Y-%m-%d %H:%M}"


class LeavingExport(TenantModel):
    """That everything of the force was exported, as one manifest names it."""

    manifest_sha256 = models.CharField(max_length=DIGEST_LENGTH)
    counts = models.JSONField()
    exported_at = models.DateTimeField()
    # That an administrator refused the leaving, or took their confirmation back: for good, of this export.
    refused_at = models.DateTimeField(null=True)
    refused_by = models.CharField(max_length=254, blank=True)
    refused_reason = models.TextField(blank=True)

    class Meta:
        ordering = ("exported_at",)

    def __str__(self) -> str:
        return f"export of {self.exported_at:%Y-%m-%d %H:%M}"


class LeavingConfirmation(TenantModel):
    """That an administrator of the force confirmed its deletion, by the manifest of the export."""

    export = models.ForeignKey(LeavingExport, on_delete=models.PROTECT, related_name="confirmations")
    actor_id = models.UUIDField()
    actor_label = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at",)
        constraints = [models.UniqueConstraint(fields=["export", "actor_id"], name="forces_confirms_once")]

    def __str__(self) -> str:
        return f"{self.actor_label}, {self.at:%Y-%m-%d %H:%M}"


class DepartedForce(models.Model):
    """A force that left, with the certificate. Outside the wall: there is no force any more."""

    force_id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=120)
    slug = models.CharField(max_length=60)
    left_at = models.DateTimeField()
    certificate = models.JSONField()
    certificate_sha256 = models.CharField(max_length=DIGEST_LENGTH)
    # Empty without a signer.
    signature = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.name}, left {self.left_at:%Y-%m-%d}"
