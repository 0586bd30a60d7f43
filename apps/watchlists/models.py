"""Tables of the watchlists. The searchable gallery is no model: it is partitioned and unlogged, and lives in
migration 0002 and `gallery.py`. A deployment is known here by its id only, it is a layer above."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.core.models import TenantModel
from apps.watchlists.consent_models import Consent as Consent
from apps.watchlists.data import OPEN_STATES, Category, ImportState, Settlement, WatchlistState
from apps.watchlists.repeat_models import PictureDecision as PictureDecision
from apps.watchlists.status_models import StatusCheck as StatusCheck

STATES = [state.value for state in WatchlistState]
CATEGORIES = [category.value for category in Category]
IMPORT_STATES = [state.value for state in ImportState]
SETTLEMENTS = [settlement.value for settlement in Settlement]
OPEN_IMPORT_STATES = sorted(state.value for state in OPEN_STATES)


class Watchlist(TenantModel):
    """One list for one deployment. `gallery_templates` is what the gallery must hold right now: it lives
    here, in a logged table, so that a gallery emptied in part cannot vouch for itself."""

    deployment_id = models.UUIDField()
    state = models.CharField(max_length=16)
    blue_list_only = models.BooleanField()
    max_subjects = models.PositiveIntegerField()
    pack_id = models.CharField(max_length=64)
    pack_version = models.CharField(max_length=64)
    dimension = models.PositiveSmallIntegerField()
    key_id = models.UUIDField()
    imported_at = models.DateTimeField()
    imported_by_id = models.UUIDField(null=True)
    imported_by_label = models.CharField(max_length=200)
    refused_count = models.PositiveIntegerField(default=0)
    # People taken off, kept when their rows are deleted with the list.
    removed_count = models.PositiveIntegerField(default=0)
    seal_hash = models.CharField(max_length=64, blank=True, default="")
    sealed_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    sealed_subjects = models.PositiveIntegerField(default=0)
    sealed_pictures = models.PositiveIntegerField(default=0)
    # Of these, members of staff who agreed to it: in no count that is published.
    sealed_volunteers = models.PositiveIntegerField(default=0)
    sealed_volunteer_pictures = models.PositiveIntegerField(default=0)
    gallery_templates = models.PositiveIntegerField(default=0)
    # How many people of each special group an officer had signed for at the seal; stays for the record.
    sealed_groups = models.JSONField(default=dict)
    # Counts at the seal by category, source, age and reason of refusal (sealed_figures), for the record.
    sealed_figures = models.JSONField(default=dict)
    purge_due_at = models.DateTimeField(db_index=True)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deployment_id"],
                condition=~Q(state=WatchlistState.PURGED.value),
                name="watchlists_one_list_a_deployment",
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="watchlists_state_known"),
            models.CheckConstraint(
                condition=~Q(state=WatchlistState.SEALED.value)
                | (Q(sealed_at__isnull=False) & Q(seal_hash__regex=r"^[0-9a-f]{64}$")),
                name="watchlists_sealed_has_hash",
            ),
            models.CheckConstraint(
                condition=Q(state=WatchlistState.PURGED.value, purged_at__isnull=False)
                | (~Q(state=WatchlistState.PURGED.value) & Q(purged_at__isnull=True)),
                name="watchlists_purged_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"watchlist of {self.deployment_id} ({self.state})"


class Subject(TenantModel):
    watchlist = models.ForeignKey(Watchlist, on_delete=models.PROTECT, related_name="subjects")
    reference = models.CharField(max_length=64)
    display_name = models.CharField(max_length=200)
    category = models.CharField(max_length=32)
    offence = models.CharField(max_length=300, blank=True)
    legal_basis = models.CharField(max_length=300)
    selected_by = models.CharField(max_length=200)
    selected_reason = models.TextField()
    status_checked_at = models.DateTimeField(null=True)
    date_of_birth = models.DateField(null=True)
    consent_reference = models.CharField(max_length=100, blank=True, default="")
    expires_at = models.DateTimeField(null=True)
    # Why somebody of a group that needs a signature is listed all the same, and how they are spoken to.
    disability = models.BooleanField(default=False)
    special_reason = models.TextField(blank=True, default="")
    approach_plan = models.TextField(blank=True, default="")
    # Of special.Group, with commas; empty for most people.
    special_groups = models.CharField(max_length=80, blank=True, default="")
    removed_at = models.DateTimeField(null=True)
    removed_reason = models.TextField(blank=True, default="")
    removed_by_label = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["watchlist", "reference"], name="watchlists_reference_once"),
            models.CheckConstraint(condition=Q(category__in=CATEGORIES), name="watchlists_category_known"),
            models.CheckConstraint(
                condition=~Q(category=Category.BLUE_LIST.value) | ~Q(consent_reference=""),
                name="watchlists_blue_list_consents",
            ),
            # Nobody is wanted by a word whose age is not known: it could never grow old.
            models.CheckConstraint(
                condition=Q(category=Category.BLUE_LIST.value) | Q(status_checked_at__isnull=False),
                name="watchlists_status_has_time",
            ),
        ]

    def __str__(self) -> str:
        # Never the name: __str__ ends up in logs.
        return f"subject {self.reference}"


class SignOff(TenantModel):
    """That an authorising officer signed, or refused to, for one person who may not be listed otherwise. It
    holds for the entry as it was read, by its hash, and goes with it."""

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="sign_off")
    granted = models.BooleanField()
    entry_sha256 = models.CharField(max_length=64)
    reason = models.TextField()
    decided_at = models.DateTimeField()
    decided_by_id = models.UUIDField()
    decided_by_label = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"signature for {self.subject_id}"


class Picture(TenantModel):
    """One accepted picture. The picture and its template are in the vault under the watchlist's key."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="pictures")
    source_system = models.CharField(max_length=100)
    source_record = models.CharField(max_length=100)
    captured_date = models.DateField()
    # What was decided about deleting a custody picture; it must still be known when it is measured again.
    custody_disposal = models.CharField(max_length=32, blank=True, default="")
    # Null once the subject was removed: the blobs are deleted, the hash stays so that the seal computes.
    picture_blob_id = models.UUIDField(null=True)
    template_blob_id = models.UUIDField(null=True)
    template_sha256 = models.CharField(max_length=64)
    pack_id = models.CharField(max_length=64)
    pack_version = models.CharField(max_length=64)
    quality_score = models.FloatField()
    warnings = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"picture {self.id}"


class Refusal(TenantModel):
    """A row that a planner knowingly left out of a committed import. Deleted with the list."""

    watchlist = models.ForeignKey(Watchlist, on_delete=models.PROTECT, related_name="refusals")
    line = models.PositiveIntegerField()
    reference = models.CharField(max_length=64, blank=True)
    picture_name = models.CharField(max_length=255, blank=True)
    code = models.CharField(max_length=40)
    reason = models.TextField()

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"


class MembershipRegister(TenantModel):
    """Who was listed where, without any biometric: answers "was I listed?" after the list is gone.

    `ends_at` is set when somebody is listed, to the time at which the entry or its list ends by itself, and
    comes earlier when they are taken off (`removed_early`) or the list is destroyed before. The force's years
    count from it (retention_register).
    """

    deployment_id = models.UUIDField(db_index=True)
    reference = models.CharField(max_length=64)
    # The reference as references are compared (register.folded): what an answer is looked up by.
    folded = models.CharField(max_length=200)
    category = models.CharField(max_length=32)
    listed_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    removed_early = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["deployment_id", "reference", "category"], name="watchlists_register_once"
            ),
        ]
        indexes = [
            models.Index(fields=["force_id", "folded"], name="watchlists_register_asked"),
            models.Index(fields=["force_id", "ends_at"], name="watchlists_register_due"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} on {self.deployment_id}"


class ConsentWithdrawal(TenantModel):
    """That somebody of the Blue List does not agree any more. No reason is asked, and none is stored. It
    stays, so that a list that names this consent again is refused."""

    consent_reference = models.CharField(max_length=100)
    withdrawn_at = models.DateTimeField()
    recorded_by_id = models.UUIDField(null=True)
    recorded_by_label = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["force_id", "consent_reference"], name="watchlists_consent_withdrawn_once"
            ),
        ]

    def __str__(self) -> str:
        return f"withdrawal {self.id}"


class ImportJob(TenantModel):
    """One upload on its way to becoming a list. Its files, its report and what was made of them are in the
    vault under the job's own key; when the job is closed the key is destroyed and counts are all that stays.

    A worker holds a job by `holder`, a token that it must still find there with each step; from `attend_at`
    on the sweep gives the job to another. `attempts` counts workers since the last step forward.
    """

    deployment_id = models.UUIDField(db_index=True)
    # The list that this import takes the place of, where its pictures are that list's (`remaking`).
    remakes = models.ForeignKey(Watchlist, on_delete=models.PROTECT, null=True, related_name="remakes")
    state = models.CharField(max_length=16)
    key_id = models.UUIDField()
    csv_blob_id = models.UUIDField()
    report_blob_id = models.UUIDField(null=True)
    rows = models.PositiveIntegerField()
    pictures = models.PositiveIntegerField()
    unused_pictures = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True, default="")
    holder = models.UUIDField(null=True)
    attend_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    accept_refusals = models.BooleanField(default=False)
    accept_warnings = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    started_by_id = models.UUIDField(null=True)
    started_by_label = models.CharField(max_length=200)
    confirmed_by_id = models.UUIDField(null=True)
    confirmed_by_label = models.CharField(max_length=200, blank=True, default="")
    updated_at = models.DateTimeField()
    purge_due_at = models.DateTimeField(db_index=True)
    destroyed_at = models.DateTimeField(null=True)
    destroyed = models.JSONField(default=dict)
    certificate_begun_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=IMPORT_STATES), name="watchlists_job_state_known"),
            models.UniqueConstraint(
                fields=["deployment_id"],
                condition=Q(state__in=OPEN_IMPORT_STATES),
                name="watchlists_one_open_job",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_IMPORT_STATES, destroyed_at__isnull=True)
                | (~Q(state__in=OPEN_IMPORT_STATES) & Q(destroyed_at__isnull=False)),
                name="watchlists_closed_job_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"import {self.id} ({self.state})"


class StagedPicture(TenantModel):
    """One uploaded picture file: first as it was sent, then as the face that was made of it or the reason why
    there is none. Deleted with its job."""

    job = models.ForeignKey(ImportJob, on_delete=models.PROTECT, related_name="files")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    # Null once it was looked at: what is not needed any more is not kept.
    upload_blob_id = models.UUIDField(null=True)
    # The blob is that of a list, and is deleted with the list only.
    kept_by_list = models.BooleanField(default=False)
    template_blob_id = models.UUIDField(null=True)
    picture_blob_id = models.UUIDField(null=True)
    quality_score = models.FloatField(default=0.0)
    warnings = models.JSONField(default=list)
    # What takes most from its quality, worst first, for when a force wants more of it.
    weak_points = models.JSONField(default=list)
    refused_code = models.CharField(max_length=40, blank=True, default="")
    refused_reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["job", "name"], name="watchlists_staged_name_once")]

    def __str__(self) -> str:
        return f"staged picture {self.position}"


class FaceDecision(TenantModel):
    """What a person said about two identities of an upload that have one face; "two people" counts once a
    second person has confirmed it. It names references, so it is deleted with its job; that it was made, by
    whom and why is in the audit."""

    job = models.ForeignKey(ImportJob, on_delete=models.PROTECT, related_name="decisions")
    first = models.CharField(max_length=64)
    second = models.CharField(max_length=64)
    choice = models.CharField(max_length=16)
    reason = models.TextField()
    decided_at = models.DateTimeField()
    decided_by_id = models.UUIDField()
    decided_by_label = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by_id = models.UUIDField(null=True)
    confirmed_by_label = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ("decided_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["job", "first", "second"], name="watchlists_pair_decided_once"),
            models.CheckConstraint(condition=Q(choice__in=SETTLEMENTS), name="watchlists_settlement_known"),
            models.CheckConstraint(
                condition=Q(confirmed_by_id__isnull=True) | ~Q(confirmed_by_id=models.F("decided_by_id")),
                name="watchlists_two_people_by_two",
            ),
        ]

    def __str__(self) -> str:
        return f"decision {self.id} ({self.choice})"
