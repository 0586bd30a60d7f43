"""A force that leaves: what was exported, and the two administrators who confirm that it may be deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.audit import api as audit
from apps.core.data import Actor
from apps.core.errors import NotFound, RuleViolated
from apps.core.reauthentication import check_reauthenticated
from apps.core.tenancy import current_force_id
from apps.forces.data import LeavingData
from apps.forces.models import DepartedForce, LeavingConfirmation, LeavingExport
from apps.forces.operations import check_administrator
from apps.forces.queries import get_force

# One alone cannot end a force.
CONFIRMATIONS = 2
MIN_REASON = 5
REFUSED = (
    "The leaving was refused, and no confirmation of this export counts. To leave after all takes a new one."
)


@transaction.atomic
def note_export(*, manifest_sha256: str, counts: dict[str, int], actor: Actor, now: datetime) -> None:
    """That everything of the open force was written, as this manifest says. Earlier confirmations were of an
    earlier export and count for it only."""
    row = LeavingExport.objects.create(manifest_sha256=manifest_sha256, counts=counts, exported_at=now)
    audit.record(
        actor=actor,
        verb="force.exported",
        object_type="force",
        object_id=row.force_id,
        payload={"manifest_sha256": manifest_sha256, "rows": sum(counts.values())},
        now=now,
    )


def leaving() -> LeavingData | None:
    """The latest export of the open force with its confirmations; None when it is not leaving."""
    row = LeavingExport.objects.filter(force_id=current_force_id()).order_by("exported_at").last()
    if row is None:
        return None
    confirmed = LeavingConfirmation.objects.filter(export=row).order_by("at")
    return LeavingData(
        manifest_sha256=row.manifest_sha256,
        counts=dict(row.counts),
        exported_at=row.exported_at,
        confirmations=tuple((each.actor_id, each.actor_label, each.at) for each in confirmed),
        refused_at=row.refused_at,
        refused_by=row.refused_by,
        refused_reason=row.refused_reason,
    )


@transaction.atomic
def confirm_leaving(
    *,
    manifest_sha256: str,
    slug: str,
    independent: Callable[[UUID, UUID], bool],
    actor: Actor,
    now: datetime,
) -> LeavingData:
    """One administrator's confirmation that everything of the force may be deleted; it needs two people.

    `manifest_sha256` is the one they read, `slug` what they typed. `independent`: whether two people count as
    two administrators (the rule is of accounts, which this app does not know). Raises NotPermitted,
    ReauthenticationNeeded, RuleViolated.
    """
    check_administrator(actor)
    check_reauthenticated(actor)
    row = LeavingExport.objects.select_for_update().order_by("exported_at").last()
    if row is None or actor.id is None:
        raise RuleViolated(["Nothing was exported yet, so nothing can be confirmed."], code="no_export")
    if row.refused_at is not None:
        raise RuleViolated([REFUSED], code="leaving_refused")
    reasons = _wrong_with_typed(row, manifest_sha256=manifest_sha256, slug=slug)
    reasons += _not_another_person(row, actor.id, independent=independent)
    if reasons:
        raise RuleViolated(reasons, code="leaving")
    LeavingConfirmation.objects.create(export=row, actor_id=actor.id, actor_label=actor.label, at=now)
    audit.record(
        actor=actor,
        verb="force.leaving_confirmed",
        object_type="force",
        object_id=actor.force_id,
        payload={"manifest_sha256": manifest_sha256},
        now=now,
    )
    found = leaving()
    if found is None:
        raise AssertionError("the export is there: it is locked")
    return found


@transaction.atomic
def refuse_leaving(*, manifest_sha256: str, reason: str, actor: Actor, now: datetime) -> None:
    """One administrator stops the leaving, whoever confirmed it before, they themselves included.

    No confirmation of this export counts any more; to leave after all takes a new one. It waits for nobody
    and asks for no proof: it keeps what is there. Raises NotPermitted, RuleViolated.
    """
    check_administrator(actor)
    row = LeavingExport.objects.select_for_update().order_by("exported_at").last()
    if row is None or row.manifest_sha256 != manifest_sha256:
        raise RuleViolated(["There is a newer export, or none. Look at the page again."], code="no_export")
    if row.refused_at is not None:
        raise RuleViolated([REFUSED], code="leaving_refused")
    if len(" ".join(reason.split())) < MIN_REASON:
        raise RuleViolated(["Write in a few words why."], code="reasons_missing")
    confirmed_by = LeavingConfirmation.objects.filter(export=row).values_list("actor_id", flat=True)
    own = actor.id in confirmed_by
    row.refused_at, row.refused_by, row.refused_reason = now, actor.label, reason.strip()
    row.save(update_fields=["refused_at", "refused_by", "refused_reason"])
    audit.record(
        actor=actor,
        verb="force.leaving_taken_back" if own else "force.leaving_refused",
        object_type="force",
        object_id=row.force_id,
        payload={"manifest_sha256": manifest_sha256},
        now=now,
        reason=reason.strip(),
    )


def _wrong_with_typed(row: LeavingExport, *, manifest_sha256: str, slug: str) -> list[str]:
    reasons = []
    if row.manifest_sha256 != manifest_sha256:
        reasons.append("There is a newer export. Read its manifest, then confirm that one.")
    if slug.strip() != _slug():
        reasons.append(f"Type {_slug()} to confirm which force is deleted.")
    return reasons


def _not_another_person(
    row: LeavingExport, who: UUID, *, independent: Callable[[UUID, UUID], bool]
) -> list[str]:
    """Why this administrator does not count beside those who confirmed before; empty where they do."""
    before = set(LeavingConfirmation.objects.filter(export=row).values_list("actor_id", flat=True))
    if who in before:
        return ["You have confirmed it already. It waits for another administrator."]
    if not all(independent(who, other) for other in before):
        return [
            "You and whoever confirmed before count as one: one made the other an administrator, or opened"
            " the other's account with a one-time link, in the last 24 hours."
        ]
    return []


def _slug() -> str:
    return get_force(force_id=current_force_id()).slug


def departed(*, force_id: UUID) -> dict[str, object]:
    """The certificate of a force that left. Raises NotFound."""
    row = DepartedForce.objects.filter(force_id=force_id).first()
    if row is None:
        raise NotFound("no such force has left")
    return dict(row.certificate)
