from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from apps.core.models import TenantModel


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """A person who signs in. What they may do is granted per force; nobody is a superuser over all forces."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.EmailField(unique=True)
    display_name = models.CharField(max_length=120)
    rank = models.CharField(max_length=60, blank=True)
    is_active = models.BooleanField(default=True)
    # An integrating system: no password, no page, only tokens of the API.
    is_service = models.BooleanField(default=False)
    # Part of every session's hash: a new one ends all sign-ins at once.
    session_epoch = models.UUIDField(default=uuid.uuid4)
    # Changed when a force's one-time link sets a new password: roles in other forces sleep until the person
    # accepts there again, so that no force's administrator can take over somebody's work in another force.
    credential_epoch = models.UUIDField(default=uuid.uuid4)
    created_at = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "username"

    def __str__(self) -> str:
        return self.display_name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Every session carries it: another password or another epoch, and all of them are over."""
        salt = "apps.accounts.models.User.session"
        return salted_hmac(
            salt, f"{self.password}:{self.session_epoch}", secret=secret, algorithm="sha256"
        ).hexdigest()


class RoleGrant(TenantModel):
    """That a person holds a role in a force."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=40)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=200)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, blank=True)
    # "admin", or "sso" for a role that the force's identity provider maps: only such are taken back by it.
    source = models.CharField(max_length=20, default="admin")
    reason = models.TextField(blank=True)
    revoked_reason = models.TextField(blank=True)
    # The person's `credential_epoch` when this force last vouched for who signs in; another one: it sleeps.
    credential_epoch = models.UUIDField(null=True)
    # Who asked for it; none when the platform itself did.
    requested_by_id = models.UUIDField(null=True)
    # It works from here on. A role of policies.GUARDED_ROLES waits for a second administrator until then.
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=200, blank=True)
    confirmed_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["force_id", "user", "role"],
                condition=models.Q(revoked_at__isnull=True),
                name="accounts_role_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"


class Invitation(TenantModel):
    """A one-time link: to join a force, or to set a new password in it. Only its SHA-256 is stored.

    `display_name` and `rank` are what the inviting administrator typed. Until the person accepts, the force
    sees nothing else of them: whether they work for another force is nobody's business.
    """

    kind = models.CharField(max_length=10, default="join")
    roles = models.JSONField(default=list)
    display_name = models.CharField(max_length=120, blank=True)
    rank = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    clear_second_factors = models.BooleanField(default=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)
    created_by_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invitation of {self.user_id}"


class TrainingCertificate(TenantModel):
    """That somebody is trained for the work of a role, from one day to another, both included.

    Never changed: a mistake is withdrawn with a reason (domain.md §1: training currency). It goes with
    whoever left, by the years.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="certificates")
    role = models.CharField(max_length=40)
    course = models.CharField(max_length=200)
    reference = models.CharField(max_length=100, blank=True)
    issued_date = models.DateField()
    expires_date = models.DateField()
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)
    withdrawn_reason = models.TextField(blank=True)
    # As of a grant: one for an approving role counts from when a second administrator confirmed it.
    requested_by_id = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=200, blank=True)
    confirmed_by_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_date__gte=models.F("issued_date")),
                name="accounts_certificate_ends_after_it_begins",
            )
        ]
        indexes = [models.Index(fields=["force_id", "user", "role"], name="accounts_certificate_of")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role} until {self.expires_date}"


class CollarNumber(TenantModel):
    """A person's collar or warrant number in a force; it counts from when a second administrator confirmed
    it until another one does. Never deleted: a decision that names an old one must be explainable."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="collar_numbers")
    number = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=200)
    requested_by_id = models.UUIDField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=200, blank=True)
    confirmed_by_id = models.UUIDField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)
    withdrawn_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["force_id", "number"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="accounts_collar_number_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.number}"


class IdentityProvider(TenantModel):
    """A force's own sign-in (OpenID Connect). The client secret is kept outside the database.

    The settings are those that a second administrator confirmed; `proposed` are those that wait for one.
    """

    name = models.CharField(max_length=120)
    issuer = models.URLField(max_length=300, blank=True)
    client_id = models.CharField(max_length=200, blank=True)
    # The claim that lists a person's groups, and which role each group means.
    role_claim = models.CharField(max_length=100, default="groups")
    role_map = models.JSONField(default=dict)
    # Values of `amr` or `acr` that mean a second factor was used there; empty: ours is asked for too.
    second_factor_values = models.JSONField(default=list)
    # Of whose addresses it may make accounts; no domain is of two forces.
    email_domains = models.JSONField(default=list)
    enabled = models.BooleanField(default=False)
    # Sessions carry it: another one, and those that came through the provider are over.
    version = models.PositiveIntegerField(default=1)
    confirmed_by = models.CharField(max_length=200, blank=True)
    proposed = models.JSONField(null=True)
    proposed_by_id = models.UUIDField(null=True)
    proposed_by = models.CharField(max_length=200, blank=True)
    proposed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["force_id"], name="accounts_one_provider_a_force")]

    def __str__(self) -> str:
        return self.name


class Breach(TenantModel):
    """A personal data breach as it was found, with the 72 hours of DPA 2018 s.67 for telling the ICO."""

    kind = models.CharField(max_length=40)
    subject = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    summary = models.TextField()
    found_at = models.DateTimeField()
    ico_due_at = models.DateTimeField()
    ico_told_at = models.DateTimeField(null=True)
    ico_reference = models.CharField(max_length=100, blank=True)
    not_told_reason = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    closing_words = models.TextField(blank=True)
    recorded_by = models.CharField(max_length=200)

    class Meta:
        ordering = ("-found_at", "id")

    def __str__(self) -> str:
        return f"{self.kind} of {self.found_at:%Y-%m-%d}"
