"""Second factors as the administration of people needs them: who has one, and taking them away."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.apps import apps

MFA = "mfa"


def with_second_factor(*, user_ids: Collection[UUID]) -> frozenset[UUID] | None:
    """Who of them has one; None while the platform has no second factors."""
    if not apps.is_installed("allauth.mfa"):
        return None
    rows = apps.get_model(MFA, "Authenticator").objects.exclude(type="recovery_codes")
    return frozenset(rows.filter(user_id__in=user_ids).values_list("user_id", flat=True))


def clear_second_factors(*, user_id: UUID) -> None:
    """The person has to set one up again at their next sign-in."""
    if apps.is_installed("allauth.mfa"):
        apps.get_model(MFA, "Authenticator").objects.filter(user_id=user_id).delete()
