"""Reads. All of them need an open force context."""

from __future__ import annotations

from uuid import UUID

from apps.core.errors import NotFound
from apps.core.tenancy import current_force_id
from apps.integration.data import Scope, Service, TokenData
from apps.integration.models import ApiToken


def as_data(row: ApiToken) -> TokenData:
    return TokenData(
        id=row.id,
        force_id=row.force_id,
        name=row.name,
        service_id=row.service_id,
        service_name=row.service_name,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        networks=tuple(row.networks),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
        revoked_reason=row.revoked_reason,
    )


def tokens() -> list[TokenData]:
    """Every token of the open force, the latest first."""
    current_force_id()
    return [as_data(row) for row in ApiToken.objects.all()]


def get_token(*, token_id: UUID) -> TokenData:
    """Raises NotFound."""
    row = ApiToken.objects.filter(force_id=current_force_id(), id=token_id).first()
    if row is None:
        raise NotFound("there is no such token in this force")
    return as_data(row)


def services() -> list[Service]:
    """The systems that have or had a token, by name."""
    current_force_id()
    found = ApiToken.objects.order_by("service_name", "service_id").values_list("service_id", "service_name")
    return [Service(*each) for each in found.distinct()]
